// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/eval_lines.h"

#include <algorithm>
#include <array>
#include <istream>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/cli/eval_text.h"

namespace binade::sim {
namespace {

constexpr std::size_t kOutputBlock = std::size_t{1} << 16;

}  // namespace

std::string events_text(const numerics::Events& events) {
  const std::array<std::pair<std::string_view, std::uint64_t>, 5> counts{{{"saturation", events.saturation},
                                                                          {"underflow", events.underflow},
                                                                          {"overflow", events.overflow},
                                                                          {"nar", events.nar},
                                                                          {"inexact", events.inexact}}};
  std::string text;
  for (const auto& [name, count] : counts) {
    if (count == 0) continue;
    if (!text.empty()) text += ',';
    text += std::string(name) + '=' + std::to_string(count);
  }
  return text.empty() ? "-" : text;
}

void evaluate_lines(const EvalOptions& options, std::istream& in, std::ostream& out) {
  const auto operation = make_eval_operation(options);
  std::string line;
  std::string results;
  std::vector<std::string_view> words;
  const auto flush = [&] {
    out.write(results.data(), static_cast<std::streamsize>(results.size()));
    out.flush();
    results.clear();
    if (!out) throw InputError("eval: standard output: cannot write; allowed: a file or pipe that takes the results");
  };
  for (std::uint64_t index = 0;; ++index) {
    if (results.size() >= kOutputBlock || (!results.empty() && in.rdbuf()->in_avail() <= 0)) flush();
    if (!std::getline(in, line)) break;
    const std::size_t complete = results.size();
    try {
      split_line(line, words);
      if (words.empty()) throw InputError("a blank line; every line is one operation");
      const numerics::Events before = operation->events();
      operation->evaluate(words, index, results);
      if (options.flags) results.append(" ").append(to_string(operation->flags()));
      if (options.events) results.append(" ").append(events_text(operation->events() - before));
    } catch (const InputError& error) {
      results.resize(complete);
      flush();
      // The text of an error ends at a NUL.
      const auto nul =
          std::find_if(words.begin(), words.end(), [](auto word) { return word.find('\0') != std::string_view::npos; });
      throw InputError("eval: line " + std::to_string(index + 1) + ": " +
                       (nul == words.end() ? error.what() : "'" + printable(*nul) + "': a NUL byte; allowed: text"));
    }
    results += '\n';
  }
  flush();
  if (in.bad()) throw InputError("eval: standard input: cannot read; allowed: a text file, a pipe or a terminal");
}

}  // namespace binade::sim
