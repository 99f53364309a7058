// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/module_cache.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

#include "models/numerics/error.h"
#include "rtl/cosim/tool_process.h"

namespace binade::rtl {

namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw InputError(path.string() + ": cannot read; allowed: a SystemVerilog source file");
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
    throw InvariantError("module cache: OpenSSL refused SHA-256");
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + length, ""));
}

std::vector<std::string> verilator_options(const ModuleSpec& spec) {
  std::vector<std::string> options{"--cc",   "-O3",      "--assert", "--x-assign",   "unique", "--x-initial",
                                   "unique", "--prefix", "Vmodule",  "--top-module", spec.top};
  if (spec.lint) {
    options.emplace_back("-Wall");
  } else {
    options.insert(options.end(), {"-Wno-lint", "-Wno-style", "-Wno-fatal"});
  }
  if (spec.waves) options.emplace_back("--trace-fst");
  if (spec.line_coverage) options.emplace_back("--coverage-line");
  if (spec.toggle_coverage) options.emplace_back("--coverage-toggle");
  for (const auto& [name, value] : spec.parameters) options.push_back(fmt::format("-G{}={}", name, value));
  return options;
}

/// The lines `VL_IN8(&clk_i,0,0);` of a Verilated header as `PORT(clk_i, 1, 0)`.
std::string ports_of(const std::string& header) {
  static const std::regex kPort(R"(VL_(IN|OUT|INOUT)(8|16|64|W)?\(&(\w+),(\d+),(\d+)(,\d+)?\);)");
  std::string ports;
  for (std::sregex_iterator port(header.begin(), header.end(), kPort), end; port != end; ++port) {
    const int high = std::stoi((*port)[4]), low = std::stoi((*port)[5]);
    ports += fmt::format("PORT({}, {}, {})\n", (*port)[3].str(), high - low + 1, (*port)[1] == "OUT" ? 1 : 0);
  }
  return ports;
}

/// One build in `work`, which ends with `work`/module.so.
class Build {
 public:
  /// Verilator's runtime, compiled once per kind of module, is kept in `shared`.
  Build(const ModuleSpec& spec, fs::path rtl, fs::path work, fs::path shared)
      : spec_(spec), rtl_(std::move(rtl)), work_(std::move(work)), shared_(std::move(shared)) {}

  void run() {
    std::vector<std::string> verilator{"verilator", "--Mdir", work_.string()};
    const auto options = verilator_options(spec_);
    verilator.insert(verilator.end(), options.begin(), options.end());
    for (const auto& source : spec_.sources) verilator.push_back(source.string());
    tool(verilator, kVerilator);
    tool({"verilator", "--getenv", "VERILATOR_ROOT"}, kVerilator);
    std::getline(std::ifstream(work_ / "tool.log") >> std::ws, include_);
    include_ += "/include";
    std::ofstream(work_ / "ports.inc") << ports_of(text_of(work_ / "Vmodule.h"));
    compile_all();
    link();
  }

 private:
  static constexpr const char* kVerilator = "Verilator (Debian package verilator)";
  static constexpr const char* kCompiler = "the C++ compiler (Debian package g++)";

  void tool(const std::vector<std::string>& command, const char* what) const {
    const fs::path log = work_ / "tool.log";
    const ToolResult result = run_tool(command, log);
    if (result.missing)
      throw InputError(fmt::format("{}: not found in PATH; allowed: install {} (`make deps` does)", command.front(), what));
    if (result.exit_code == 0) return;
    const fs::path kept = work_.string() + ".log";
    fs::copy_file(log, kept, fs::copy_options::overwrite_existing);
    throw InputError(fmt::format("{}: {} failed: {}; the whole output is in {}", describe(spec_), command.front(),
                                 first_error(text_of(log)), kept.string()));
  }

