// SPDX-License-Identifier: Apache-2.0
#include "models/operations/operation_table.h"

#include <algorithm>
#include <array>

#include "models/operations/operation_rows.h"
#include "models/operations/vector_ops.h"

namespace binade::operations {

namespace {

template <class Row>
constexpr OperationRow row_of(std::string_view word) {
  OperationRow row{.word = word,
                   .traits = Row::kTraits,
                   .shape = &Row::shape,
                   .parameters = &Row::parameters,
                   .fold = &Row::fold,
                   .macs = &Row::macs,
                   .reference = &Row::reference,
                   .touched = &Row::touched,
                   .gemm = nullptr,
                   .vector = nullptr,
                   .range = nullptr};
  if constexpr (Row::kTraits.kind == Kind::Gemm) row.gemm = &Row::gemm;
  if constexpr (Row::kTraits.kind == Kind::Vector) {
    row.vector = &Row::vector;
    row.vector_op = Row::kVectorOp;
    if constexpr (Row::kTraits.exponent == ExponentRule::Chosen) row.range = &Row::range;
  }
  if constexpr (requires { &Row::training; }) row.training = &Row::training;
  if constexpr (requires { &Row::gradient; }) row.gradient = &Row::gradient;
  return row;
}

constexpr std::array kRows{
#define OPERATION(name, word) row_of<operation_rows::name>(word),
#include "models/operations/operations.def"
};

}  // namespace

const OperationRow& row(Op op) { return kRows.at(static_cast<std::size_t>(op)); }
std::string_view to_string(Op op) { return row(op).word; }

int raw_bytes(const VectorFormats& formats, Op op) { return raw_result_bytes(formats, row(op).vector_op); }

namespace {

// Elements that are moved, ordered or bounded.
ResultRange range_of_inputs(const Magnitudes& operands) {
  ResultRange range{.bits = operands.inputs.at(0).bits(), .lsb = operands.inputs.at(0).exponent};
  for (const Magnitude& input : operands.inputs) {
    range.bits = std::max(range.bits, input.bits());
    range.lsb = std::min(*range.lsb, input.exponent);
  }
  return range;
}

}  // namespace

int raw_exponent(int raw_bytes, const Call& call, const Magnitudes& operands) {
  const OperationRow& known = row(call.layer);
  const ResultRange range = known.range != nullptr ? known.range(call, operands) : range_of_inputs(operands);
  const int held = range.bits - raw_magnitude_bits(raw_bytes);
  return range.lsb ? std::max(*range.lsb, held) : held;
}

VectorForm requantise_form(const Call& call, int raw_bytes) {
  VectorForm form = whole_output_form(call, spec::VectorOp::Requantise);
  form.record.relu = 0;
  form.record.raw_bytes = raw_bytes;
  return form;
}

VectorForm scale_form(const Call& call) {
  VectorForm form = whole_output_form(call, spec::VectorOp::BatchNorm);
  form.record.relu = 0;
  form.constants = 1;
  form.s = Place{.role = Role::Weight};
  form.t = Place{.role = Role::Weight, .element = 1};
  return form;
}

}  // namespace binade::operations
