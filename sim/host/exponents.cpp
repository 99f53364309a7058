// SPDX-License-Identifier: Apache-2.0
#include "sim/host/exponents.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "models/exponent/dfp.h"
#include "models/numerics/encoded_tensor.h"
#include "models/numerics/error.h"
#include "models/spec/ranges.h"

namespace binade::sim {

using exponent::TensorClass;
using numerics::Family;
using numerics::Rounding;

namespace {

// Algorithm 1's first exponent: the paper starts at kappa = 1, ngraph at its default of 2^-8.
int initial_exponent(const std::string& preset) { return preset == "ngraph" ? -8 : 0; }

}  // namespace

Exponents::Exponents(const RunRequest& request)
    : request_(request), format_(request.platform.core.format), bias_{request.sdfp.weights, request.sdfp.activations, 0} {
  if (format_.family == Family::Flex) autoflex_ = exponent::autoflex_preset(request.flex.preset, format_.bits);
}

exponent::QuantizeOptions Exponents::options(TensorClass tensor_class, std::uint32_t tensor) const {
  const Rounding configured = request_.platform.core.accumulate.rounding;
  exponent::QuantizeOptions options;
  options.rounding = format_.family == Family::Flex && configured != Rounding::Sr ? Rounding::Rtz : configured;
  options.sdfp_bias = bias_.of(tensor_class);
  options.seed = static_cast<std::uint32_t>(request_.seed);
  options.tensor = tensor;
  return options;
}

exponent::QuantizedTensor Exponents::quantize(std::span<const double> values, TensorClass tensor_class, std::uint32_t tensor,
                                              std::optional<int> lsb_exponent) const {
  exponent::QuantizeOptions how = options(tensor_class, tensor);
  how.lsb_exponent = lsb_exponent;
  return within_range(values, how);
}

// An exponent that follows from the data stays within a descriptor's range.
exponent::QuantizedTensor Exponents::within_range(std::span<const double> values, exponent::QuantizeOptions how) const {
  exponent::QuantizedTensor tensor = quantize_tensor(format_, values, how);
  const int exponent = spec::tensor_exponent_within(tensor.lsb_exponent());
  if (how.lsb_exponent || !format_.shared_exponent() || exponent == tensor.lsb_exponent()) return tensor;
  how.lsb_exponent = exponent;
  return quantize_tensor(format_, values, how);
}

exponent::QuantizedTensor Exponents::quantize_activation(int tensor, std::span<const double> values, std::uint32_t stream,
                                                         std::uint64_t first_element) {
  exponent::QuantizeOptions how = options(TensorClass::Activation, stream);
  how.first_element = first_element;
  if (format_.family != Family::Flex) return within_range(values, how);
  auto known = history_.find(tensor);
  if (known == history_.end()) {
    known = history_.emplace(tensor, exponent::Autoflex(autoflex_, tensor_exponent(format_, values, how))).first;
  } else {
    known->second.predict(passes_);
  }
  how.lsb_exponent = known->second.lsb_exponent();
  exponent::QuantizedTensor quantized = quantize_tensor(format_, values, how);
  known->second.record(numerics::largest_mantissa(quantized.view()));
  return quantized;
}

Exponents::FlexChoice Exponents::choose_flex(int tensor, const std::function<std::uint64_t(int)>& max_abs_of_run) {
  if (const auto known = history_.find(tensor); known != history_.end()) return {known->second.predict(passes_), {}};
  const auto max_abs_within = [&](int exponent) { return max_abs_of_run(spec::tensor_exponent_within(exponent)); };
  const auto found = exponent::autoflex_initialise(format_.bits, initial_exponent(request_.flex.preset), max_abs_within);
  const int exponent = spec::tensor_exponent_within(found.lsb_exponent);
  history_.emplace(tensor, exponent::Autoflex(autoflex_, exponent));
  return {exponent, static_cast<int>(found.trace.size())};
}

void Exponents::record_flex(int tensor, std::uint64_t max_abs) { history_.at(tensor).record(max_abs); }

int Exponents::choose_after(const TensorStats& stats, int raw_exponent) const {
  const int e = exponent::dfp_exponent(stats.max_abs, raw_exponent, format_.bits);
  if (format_.family == Family::Dfp || stats.max_abs == 0) return spec::tensor_exponent_within(e);
  return spec::tensor_exponent_within(e + bias_.activations.value_or(exponent::choose_sdfp_bias(stats.leading_bit, format_.bits)));
}

int Exponents::choose_concat(const std::vector<DeviceTensor>& parts) const {
  std::optional<int> coarsest;
  for (const DeviceTensor& part : parts)
    if (part.max_abs > 0) coarsest = std::max(coarsest.value_or(part.exponent), part.exponent);
  return coarsest.value_or(0);
}

}  // namespace binade::sim