  static std::string first_error(const std::string& log) {
    std::istringstream lines(log);
    std::string line, first;
    while (std::getline(lines, line)) {
      if (first.empty()) first = line;
      if (line.find("rror") != std::string::npos || line.starts_with("%Warning")) return line;
    }
    return first.empty() ? "no output" : first;
  }

  /// What is generated, in translation units of about a megabyte: small modules compile as two, large ones side by side.
  void compile_all() {
    constexpr std::uintmax_t kUnitBytes = 1 << 20;
    std::vector<fs::path> sources;
    for (const auto& entry : fs::directory_iterator(work_))
      if (entry.path().extension() == ".cpp") sources.push_back(entry.path());
    std::sort(sources.begin(), sources.end());
    for (const bool slow : {false, true}) {
      std::vector<fs::path> unit;
      std::uintmax_t bytes = 0;
      for (const auto& source : sources) {
        if ((source.stem().string().ends_with("Slow")) != slow) continue;
        unit.push_back(source);
        bytes += fs::file_size(source);
        if (bytes < kUnitBytes) continue;
        add_unit(std::exchange(unit, {}), slow);
        bytes = 0;
      }
      if (!unit.empty()) add_unit(unit, slow);
    }
    add("wrapper", {"-DBINADE_HEADER=\"Vmodule.h\"", "-DBINADE_CLASS=Vmodule", "-DBINADE_PORTS=\"ports.inc\"", "-O1",
                    (rtl_ / "cosim/module_wrapper.cpp").string()});
    const fs::path source = rtl_ / "cosim/module_runtime.cpp";
    const std::string key = sha256(text_of(source) + text_of(fs::path(include_) / "verilated.cpp") + options_of_runtime());
    const fs::path runtime = shared_ / ("runtime-" + key.substr(0, 32) + ".o");
    const FileLock lock(runtime.string() + ".lock");
    if (!fs::exists(runtime)) add("runtime", {"-O1", source.string()});
    run_side_by_side();
    if (!fs::exists(runtime)) {
      fs::rename(work_ / "runtime.o", runtime);
      objects_.pop_back();
    }
    objects_.push_back(runtime.string());
  }

  std::string options_of_runtime() const { return fmt::format("{} {}", covers(), spec_.waves); }

  /// Constructors and reset run once: no point in optimising them.
  void add_unit(const std::vector<fs::path>& sources, bool slow) {
    const std::string name = fmt::format("unit{}", commands_.size());
    std::ofstream stream(work_ / (name + ".cc"));
    for (const auto& source : sources) stream << "#include " << source.filename() << "\n";
    add(name, {slow ? "-O0" : "-O2", (work_ / (name + ".cc")).string()});
  }

  void add(const std::string& name, const std::vector<std::string>& arguments) {
    const std::string object = (work_ / (name + ".o")).string();
    std::vector<std::string> command{"g++",
                                     "-std=c++17",
                                     "-c",
                                     "-w",
                                     "-fPIC",
                                     "-fvisibility=hidden",
                                     "-I" + work_.string(),
                                     "-I" + (rtl_ / "cosim").string(),
                                     "-I" + include_,
                                     "-I" + include_ + "/vltstd",
                                     "-DVL_TIME_CONTEXT",
                                     "-DVM_SC=0",
                                     fmt::format("-DVM_COVERAGE={}", covers() ? 1 : 0),
                                     fmt::format("-DVM_TRACE={}", spec_.waves ? 1 : 0),
                                     fmt::format("-DBINADE_COVERAGE={}", covers() ? 1 : 0),
                                     fmt::format("-DBINADE_WAVES={}", spec_.waves ? 1 : 0),
                                     "-o",
                                     object};
    command.insert(command.end(), arguments.begin(), arguments.end());
    commands_.push_back(command);
    objects_.push_back(object);
  }

  bool covers() const { return spec_.line_coverage || spec_.toggle_coverage; }

