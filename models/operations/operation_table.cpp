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
  return row;
}

constexpr std::array kRows{
#define OPERATION(name, word) row_of<operation_rows::name>(word),
#include "models/operations/operations.def"
};

}  // namespace

const OperationRow& row(Op op) { return kRows.at(static_cast<std::size_t>(op)); }
std::string_view to_string(Op op) { return row(op).word; }

int raw_bytes(const numerics::FormatSpec& format, Op op) { return raw_result_bytes(format, row(op).vector_op); }

int raw_exponent(const numerics::FormatSpec& format, const Call& call, const Magnitudes& operands) {
  const ResultRange range = row(call.layer).range(call, operands);
  const int held = range.bits - raw_magnitude_bits(raw_bytes(format, call.layer.op));
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
