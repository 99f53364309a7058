// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/search_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "models/numerics/error.h"
#include "models/numerics/format_words.h"
#include "models/numerics/text.h"
#include "sim/cli/option_words.h"
#include "sim/search/candidates.h"

namespace binade::sim {
namespace {

constexpr std::int64_t kMostSamples = 1 << 20;
constexpr int kMostEvaluations = 1000;

constexpr const char* kExamples = R"(
Examples:
  binade search --network lenet5 --data ../shared/data --weights lenet5-mnist.npz --samples 500 \
      --fit resnet20-cifar:../shared/data:resnet20-cifar10.npz --out out/search
  binade search --network lenet5 --data ../shared/data --weights lenet5-mnist.npz --model out/search/model.json --family posit --loss 0.5%
  binade search --network mine.yaml --input images.npz --weights mine.npz --model model.json --evaluations 0      no labels
)";

}  // namespace

void declare(CLI::App& command, SearchOptions& options) {
  RunOptions& run = options.run;
  run.jobs = std::max(1U, std::thread::hardware_concurrency());
  command.add_option("--network", run.network, "whose format is searched: a name that `binade networks` lists, or a file")
      ->type_name("NAME|FILE");
  command.add_option("--data", run.data, "directory of a real data set, with labels")->type_name("DIR");
  command.add_option("--weights,--init", run.weights, "trained parameters, npz or safetensors")->type_name("FILE");
  command.add_option("--input", run.input, "the network's inputs, npz or safetensors, without labels: with --evaluations 0")
      ->type_name("FILE");
  command.add_option("--samples", run.samples, "of an evaluation; default: all of --data")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostSamples));
  command.add_option("--batch", run.batch, "samples per pass; default: all samples, up to 100")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostSamples));
  declare_keys(command, run);
  command
      .add_option("--family", options.families,
                  fmt::format("whose formats are searched (docs/search.md): {}; default: float", fmt::join(search_families(), " ")))
      ->type_name("WORD[,WORD...]")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--format", options.formats, "formats to search, beside those of --family where that is given")
      ->type_name("WORD[,WORD...]")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--loss", options.loss, "of the accuracy in binary64, that is allowed")
      ->type_name("P%")
      ->capture_default_str();
  command.add_option("--objective", options.objective, "the fastest on a given area, or the least energy of a multiply-accumulate")
      ->check(CLI::IsMember({"speed", "energy"}))
      ->capture_default_str();
  command.add_option("--cost-table", options.table, "a technology that comes with the program, or a folder (docs/cost.md)")
      ->type_name("NAME|DIR")
      ->capture_default_str();
  command.add_option("--inputs", options.inputs, "samples, drawn by --seed, that outputs are correlated on")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostSamples))
      ->capture_default_str();
  command.add_option("--evaluations", options.evaluations, "formats whose accuracy may be measured")
      ->type_name("N")
      ->check(CLI::Range(0, kMostEvaluations))
      ->capture_default_str();
  command
      .add_option("--fit", options.fits,
                  "a network with trained parameters that the model is fitted to; repeatable. That of --network is left out")
      ->type_name("NETWORK:DATA:WEIGHTS")
      ->allow_extra_args(false);
  command.add_option("--fit-samples", options.fit_samples, "of each network of --fit")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostSamples))
      ->capture_default_str();
  command.add_option("--model", options.model, "model.json of an earlier search: its points, beside those of --fit")
      ->type_name("FILE");
  command
      .add_option("--line", options.line,
                  "of accuracy by R2: anchored, through 1 and 1, or free, slope and intercept fitted as in the paper")
      ->check(CLI::IsMember({"anchored", "free"}))
      ->capture_default_str();
  command.add_flag("--exhaustive", options.exhaustive, "evaluate all formats too, and say what the search missed");
  command.add_option("--out", run.out, "write search.json, formats.csv, model.json and measures.json there")->type_name("DIR");
  command.add_flag("--resume", run.resume, "go on where --out holds measurements: what it holds is not measured again");
  command.add_option("--report-format", run.report_format, "what goes to standard output")
      ->check(CLI::IsMember({"text", "csv", "json"}))
      ->capture_default_str();
  command.add_option("--seed", run.seed, "of the inputs drawn, synthetic tensors and stochastic rounding, 32 bits")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, kMostSeed32))
      ->capture_default_str();
  command.add_option("--jobs", run.jobs, "formats to run at a time")->check(CLI::Range(1, kMostJobs))->capture_default_str();
  command.footer(kExamples);
}

double loss_of(const std::string& text) {
  const bool percent = text.ends_with('%');
  const std::string digits = percent ? text.substr(0, text.size() - 1) : text;
  double value = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (percent) value /= 100;
  if (error != std::errc() || end != digits.data() + digits.size() || !(value >= 0 && value < 1))
    throw InputError(fmt::format("--loss {}: no share; allowed: 0% to below 100%, or 0 to below 1", printable(text)));
  return value;
}

FitWords fit_of(const std::string& text) {
  const auto first = text.find(':'), second = first == std::string::npos ? first : text.find(':', first + 1);
  const bool three = second != std::string::npos && text.find(':', second + 1) == std::string::npos;
  FitWords words;
  if (three)
    words = {
        .network = text.substr(0, first), .data = text.substr(first + 1, second - first - 1), .weights = text.substr(second + 1)};
  if (words.network.empty() || words.data.empty() || words.weights.empty())
    throw InputError(
        fmt::format("--fit {}: not three words; allowed: NETWORK:DATA:WEIGHTS, paths without colons", printable(text)));
  return words;
}

std::vector<std::string> formats_of(const SearchOptions& options) {
  auto families = options.families;
  if (families.empty() && options.formats.empty()) families = {"float"};
  std::vector<std::string> words, problems;
  const auto add = [&](const std::string& word) {
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  };
  const auto guarded = [&](const auto& action) {
    try {
      action();
    } catch (const InputError& error) {
      problems.emplace_back(error.what());
    }
  };
  for (const auto& family : families)
    guarded([&] {
      for (const auto& word : family_formats(family)) add(word);
    });
  for (const auto& word : options.formats)
    guarded([&] {
      try {
        add(to_string(numerics::parse_format(word)));
      } catch (const InputError& error) {
        throw InputError(fmt::format("--format: {}", error.what()));
      }
    });
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
  return words;
}

}  // namespace binade::sim
