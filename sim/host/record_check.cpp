// SPDX-License-Identifier: Apache-2.0
#include "sim/host/record_check.h"

#include <array>
#include <charconv>
#include <variant>

#include "models/programs/storage.h"
#include "models/programs/training/step_recorder.h"
#include "sim/host/comparison.h"

namespace binade::sim {

using programs::StoredTensor;

namespace {

/// The shortest that reads back as the same.
std::string text_of(double value) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

}  // namespace

void RecordCheck::compare(const programs::StepExecution& execution) {
  const programs::TrainingStep& step = execution.step();
  if (const auto* const form = std::get_if<operations::GemmForm>(&step.form))
    for (const programs::RecordedOperand& one : product_operands(execution, *form))
      compare(step.name, one.name, one.stored, one.scale.value_or(one.stored.magnitude.exponent));
  for (std::size_t i = 0; i < step.results.size(); ++i) {
    const programs::TrainingTensor& made = execution.program().tensors[static_cast<std::size_t>(step.results[i].writer())];
    const StoredTensor& stored = execution.result(i);
    compare(step.name, made.name, stored, execution.scale(i).value_or(stored.magnitude.exponent));
  }
}

void RecordCheck::compare(const std::string& step, const std::string& name, const StoredTensor& stored, int exponent) {
  const auto found = record_.tensors.find(name);
  if (found == record_.tensors.end() || !compared_.insert(name).second) return;
  const numerics::EncodedTensor& expected = found->second;
  const Comparison comparison("step '" + step + "'", record_.name);
  const std::string of = " of '" + name + "'";
  if (expected.exponents.granularity() != numerics::Granularity::None)
    comparison.numbers("exponents" + of, exponent, expected.lsb_exponent());
  const int bytes = stored.element_bytes();
  comparison.codes(read_bytes(machine_, stored), programs::pack_codes(expected.codes, bytes), bytes, of);
}

void RecordCheck::compare_loss(double loss) const {
  if (loss != record_.loss) Comparison("the loss", record_.name).differ(text_of(loss) + " and " + text_of(record_.loss));
}

}  // namespace binade::sim