  void run_side_by_side() {
    const std::size_t workers = std::max(1U, std::thread::hardware_concurrency());
    std::vector<ToolResult> results(commands_.size());
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < workers; ++i)
      threads.emplace_back([&] {
        for (std::size_t c = next++; c < commands_.size(); c = next++)
          results[c] = run_tool(commands_[c], work_ / fmt::format("compile{}.log", c));
      });
    for (auto& thread : threads) thread.join();
    // The first failure again, for its message.
    for (std::size_t c = 0; c < commands_.size(); ++c)
      if (results[c].missing || results[c].exit_code != 0) tool(commands_[c], kCompiler);
  }

  void link() {
    std::vector<std::string> command{"g++", "-shared", "-Wl,-Bsymbolic", "-o", (work_ / "module.so").string()};
    command.insert(command.end(), objects_.begin(), objects_.end());
    command.insert(command.end(), {"-lz", "-pthread"});
    tool(command, kCompiler);
  }

  const ModuleSpec& spec_;
  const fs::path rtl_, work_, shared_;
  std::string include_;  ///< of Verilator
  std::vector<std::vector<std::string>> commands_;
  std::vector<std::string> objects_;
};

}  // namespace

std::string describe(const ModuleSpec& spec) {
  std::string text = spec.top;
  for (const auto& [name, value] : spec.parameters) text += fmt::format(" {}={}", name, value);
  if (spec.waves) text += " (waves)";
  if (spec.line_coverage) text += " (line coverage)";
  if (spec.toggle_coverage) text += " (toggle coverage)";
  return text;
}

std::vector<fs::path> listed_sources(const fs::path& list) {
  std::vector<fs::path> sources;
  std::istringstream lines(text_of(list));
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) sources.push_back(list.parent_path() / line);
  return sources;
}

ModuleCache::ModuleCache(fs::path rtl, fs::path directory, fs::path prebuilt)
    : rtl_(std::move(rtl)), directory_(std::move(directory)), prebuilt_(std::move(prebuilt)) {}

std::vector<fs::path> ModuleCache::own_sources() const {
  std::vector<fs::path> sources = listed_sources(rtl_ / "sources.f");
  sources.insert(sources.begin(), rtl_ / "waivers.vlt");
  return sources;
}

std::shared_ptr<const ModuleImage> ModuleCache::load(const ModuleSpec& spec) {
  std::string content = BINADE_MODULE_ABI;
  for (const auto& option : verilator_options(spec)) content += "\n" + option;
  for (const char* adapter : {"cosim/module_abi.h", "cosim/module_wrapper.cpp", "cosim/module_runtime.cpp"})
    content += "\n" + text_of(rtl_ / adapter);
  for (const auto& source : spec.sources) content += fmt::format("\n{}\n{}", source.filename().string(), text_of(source));
  const std::string key = spec.top + "-" + sha256(content).substr(0, 32);

  for (const fs::path& place : {prebuilt_, directory_})
    if (!place.empty() && fs::exists(place / key / "module.so")) return std::make_shared<ModuleImage>(place / key / "module.so");

  std::error_code error;
  fs::create_directories(directory_, error);
  const FileLock lock(directory_ / (key + ".lock"));
  const fs::path entry = directory_ / key;
  if (!fs::exists(entry / "module.so")) {  // another process may have built it meanwhile
    if (on_build) on_build(describe(spec));
    const fs::path work = directory_ / (key + ".tmp");
    fs::remove_all(work);
    fs::create_directory(work);
    Build(spec, rtl_, work, directory_).run();
    const fs::path finished = directory_ / (key + ".new");
    fs::remove_all(finished);
    fs::create_directory(finished);
    fs::rename(work / "module.so", finished / "module.so");
    std::ofstream(finished / "spec.txt") << describe(spec) << '\n';
    fs::remove_all(work);
    fs::rename(finished, entry);
  }
  return std::make_shared<ModuleImage>(entry / "module.so");
}

}  // namespace binade::rtl
