// SPDX-License-Identifier: Apache-2.0
#include "tests/soak/campaign.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <iomanip>
#include <map>
#include <ostream>

#include "models/kernels/simd/target.h"
#include "tests/soak/minimise.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace binade::soak {
namespace {

using kernels::KernelPath;

/// What to say should a case end the process; written before each.
std::array<char, 256> last_words{};

void say_last_words() {
  const auto written = ::write(STDERR_FILENO, last_words.data(), std::char_traits<char>::length(last_words.data()));
  static_cast<void>(written);
}
extern "C" void on_signal(int signal) {
  say_last_words();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void prepare_last_words() {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_set_death_callback(say_last_words);
#else
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) std::signal(signal, on_signal);
#endif
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

class Campaign {
 public:
  Campaign(const Options& options, std::ostream& out) : options_(options), out_(out), make_(planted(options.plant)) {
    report_.elements.resize(options.targets.size());
  }

  Report run() {
    prepare_last_words();
    out_ << "seed " << options_.seed << ", groups";
    for (const Group group : options_.groups) out_ << ' ' << to_string(group);
    out_ << ", targets";
    for (const std::string& target : options_.targets) out_ << ' ' << target;
    out_ << std::endl;
    const double begin = processor_seconds();
    if (options_.only) {
      run_case(options_.groups.front(), *options_.only);
    } else {
      bool goes_on = true;
      for (std::uint64_t number = 0; goes_on && number < options_.cases; ++number) {
        for (const Group group : options_.groups) {
          goes_on = goes_on && run_case(group, number);
          progress(processor_seconds() - begin);
        }
        // Every path is reached however short the time is.
        goes_on = goes_on && (number < most_directed() || processor_seconds() - begin < options_.seconds);
      }
      if (goes_on || report_.differences == 0 || options_.keeps_going) find_missed_paths();
    }
    kernels::force_simd_target("");
    write_table();
    return report_;
  }

 private:
  std::uint64_t most_directed() const {
    std::uint64_t most = 0;
    for (const Group group : options_.groups) most = std::max(most, directed_cases(group));
    return most;
  }

  /// False where the campaign ends.
  bool run_case(Group group, std::uint64_t number) {
    const std::string replay =
        "--replay " + std::to_string(options_.seed) + ':' + std::string(to_string(group)) + ':' + std::to_string(number);
    std::snprintf(last_words.data(), last_words.size(), "binade_soak: ended by this case: %s\n", replay.c_str());
    const Case c = draw_case(group, options_.seed, number);
    const Judgement judgement = judge(c);
    ++report_.cases;
    for (std::size_t i = 0; i < options_.targets.size(); ++i) {
      kernels::force_simd_target(options_.targets[i]);
      const auto found = difference(c, judgement, make_, paths_[{group, i}]);
      report_.elements[i] += static_cast<std::uint64_t>(c.whole.command.m * c.whole.command.n);
      if (!found) continue;
      if (report_.differences++ == 0) report_.replay = replay;
      out_ << "DIFFERENCE on " << options_.targets[i] << ", " << *found << "\n  case: " << to_string(c) << "\nreplay: binade_soak "
           << replay << " --target " << options_.targets[i] << std::endl;
      if (options_.keeps_going) continue;
      minimise(c);
      return false;
    }
    return true;
  }

  void minimise(const Case& c) {
    kernels::PathMacs ignored;
    const auto fails = [&](const Case& candidate) { return difference(candidate, judge(candidate), make_, ignored).has_value(); };
    report_.minimal = minimised(c, fails);
    const auto found = difference(*report_.minimal, judge(*report_.minimal), make_, ignored);
    out_ << "minimal: " << to_string(*report_.minimal) << "\n  " << found.value_or("(passes when run again)") << '\n'
         << operands_of(*report_.minimal) << std::flush;
  }

  void find_missed_paths() {
    for (const Group group : options_.groups) {
      if (options_.cases < directed_cases(group)) continue;
      for (const KernelPath path : paths_of(group)) {
        for (std::size_t i = 0; i < options_.targets.size(); ++i) {
          if (paths_[{group, i}][path] != 0) continue;
          report_.missed.push_back(std::string(to_string(path)) + " by " + std::string(to_string(group)) + " formats on " +
                                   options_.targets[i]);
          out_ << "path not reached: " << report_.missed.back() << '\n';
        }
      }
    }
  }

  void progress(double seconds) {
    constexpr double kMinute = 60;
    if (seconds < kMinute * (minutes_ + 1)) return;
    minutes_ = static_cast<int>(seconds / kMinute);
    out_ << minutes_ << " min: " << report_.cases << " cases, " << total() << " output elements, " << report_.differences
         << " differences" << std::endl;
  }

  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t elements : report_.elements) sum += elements;
    return sum;
  }

  void write_table() {
    constexpr int kName = 18, kColumn = 16;
    out_ << std::left << std::setw(kName) << "multiplications" << std::right;
    for (const std::string& target : options_.targets) out_ << std::setw(kColumn) << target;
    out_ << '\n';
    for (std::size_t path = 0; path < kernels::kKernelPaths; ++path) {
      out_ << "  " << std::left << std::setw(kName - 2) << to_string(static_cast<KernelPath>(path)) << std::right;
      for (std::size_t i = 0; i < options_.targets.size(); ++i) {
        std::uint64_t macs = 0;
        for (const Group group : options_.groups) macs += paths_[{group, i}][static_cast<KernelPath>(path)];
        out_ << std::setw(kColumn) << macs;
      }
      out_ << '\n';
    }
    out_ << std::left << std::setw(kName) << "output elements" << std::right;
    for (const std::uint64_t elements : report_.elements) out_ << std::setw(kColumn) << elements;
    out_ << '\n'
         << report_.cases << " cases, " << total() << " output elements compared, " << report_.differences << " differences, "
         << report_.missed.size() << " paths not reached" << std::endl;
  }

  const Options& options_;
  std::ostream& out_;
  MakeCore make_;
  Report report_;
  std::map<std::pair<Group, std::size_t>, kernels::PathMacs> paths_;
  int minutes_ = 0;
};

}  // namespace

Report run(const Options& options, std::ostream& out) { return Campaign(options, out).run(); }

}  // namespace binade::soak
