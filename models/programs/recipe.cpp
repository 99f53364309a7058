// SPDX-License-Identifier: Apache-2.0
#include "models/programs/recipe.h"

#include <fnmatch.h>

#include "models/numerics/error.h"
#include "models/numerics/format_words.h"

namespace binade::programs {
namespace {

template <class Field>
void take(std::optional<Field>& mine, const std::optional<Field>& later) {
  if (later) mine = later;
}

}  // namespace

std::string operation_name(operations::Op op) { return std::string("<").append(operations::to_string(op)).append(">"); }

std::vector<std::string> operation_names() {
  return {
#define OPERATION(name, word) operation_name(operations::Op::name),
#include "models/operations/operations.def"
  };
}

void TensorRule::override_with(const TensorRule& later) {
  take(format, later.format);
  take(read, later.read);
  take(sums, later.sums);
  take(accumulate, later.accumulate);
  take(rounding, later.rounding);
  take(acc_bits, later.acc_bits);
  take(block, later.block);
  take(chain, later.chain);
  take(bias, later.bias);
  take(add_shift, later.add_shift);
  take(scaled, later.scaled);
  take(scale_history, later.scale_history);
  take(scale_margin, later.scale_margin);
}

void underflow(Recipe& recipe) {
  for (RecipeRule& rule : recipe.rules)
    for (auto* format : {&rule.says.format, &rule.says.read, &rule.says.sums})
      if (*format) *format = numerics::underflowing(**format);
}

bool matches(const RecipeRule& rule, std::span<const std::string> names) {
  if (rule.layers.empty()) return true;
  for (const std::string& glob : rule.layers)
    for (const std::string& name : names)
      if (::fnmatch(glob.c_str(), name.c_str(), 0) == 0) return true;
  return false;
}

TensorRule resolve(const Recipe& recipe, std::span<const std::string> names, TensorClass tensor_class, Pass pass) {
  TensorRule resolved;
  for (const RecipeRule& rule : recipe.rules)
    if (rule.classes.contains(tensor_class) && rule.passes.contains(pass) && matches(rule, names))
      resolved.override_with(rule.says);
  return resolved;
}

void check_layers(const Recipe& recipe, const std::vector<std::string>& layers) {
  std::string problems;
  for (const RecipeRule& rule : recipe.rules) {
    if (matches(rule, layers)) continue;
    std::string globs;
    for (const std::string& glob : rule.layers) globs.append(globs.empty() ? "" : ", ").append(glob);
    problems.append(problems.empty() ? "" : "\n")
        .append(rule.where)
        .append(": '")
        .append(globs)
        .append("' matches no layer; allowed: layer names or patterns with * and ?, <first>, <last>");
  }
  if (!problems.empty()) throw InputError(problems);
}

}  // namespace binade::programs
