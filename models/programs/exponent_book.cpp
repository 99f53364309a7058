// SPDX-License-Identifier: Apache-2.0
#include "models/programs/exponent_book.h"

#include <algorithm>
#include <cmath>

#include "models/exponent/dfp.h"
#include "models/spec/ranges.h"

namespace binade::programs {

using numerics::Family;
using numerics::FormatSpec;
using numerics::Rounding;

namespace {

// Algorithm 1's first exponent: the paper starts at kappa = 1, ngraph at its default of 2^-8.
int initial_exponent(const std::string& preset) { return preset == "ngraph" ? -8 : 0; }

// An exponent that follows from the data stays within a descriptor's range.
exponent::QuantizeOptions with_exponent(const FormatSpec& format, const numerics::Reals& values, exponent::QuantizeOptions how) {
  if (!how.lsb_exponent && format.shared_exponent())
    how.lsb_exponent = spec::tensor_exponent_within(tensor_exponent(format, values, how));
  return how;
}

}  // namespace

exponent::QuantizeOptions ExponentBook::how(const operations::ElementFormat& encoding, exponent::TensorClass tensor_class,
                                            std::uint32_t stream, std::optional<int> add_shift) const {
  exponent::QuantizeOptions how;
  const bool to_zero = encoding.format.family == Family::Flex && encoding.rounding != Rounding::Sr;
  how.rounding = to_zero ? Rounding::Rtz : encoding.rounding;
  how.sdfp_bias = options_.sdfp.of(tensor_class);
  how.add_shift = add_shift.value_or(options_.add_shift);
  how.seed = options_.seed;
  how.tensor = stream;
  return how;
}

const exponent::AutoflexParameters& ExponentBook::autoflex(const FormatSpec& format) {
  const auto known = parameters_.find(format.bits);
  if (known != parameters_.end()) return known->second;
  return parameters_.emplace(format.bits, exponent::autoflex_preset(options_.flex_preset, format.bits)).first->second;
}

exponent::QuantizeOptions ExponentBook::quantisation(const operations::ElementFormat& encoding, const numerics::Reals& values,
                                                     exponent::TensorClass tensor_class, std::uint32_t stream,
                                                     std::optional<int> lsb_exponent, std::optional<int> add_shift) const {
  exponent::QuantizeOptions options = how(encoding, tensor_class, stream, add_shift);
  options.lsb_exponent = lsb_exponent;
  return with_exponent(encoding.format, values, options);
}

exponent::QuantizeOptions ExponentBook::written_quantisation(int writer, const operations::ElementFormat& encoding,
                                                             const numerics::Reals& values, exponent::TensorClass tensor_class,
                                                             std::uint32_t stream, std::uint64_t first_element,
                                                             std::optional<int> add_shift) {
  const FormatSpec& format = encoding.format;
  exponent::QuantizeOptions options = how(encoding, tensor_class, stream, add_shift);
  options.first_element = first_element;
  if (format.family != Family::Flex) return with_exponent(format, values, options);
  auto known = history_.find(writer);
  if (known == history_.end()) {
    options.lsb_exponent = tensor_exponent(format, values, options);
    if (!frozen_) history_.emplace(writer, exponent::Autoflex(autoflex(format), *options.lsb_exponent));
    return options;
  }
  options.lsb_exponent = frozen_ ? known->second.lsb_exponent() : known->second.predict(passes_);
  return options;
}

void ExponentBook::record_written(int writer, const StoredTensor& written) {
  if (written.format.family == Family::Flex) record_flex(writer, written.magnitude.max_abs);
}

ExponentBook::State ExponentBook::state() const {
  State state{.passes = passes_, .histories = {}, .scales = scales_};
  for (const auto& [writer, history] : history_) state.histories.emplace(writer, history.state());
  return state;
}

void ExponentBook::restore(const State& state, const std::function<int(int writer)>& bits_of) {
  passes_ = state.passes;
  history_.clear();
  scales_ = state.scales;
  for (const auto& [writer, saved] : state.histories)
    history_.emplace(writer, exponent::Autoflex(exponent::autoflex_preset(options_.flex_preset, bits_of(writer)), saved));
}

ExponentBook::FlexChoice ExponentBook::choose_flex(int writer, const FormatSpec& format,
                                                   const std::function<std::uint64_t(int)>& max_abs_of_run) {
  if (const auto known = history_.find(writer); known != history_.end())
    return {frozen_ ? known->second.lsb_exponent() : known->second.predict(passes_), {}};
  const auto max_abs_within = [&](int exponent) { return max_abs_of_run(spec::tensor_exponent_within(exponent)); };
  const auto found = exponent::autoflex_initialise(format.bits, initial_exponent(options_.flex_preset), max_abs_within);
  const int exponent = spec::tensor_exponent_within(found.lsb_exponent);
  if (!frozen_) history_.emplace(writer, exponent::Autoflex(autoflex(format), exponent));
  return {exponent, static_cast<int>(found.trace.size())};
}

void ExponentBook::record_flex(int writer, std::uint64_t max_abs) {
  if (!frozen_) history_.at(writer).record(max_abs);
}

int ExponentBook::choose_scale(int writer, const FormatSpec& format, const exponent::ScaleRule& rule, double max_abs) {
  const auto known = scales_.find(writer);
  exponent::ScaleHistory history;
  if (known != scales_.end())
    history = known->second;
  else if (max_abs > 0 && std::isfinite(max_abs))
    record(history, format, {.history = 1, .margin = rule.margin}, max_abs);
  else
    return history.scale;  // nothing is known yet: the next write is as good as the first
  const int scale = history.scale;
  if (frozen_) return scale;
  if (known == scales_.end()) history.maxima.clear();
  record(history, format, rule, max_abs);
  scales_.insert_or_assign(writer, std::move(history));
  return scale;
}

int ExponentBook::choose_after(const FormatSpec& format, const TensorStats& stats, int raw_exponent, std::optional<int> add_shift,
                               exponent::TensorClass tensor_class) const {
  const int e = exponent::dfp_exponent(stats.max_abs, raw_exponent, format.bits, add_shift.value_or(options_.add_shift));
  if (format.family == Family::Dfp || stats.max_abs == 0) return spec::tensor_exponent_within(e);
  return spec::tensor_exponent_within(
      e + options_.sdfp.of(tensor_class).value_or(exponent::choose_sdfp_bias(stats.leading_bit, format.bits)));
}

int ExponentBook::choose_coarsest(std::span<const StoredTensor> parts) {
  std::optional<int> coarsest;
  for (const StoredTensor& part : parts)
    if (part.magnitude.max_abs > 0) coarsest = std::max(coarsest.value_or(part.magnitude.exponent), part.magnitude.exponent);
  return coarsest.value_or(0);
}

}  // namespace binade::programs
