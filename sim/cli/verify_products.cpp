// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/verify_products.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/run/share.h"

namespace binade::sim {
namespace {

using datapath::CoreMode;
using programs::StepProduct;

/// As recipes call it.
constexpr const char* kLossLayer = "<loss>";

std::string layer_of(const StepProduct& product) { return product.layer.empty() ? kLossLayer : product.layer; }

/// --format and the keys that differ from what it brings.
VerifyOptions words_of(const CoreMode& mode) {
  VerifyOptions words;
  words.format = numerics::to_string(mode.format.out);
  const CoreMode plain = mode_of(core_of(words), 0);
  const auto set = [&](const char* key, const std::string& word) { words.sets.push_back(fmt::format("{}={}", key, word)); };
  if (mode.format.a != plain.format.a) set("core.format_a", numerics::to_string(mode.format.a));
  if (mode.format.b != plain.format.b) set("core.format_b", numerics::to_string(mode.format.b));
  // What `auto` says follows from the formats.
  const numerics::AccumulateSpec &wanted = mode.accumulate, has = mode_of(core_of(words), 0).accumulate;
  if (wanted.policy != has.policy) set("accumulate", std::string(numerics::to_string(wanted.policy)));
  if (wanted.rounding != has.rounding) set("rounding", std::string(numerics::to_string(wanted.rounding)));
  if (wanted.acc_bits != has.acc_bits) set("core.acc_bits", std::to_string(wanted.acc_bits));
  if (wanted.block != has.block) set("core.block", std::to_string(wanted.block));
  if (wanted.chain != has.chain) set("core.chain", std::to_string(wanted.chain));
  if (wanted.bias != has.bias) set("core.bias", std::string(numerics::to_string(wanted.bias)));
  return words;
}

std::string line_of(const StepProduct& product) {
  const VerifyOptions words = words_of(elaborated(product.mode));
  std::string sets;
  for (const auto& assignment : words.sets) sets += " --set " + assignment;
  const operations::GemmShape& shape = product.form.shape;
  return fmt::format("\n  --layer {} --pass {} --product {} --format {}{}: {} of {} x {} x {}", printable(layer_of(product)),
                     operations::to_string(product.pass), printable(product.name), words.format, sets, shape.count, shape.m,
                     shape.n, shape.k);
}

[[noreturn]] void refuse(const std::string& what, const std::vector<const StepProduct*>& allowed) {
  std::string lines;
  for (const StepProduct* product : allowed) lines += line_of(*product);
  throw InputError(fmt::format("{}; allowed:{}", what, lines));
}

}  // namespace

std::optional<VerifyProducts> products_of(VerifyOptions& options) {
  std::filesystem::path file = options.trace;
  const bool npz = options.stimulus == "trace" && file.extension() == ".npz";
  if (npz) file = user_or_shared_file(options.trace);
  if (options.stimulus != "trace" || (!npz && !is_step_trace(file))) {
    if (!options.layer.empty() || !options.pass.empty() || !options.product.empty())
      throw InputError(
          "--layer, --pass, --product: of the products of a training step; allowed: with --stimulus trace and a --trace that "
          "`binade trace "
          "--step` wrote");
    return std::nullopt;
  }
  VerifyProducts chosen;
  chosen.trace = std::make_unique<const StepTrace>(load_step_trace(file, StepParts::Products));
  const programs::RecordedStep& step = chosen.trace->recorded;
  std::vector<const StepProduct*> all, named, fitting;
  for (const StepProduct& product : step.products) {
    all.push_back(&product);
    const auto means = [](const std::string& word, std::string_view its) { return word.empty() || word == its; };
    if (means(options.layer, layer_of(product)) && means(options.pass, operations::to_string(product.pass)) &&
        means(options.product, product.name))
      named.push_back(&product);
  }
  const std::string where = printable(options.trace);
  if (named.empty()) {
    const std::pair<const char*, std::string> words[] = {
        {"--layer", options.layer}, {"--pass", options.pass}, {"--product", options.product}};
    std::string wanted;
    for (const auto& [option, word] : words)
      if (!word.empty()) wanted += fmt::format(" {} {}", option, printable(word));
    refuse(fmt::format("{}: no product has{}", where, wanted), all);
  }
  if (options.format.empty()) {
    const CoreMode first = elaborated(named.front()->mode);
    const auto alike = [&](const StepProduct* product) { return elaborated(product->mode) == first; };
    if (!std::all_of(named.begin(), named.end(), alike))
      refuse(fmt::format("{}: --format is missing, and products differ in formats and sums", where), named);
    VerifyOptions words = words_of(first);
    options.format = words.format;
    options.sets.insert(options.sets.begin(), words.sets.begin(), words.sets.end());
  }
  const CoreMode mode = elaborated(mode_of(core_of(options), 0));
  for (const StepProduct* product : named)
    if (elaborated(product->mode) == mode) fitting.push_back(product);
  if (fitting.empty())
    refuse(fmt::format("{}: none of these products is in {}, {}, rounding {}", where, numerics::to_string(mode.format),
                       numerics::to_string(mode.accumulate.policy), numerics::to_string(mode.accumulate.rounding)),
           named);
  std::vector<std::string> names;
  for (const StepProduct* product : fitting) {
    chosen.operands.push_back(std::make_unique<const programs::ProductOperands>(*product, step.tensors));
    names.push_back(product->name);
  }
  chosen.description = fmt::format("{} ({})", where, printable(fmt::format("{}", fmt::join(names, ", "))));
  return chosen;
}

}  // namespace binade::sim
