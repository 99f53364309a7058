// SPDX-License-Identifier: Apache-2.0
#include "sim/train/step_tensors.h"

#include <algorithm>
#include <string_view>
#include <variant>
#include <vector>

namespace binade::sim {

using programs::TrainingProgram;
using programs::TrainingStep;
using programs::TrainingTensor;

std::optional<std::string> capture_key(const std::string& name, bool scaled) {
  static constexpr std::string_view kKept[] = {"act.", "delta.", "grad.", "velocity.", "weight."};
  static constexpr std::string_view kWhole[] = {"logits", "softmax.exp", "softmax.sum", "dloss"};
  if (scaled) return name;
  const bool copy = name.find(':') != std::string::npos;  // in another format
  if (!copy && std::any_of(std::begin(kKept), std::end(kKept), [&](auto prefix) { return name.starts_with(prefix); })) return name;
  return std::find(std::begin(kWhole), std::end(kWhole), name) != std::end(kWhole) ? std::optional(name) : std::nullopt;
}

std::string format_lines(const TrainingProgram& reference) {
  std::string text;
  const auto add = [&](int index, const std::string& accumulate) {
    const TrainingTensor& tensor = reference.tensors[static_cast<std::size_t>(index)];
    text += tensor.name + ' ' + std::string(operations::to_string(tensor.tensor_class)) + ' ';
    text += tensor.index_bytes != 0 ? "index" : numerics::to_string(tensor.encoding.format);
    text += ' ' + accumulate + ' ' + std::string(numerics::to_string(tensor.encoding.rounding)) + '\n';
  };
  const auto add_all = [&](const std::vector<TrainingStep>& steps) {
    for (const TrainingStep& step : steps)
      for (const programs::StepResult& result : step.results) {
        const bool product = std::holds_alternative<operations::GemmForm>(step.form);
        add(result.writer(), product ? std::string(numerics::to_string(step.mode.accumulate.policy)) : "-");
      }
  };
  add_all(reference.steps);
  add_all(make_update(reference, 0, 2));
  add_all(reference.copies);
  for (const programs::Given& given : reference.given) add(given.tensor, "-");
  return text;
}

}  // namespace binade::sim
