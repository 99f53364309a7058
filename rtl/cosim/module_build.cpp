// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/module_build.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <sstream>
#include <system_error>
#include <thread>

#include "models/numerics/error.h"
#include "rtl/cosim/circular_logic.h"
#include "rtl/cosim/content.h"
#include "rtl/cosim/header_ports.h"
#include "rtl/cosim/path_aliases.h"
#include "rtl/cosim/port_members.h"

namespace binade::rtl {

namespace fs = std::filesystem;

namespace {

constexpr const char* kVerilator = "Verilator (Debian package verilator)";
constexpr const char* kLz4 = "-llz4";
constexpr const char* kCompiler = "the C++ compiler (Debian package g++)";

bool covers(const ModuleSpec& spec) { return spec.line_coverage || spec.toggle_coverage; }

/// From the first error on, at most kLines of them.
std::string errors_in(const std::string& log) {
  constexpr std::size_t kLines = 20;
  std::vector<std::string> lines;
  std::istringstream stream(log);
  for (std::string line; std::getline(stream, line);)
    if (!line.starts_with("%Error: Exiting due to")) lines.push_back(line);
  if (lines.empty()) return "no output";
  const auto is_error = [](const std::string& line) {
    return line.find("rror") != std::string::npos || line.starts_with("%Warning");
  };
  auto first = std::find_if(lines.begin(), lines.end(), is_error);
  if (first == lines.end()) first = lines.end() - static_cast<std::ptrdiff_t>(std::min(lines.size(), kLines));
  const auto rest = static_cast<std::size_t>(lines.end() - first);
  std::string text = fmt::format("{}", fmt::join(first, first + static_cast<std::ptrdiff_t>(std::min(rest, kLines)), "\n"));
  if (rest > kLines) text += fmt::format("\n... and {} more lines", rest - kLines);
  return text;
}

/// Of a listing of Verilator's, one file it read.
struct ReadFile {
  fs::path path;
  std::int64_t bytes = 0, seconds = 0, nanoseconds = 0;  ///< size and time of the last change when it was read
};

/// The lines `S size inode changed changed-ns modified modified-ns "name"` of Verilator's record for --skip-identical; newer ones
/// have a quoted digest before the name, and 0 for nanoseconds.
std::vector<ReadFile> files_read(const std::string& record) {
  std::vector<ReadFile> files;
  std::istringstream lines(record);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t last = line.rfind('"'), first = last == std::string::npos || last == 0 ? last : line.rfind('"', last - 1);
    if (!line.starts_with("S ") || first == std::string::npos || first == last) continue;
    std::istringstream numbers(line.substr(1, first - 1));
    ReadFile file{line.substr(first + 1, last - first - 1)};
    std::int64_t ignored = 0;
    if (numbers >> file.bytes >> ignored >> ignored >> ignored >> file.seconds >> file.nanoseconds) files.push_back(file);
  }
  return files;
}

/// Where Verilator looks for an include or a library module: the options' directories, those of sources that are not ours, and the
/// working one.
std::vector<fs::path> searched(const std::vector<std::string>& arguments, const std::vector<fs::path>& of_sources) {
  std::vector<fs::path> directories{"."};
  directories.insert(directories.end(), of_sources.begin(), of_sources.end());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "-y" && i + 1 < arguments.size()) directories.emplace_back(arguments[i + 1]);
    if (argument.starts_with("-I")) directories.emplace_back(argument.substr(2));
    if (argument.starts_with("+incdir+")) {
      std::istringstream names(argument.substr(8));
      for (std::string name; std::getline(names, name, '+');) directories.emplace_back(name);
    }
  }
  return directories;
}

