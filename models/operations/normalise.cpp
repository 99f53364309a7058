// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "models/numerics/error.h"
#include "models/operations/operation_rows.h"

namespace binade::operations::operation_rows {

namespace {

// s is the weight, t the bias, `elements` each.
void set_pair(std::int64_t elements, VectorForm& form) {
  form.constants = elements;
  form.s = Place{.role = Role::Weight};
  form.t = Place{.role = Role::Bias};
}

Shape rows_of_heads(const Layer& layer, const Shape& in) {
  if (layer.heads < 1 || in.width % layer.heads != 0) refuse(layer, "heads must divide the width of " + text(in));
  return in;
}

VectorForm row_form(const Call& call, spec::VectorOp op) {
  VectorForm form = whole_output_form(call, op);
  form.granule = form.record.length = row_length(call.in(0), call.layer.heads);
  return form;
}

}  // namespace

std::vector<Learned> BatchNorm::parameters(const Layer&, Inputs in) {
  std::vector<Learned> list;
  for (const char* suffix : {"weight", "bias", "running_mean", "running_var"}) list.push_back({suffix, {in[0].channels}});
  return list;
}
LayerParameters BatchNorm::fold(const Layer& layer, const Parameters& parameters) {
  std::array<std::vector<double>, 4> rooms;
  const auto values = [&](const char* suffix, std::vector<double>& room) {
    const auto found = parameters.find(layer.name + suffix);
    if (found == parameters.end()) throw InvariantError("batch norm: no " + layer.name + suffix);
    return found->second.reals().all(room);
  };
  const Values gamma = values(".weight", rooms[0]), beta = values(".bias", rooms[1]), mean = values(".running_mean", rooms[2]),
               variance = values(".running_var", rooms[3]);
  const std::size_t channels = gamma.size();
  LayerParameters result;
  result.folded.resize(2 * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    result.folded[c] = gamma[c] / std::sqrt(variance[c] + layer.epsilon);
    result.folded[channels + c] = beta[c] - mean[c] * result.folded[c];
  }
  result.weight = Values(result.folded).first(channels);
  result.bias = Values(result.folded).last(channels);
  return result;
}
void BatchNorm::reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                          std::span<double> out) {
  std::vector<double> scales, shifts;
  scale_shift(call.in(0).height * call.in(0).width, weight.all(scales), bias.all(shifts), inputs[0], out);
}
std::vector<VectorForm> BatchNorm::vector(const Call& call) {
  VectorForm form = whole_output_form(call, kVectorOp);
  set_pair(call.in(0).channels, form);
  form.record.inner = call.in(0).height * call.in(0).width;
  form.record.channels = call.in(0).channels;
  return {form};
}
ResultRange BatchNorm::range(const Call&, const Magnitudes& operands) {
  const int product = operands.inputs.at(0).exponent + operands.weight.exponent;
  return {.bits = std::max(input_bits(operands) + operands.weight.bits(), operands.bias.bits()) + 1,
          .lsb = std::min(product, operands.bias.exponent)};
}

std::vector<Learned> LayerNorm::parameters(const Layer&, Inputs in) {
  const std::int64_t length = row_length(in[0], 1);
  return {{"weight", {length}}, {"bias", {length}}};
}
void LayerNorm::reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                          std::span<double> out) {
  std::vector<double> scales, shifts;
  layer_norm(call.layer.epsilon, weight.all(scales), bias.all(shifts), inputs[0], out);
}
std::vector<VectorForm> LayerNorm::vector(const Call& call) {
  VectorForm form = whole_output_form(call, kVectorOp);
  form.granule = form.record.length = row_length(call.in(0), 1);
  set_pair(form.granule, form);
  form.record.eps = std::bit_cast<std::int64_t>(call.layer.epsilon);
  return {form};
}
// |x - mean| <= sqrt(length) standard deviations.
ResultRange LayerNorm::range(const Call& call, const Magnitudes& operands) {
  const auto length = static_cast<std::uint64_t>(row_length(call.in(0), 1));
  const int normalised = static_cast<int>(std::bit_width(length) + 1) / 2;
  return {.bits = std::max(normalised + operands.weight.bits(), operands.bias.bits()) + 1, .lsb = {}};
}

Shape Softmax::shape(const Layer& layer, Inputs in) { return rows_of_heads(layer, in[0]); }
void Softmax::reference(const Call& call, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  softmax(row_length(call.in(0), call.layer.heads), inputs[0], out);
}
std::vector<VectorForm> Softmax::vector(const Call& call) { return {row_form(call, kVectorOp)}; }
ResultRange Softmax::range(const Call&, const Magnitudes&) { return {.bits = 0, .lsb = {}}; }

Shape LogSoftmax::shape(const Layer& layer, Inputs in) { return rows_of_heads(layer, in[0]); }
void LogSoftmax::reference(const Call& call, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  log_softmax(row_length(call.in(0), call.layer.heads), inputs[0], out);
}
std::vector<VectorForm> LogSoftmax::vector(const Call& call) { return {row_form(call, kVectorOp)}; }
// x - max is at least -2 |x|, the sum lies from 1 to the row's length n, and ln n < bits of n.
ResultRange LogSoftmax::range(const Call& call, const Magnitudes& operands) {
  const auto length = static_cast<std::uint64_t>(row_length(call.in(0), call.layer.heads));
  const int logarithm = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(std::bit_width(length))));
  return {.bits = std::max(input_bits(operands) + 1, logarithm) + 1, .lsb = {}};
}

}  // namespace binade::operations::operation_rows