std::string quoted_for_cpp(const std::string& text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

class Build {
 public:
  Build(const ModuleSpec& spec, const BuildPlaces& places, StopFlag stop)
      : spec_(spec), places_(places), verilated_(places.work / "verilated"), stop_(stop) {}

  ModuleManifest run() {
    find_include();
    require_lz4();
    verilate("-O3");
    const std::string signals = circular();
    if (!signals.empty() && !spec_.lint) {
      const bool chosen = std::any_of(spec_.verilator_args.begin(), spec_.verilator_args.end(),
                                      [](const auto& argument) { return argument.starts_with("-O"); });
      const bool by_element = !chosen && split();
      manifest_.note = fmt::format(
          "{}: Verilator finds combinational logic that is circular by signal (UNOPTFLAT: {}), which it may "
          "optimise wrongly; built with {}",
          spec_.top, signals,
          chosen       ? "the -O that was given"
          : by_element ? "these arrays split"
                       : "-O0");
      if (!chosen && !by_element) verilate("-O0");
    }
    note_files();
    name_ports();
    name_sources();
    compile_all();
    link();
    manifest_.tools = tools_digest();
    const auto module = content_of(places_.work / "module.so");
    if (!module) throw InputError((places_.work / "module.so").string() + ": the linker left nothing that can be read");
    manifest_.module_bytes = module->size();
    manifest_.module_sha256 = sha256(*module);
    return manifest_;
  }

 private:
  void tool(const std::vector<std::string>& command, const char* what) const {
    check_result(run_tool(command, log_, stop_), command, log_, what);
  }

  void check_result(const ToolResult& result, const std::vector<std::string>& command, const fs::path& log,
                    const char* what) const {
    if (result.stopped) throw BuildInterrupted(fmt::format("interrupted while the RTL of {} was built", describe(spec_)));
    if (result.missing)
      throw InputError(fmt::format("{}: not found in PATH; allowed: install {} (`make deps` does)", command.front(), what));
    if (result.exit_code == 0) return;
    throw InputError(
        fmt::format("{}: {} failed: {}", describe(spec_), command.front(), aliases_.real(errors_in(content_of(log).value_or("")))));
  }

  std::string circular() const {
    return circular_signals(content_of(log_).value_or(""), content_of(verilated_ / "Vmodule__stats.txt").value_or(""));
  }

  /// Verilates again with the variables that the log warns of split into elements. False where some logic stays circular.
  bool split() {
    const std::string settings = splitting(content_of(log_).value_or(""));
    if (settings.empty()) return false;
    const fs::path file = places_.work / "split.vlt";
    write_text(file, settings);
    verilate("-O3", aliases_.of_file(file));
    return circular().empty();
  }

  /// `first`: a file of settings that comes before the sources; empty: none. Without one optimisation, of trees of single bits,
  /// which has come out wrong in many versions, on netlists above all (Verilator issues 3445, 4059, 4709, 4832, 5186).
  void verilate(const char* level, const std::string& first = {}) {
    fs::remove_all(verilated_);
    fs::create_directory(verilated_);  // Verilator makes it, but not behind a link
    std::vector<std::string> command{"verilator", "--Mdir", aliases_.of_directory(verilated_), level, "--stats"};
    const auto options = verilator_options(spec_);
    command.insert(command.end(), options.begin(), options.end());
    command.emplace_back("-fno-const-bit-op-tree");
    sources_.clear();
    if (!first.empty()) sources_.push_back(first);
    for (const auto& source : spec_.sources) sources_.push_back(aliases_.of_file(source));
    command.insert(command.end(), sources_.begin(), sources_.end());
    for (const auto& directory : source_directories()) command.push_back("-I" + aliases_.of_directory(directory));
    tool(command, kVerilator);
  }

  /// Ours include nothing.
  std::vector<fs::path> source_directories() const {
    std::vector<fs::path> directories;
    for (const auto& source : spec_.sources) {
      const fs::path directory = fs::absolute(source).parent_path();
      if (!spec_.lint && std::find(directories.begin(), directories.end(), directory) == directories.end())
        directories.push_back(directory);
    }
    return directories;
  }

  std::string generated(const std::string& name) const {
    auto text = content_of(verilated_ / name);
    if (!text) throw InputError(fmt::format("{}: Verilator left no {}", describe(spec_), name));
    return std::move(*text);
  }

  /// Into the manifest: what Verilator read beyond the listed sources and its own program.
  void note_files() {
    const auto directories = searched(spec_.verilator_args, source_directories());
    for (const ReadFile& file : files_read(generated("Vmodule__verFiles.dat"))) {
      const std::string name = file.path.string();
      if (std::find(sources_.begin(), sources_.end(), name) != sources_.end()) continue;
      if (file.path.filename().string().starts_with("verilator_bin")) continue;
      const fs::path real = aliases_.real(name);
      struct stat now {};
      const auto digest = sha256_of(real);
      if (!digest || ::stat(real.c_str(), &now) != 0 || now.st_size != file.bytes || now.st_mtim.tv_sec != file.seconds ||
          (file.nanoseconds != 0 && now.st_mtim.tv_nsec != file.nanoseconds))
        throw InputError(real.string() + ": changed while it was read; allowed: files that stay as they are during a build");
      manifest_.read.emplace_back(real, *digest);
      // `include "a/b.svh"` and `include "b.svh" may both have meant it.
      constexpr int kLongest = 3;
      fs::path tail;
      auto part = real.end();
      for (int length = 0; length < kLongest && part != real.begin(); ++length) {
        --part;
        tail = tail.empty() ? *part : *part / tail;
        if (tail.is_absolute()) break;
        for (const auto& directory : directories) {
          const fs::path other = (directory / tail).lexically_normal();
          if (!fs::exists(other)) manifest_.absent.push_back(other);
        }
      }
    }
  }

  void find_include() {
    tool({"verilator", "--getenv", "VERILATOR_ROOT"}, kVerilator);
    const std::string root = content_of(log_).value_or("");
    include_ = root.substr(0, root.find('\n')) + "/include";
  }

  /// Newer Verilators write waveforms by way of LZ4; its own makefile says whether this one does.
  void require_lz4() {
    if (!spec_.waves || content_of(fs::path(include_) / "verilated.mk").value_or("").find(kLz4) == std::string::npos) return;
    const std::string source = (places_.work / "lz4.cc").string(), object = (places_.work / "lz4.so").string();
    write_text(source, "#include <lz4.h>\n");
    const std::vector<std::string> command{"g++", "-shared", "-fPIC", "-o", object, source, kLz4};
    const ToolResult result = run_tool(command, log_, stop_);
    if (result.missing || result.stopped) check_result(result, command, log_, kCompiler);
    if (result.exit_code != 0)
      throw InputError(
          fmt::format("{}: the waveforms of the Verilator in PATH need LZ4, which is not installed; allowed: install "
                      "liblz4-dev (`make deps` does), or no waveform",
                      describe(spec_)));
    libraries_.insert(libraries_.begin(), kLz4);
  }

  /// Into ports.inc and the manifest. Our own modules have plain ports, which the header tells.
  void name_ports() {
    PortDescription described;
    const std::string header = generated("Vmodule.h");
    if (!spec_.lint) described = describe_ports(spec_, places_.work, stop_);
    write_text(places_.work / "ports.inc", port_lines(header, described.elements));
    manifest_.members = std::move(described.members);
  }

  /// Messages of assertions and coverage data name the sources, not what stood for them.
  void name_sources() const {
    for (const auto& source : generated_sources()) {
      const std::string text = generated(source.filename().string()), real = aliases_.real(text, quoted_for_cpp);
      if (text != real) write_text(source, real);
    }
  }

  std::vector<fs::path> generated_sources() const {
    std::vector<fs::path> sources;
    for (const auto& entry : fs::directory_iterator(verilated_))
      if (entry.path().extension() == ".cpp") sources.push_back(entry.path());
    std::sort(sources.begin(), sources.end());
    return sources;
  }

  /// What is generated, in translation units of about a megabyte, side by side. Most of the work of a small one is reading
  /// Verilator's headers: the wrapper is part of the first, and so are constructors and reset where they are short.
  void compile_all() {
    constexpr std::uintmax_t kShort = 1 << 16;
    std::vector<fs::path> run_often, run_once;
    std::uintmax_t once_bytes = 0;
    for (const auto& source : generated_sources()) {
      const bool once = source.stem().string().ends_with("Slow");
      (once ? run_once : run_often).push_back(source);
      if (once) once_bytes += fs::file_size(source);
    }
    if (once_bytes < kShort) run_often.insert(run_often.end(), run_once.begin(), run_once.end());
    add_units(run_often, "-O2");
    if (once_bytes >= kShort) add_units(run_once, "-O0");  // no point in optimising it
    with_runtime();
  }

  void add_units(const std::vector<fs::path>& sources, const char* level) {
    constexpr std::uintmax_t kUnitBytes = 1 << 20;
    std::string text;
    std::uintmax_t bytes = 0;
    for (const auto& source : sources) {
      text += fmt::format("#include \"{}\"\n", source.filename().string());
      bytes += fs::file_size(source);
      if (bytes < kUnitBytes && &source != &sources.back()) continue;
      add_unit(std::exchange(text, {}), level);
      bytes = 0;
    }
  }

  /// Compiles the units, and the runtime with them where it is missing or damaged: its digest lies beside it.
  void with_runtime() {
    const fs::path source = places_.rtl / "cosim/module_runtime.cpp";
    const std::string key =
        sha256(fmt::format("{}\n{}\n{}\n{} {}", source_text(source), source_text(fs::path(include_) / "verilated.cpp"),
                           tools_digest(), covers(spec_), spec_.waves));
    const fs::path runtime = places_.shared / ("runtime-" + key.substr(0, 32) + ".o"), sum = runtime.string() + ".sum";
    const FileLock lock(runtime.string() + ".lock", stop_);
    const auto digest = sha256_of(runtime);
    const bool kept = digest && content_of(sum) == digest;
    if (!kept) add("runtime", {"-O1", source.string()});
    run_side_by_side();
    if (!kept) {
      const fs::path made = places_.work / "runtime.o";
      const std::string made_digest = sha256_of(made).value_or("");
      fs::remove(sum);
      fs::rename(made, runtime);
      write_text(sum, made_digest);
      objects_.pop_back();
    }
    objects_.push_back(runtime.string());
  }

  /// The first unit is the wrapper's too.
  void add_unit(const std::string& text, const char* level) {
    const bool first = commands_.empty();
    const std::string name = fmt::format("unit{}", commands_.size()), unit = (places_.work / (name + ".cc")).string();
    write_text(unit, text);
    if (first) {
      add(name, {level, "-DBINADE_HEADER=\"Vmodule.h\"", "-DBINADE_CLASS=Vmodule", "-DBINADE_PORTS=\"ports.inc\"", "-include", unit,
                 (places_.rtl / "cosim/module_wrapper.cpp").string()});
    } else {
      add(name, {level, unit});
    }
  }

  void add(const std::string& name, const std::vector<std::string>& arguments) {
    const std::string object = (places_.work / (name + ".o")).string();
    std::vector<std::string> command{"g++",
                                     "-std=c++17",
                                     "-c",
                                     "-w",
                                     "-fPIC",
                                     "-fvisibility=hidden",
                                     "-I" + places_.work.string(),
                                     "-I" + verilated_.string(),
                                     "-I" + (places_.rtl / "cosim").string(),
                                     "-I" + include_,
                                     "-I" + include_ + "/vltstd",
                                     "-DVL_TIME_CONTEXT",
                                     "-DVM_SC=0",
                                     fmt::format("-DVM_COVERAGE={}", covers(spec_) ? 1 : 0),
                                     fmt::format("-DVM_TRACE={}", spec_.waves ? 1 : 0),
                                     fmt::format("-DBINADE_COVERAGE={}", covers(spec_) ? 1 : 0),
                                     fmt::format("-DBINADE_WAVES={}", spec_.waves ? 1 : 0),
                                     "-o",
                                     object};
    command.insert(command.end(), arguments.begin(), arguments.end());
    commands_.push_back(command);
    objects_.push_back(object);
  }

  fs::path compile_log(std::size_t command) const { return places_.work / fmt::format("compile{}.log", command); }

  void run_side_by_side() {
    std::vector<ToolResult> results(commands_.size());
    std::atomic<std::size_t> next{0};
    std::exception_ptr failure;
    std::mutex failing;
    const auto work = [&] {
      try {
        for (std::size_t c = next++; c < commands_.size(); c = next++) {
          results[c] = run_tool(commands_[c], compile_log(c), stop_);
          if (results[c].missing || results[c].stopped || results[c].exit_code != 0) next = commands_.size();
        }
      } catch (...) {
        const std::lock_guard guard(failing);
        failure = std::current_exception();
        next = commands_.size();
      }
    };
    std::vector<std::thread> threads;
    try {
      for (std::size_t i = 1; i < std::min<std::size_t>(std::thread::hardware_concurrency(), commands_.size()); ++i)
        threads.emplace_back(work);
    } catch (const std::system_error&) {  // no more threads: those there are do it all
    }
    work();
    for (auto& thread : threads) thread.join();
    if (failure) std::rethrow_exception(failure);
    for (std::size_t c = 0; c < commands_.size(); ++c) check_result(results[c], commands_[c], compile_log(c), kCompiler);
  }

  void link() {
    std::vector<std::string> command{"g++", "-shared", "-Wl,-Bsymbolic", "-o", (places_.work / "module.so").string()};
    command.insert(command.end(), objects_.begin(), objects_.end());
    command.insert(command.end(), libraries_.begin(), libraries_.end());
    tool(command, kCompiler);
  }

  const ModuleSpec& spec_;
  const BuildPlaces& places_;
  const fs::path verilated_;
  const StopFlag stop_;
  const fs::path log_ = places_.work / "tool.log";
  PathAliases aliases_;
  ModuleManifest manifest_;
  std::vector<std::string> sources_;  ///< as Verilator is given them
  std::string include_;               ///< of Verilator
  std::vector<std::vector<std::string>> commands_;
  std::vector<std::string> objects_;
  std::vector<std::string> libraries_{"-lz", "-pthread"};
};

}  // namespace

std::vector<std::string> verilator_options(const ModuleSpec& spec) {
  std::vector<std::string> options{"--cc",   "--assert", "--x-assign", "unique",       "--x-initial",
                                   "unique", "--prefix", "Vmodule",    "--top-module", spec.top};
  if (spec.lint) {
    options.emplace_back("-Wall");
  } else {
    options.insert(options.end(), {"-Wno-lint", "-Wno-style", "-Wno-fatal"});
  }
  if (spec.waves) options.emplace_back("--trace-fst");
  if (spec.line_coverage) options.emplace_back("--coverage-line");
  if (spec.toggle_coverage) options.emplace_back("--coverage-toggle");
  for (const auto& [name, value] : spec.parameters) options.push_back(fmt::format("-G{}={}", name, value));
  options.insert(options.end(), spec.verilator_args.begin(), spec.verilator_args.end());
  return options;
}

ModuleManifest build_module(const ModuleSpec& spec, const BuildPlaces& places, StopFlag stop) {
  return Build(spec, places, stop).run();
}

}  // namespace binade::rtl
