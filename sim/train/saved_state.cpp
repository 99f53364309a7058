// SPDX-License-Identifier: Apache-2.0
#include "sim/train/saved_state.h"

#include <algorithm>
#include <utility>

#include "models/numerics/error.h"
#include "models/spec/ranges.h"
#include "sim/train/saved_histories.h"

namespace binade::sim {
namespace {

using numerics::EncodedTensor;
using programs::TrainingProgram;
using programs::TrainingTensor;
using Arrays = std::map<std::string, SavedArray>;

const TrainingTensor* tensor_of(const TrainingProgram& program, std::int64_t index) {
  const bool known = index >= 0 && index < static_cast<std::int64_t>(program.tensors.size());
  return known ? &program.tensors[static_cast<std::size_t>(index)] : nullptr;
}

EncodedTensor encoded_of(const Arrays& saved, const std::string& name, const TrainingTensor& tensor) {
  const numerics::FormatSpec& format = tensor.encoding.format;
  EncodedTensor encoded{.format = format,
                        .shape = tensor.shape,
                        .exponents = {},
                        .codes = values_of<numerics::Code>(saved_array(saved, kSavedTensor + name))};
  check_elements(name, tensor, encoded.codes.size());
  const std::uint64_t codes = std::uint64_t{1} << format.bits;
  for (const numerics::Code code : encoded.codes)
    if (code >= codes) throw InputError("array '" + kSavedTensor + name + "' has a code beyond " + numerics::to_string(format));
  if (!format.shared_exponent() && !tensor.scale) return encoded;
  const auto held = values_of<std::int64_t>(saved_array(saved, kSavedExponent + name));
  const int farthest = tensor.scale ? exponent::kFarthestScale : spec::kFarthestExponent;
  if (held.size() != 1 || held[0] < -farthest || held[0] > farthest)
    throw InputError("array '" + kSavedExponent + name + "' is no exponent");
  const int exponent = static_cast<int>(held[0]);
  encoded.exponents = tensor.scale ? numerics::SharedExponents(exponent) : shared_exponents(format, exponent);
  return encoded;
}

}  // namespace

const SavedArray& saved_array(const Arrays& saved, const std::string& name) {
  const auto found = saved.find(name);
  if (found == saved.end()) throw InputError("no array '" + name + "'");
  return found->second;
}

int history_bits(const TrainingProgram& reference, std::int64_t writer) {
  const TrainingTensor* const known = tensor_of(reference, writer);
  return known != nullptr && known->encoding.format.family == numerics::Family::Flex ? known->encoding.format.bits : 0;
}

void check_names(const Arrays& saved, const std::map<std::string, int>& persistent) {
  for (const auto& [name, ignored] : saved)
    if (name.starts_with(kSavedTensor) && !persistent.contains(name.substr(kSavedTensor.size())))
      throw InputError("array '" + name + "' is of no tensor here");
}

void check_elements(const std::string& name, const TrainingTensor& tensor, std::size_t elements) {
  if (static_cast<std::int64_t>(elements) != tensor.elements)
    throw InputError("array '" + kSavedTensor + name + "' has " + std::to_string(elements) + " elements, its tensor " +
                     std::to_string(tensor.elements));
}

programs::ExponentBook::State exponents_of(const Arrays& saved, const TrainingProgram& reference) {
  programs::ExponentBook::State book = histories_of(saved, [&](std::int64_t writer) { return history_bits(reference, writer); });
  const auto& tensors = reference.tensors;
  if (std::none_of(tensors.begin(), tensors.end(), [](const TrainingTensor& one) { return one.scale.has_value(); })) return book;
  book.scales = scales_of(saved, [&](std::int64_t writer) {
    const TrainingTensor* const known = tensor_of(reference, writer);
    return known != nullptr ? known->scale : std::nullopt;
  });
  return book;
}

StepState state_of(const Arrays& saved, const TrainingProgram& reference, const std::map<std::string, int>& persistent,
                   const std::function<bool(int tensor)>& needed) {
  check_names(saved, persistent);
  StepState state;
  for (const auto& [name, index] : persistent) {
    if (saved.contains(kSavedTensor + name))
      state.tensors.emplace(name, encoded_of(saved, name, *tensor_of(reference, index)));
    else if (needed(index))
      throw InputError("no array '" + kSavedTensor + name + "'");
  }
  state.exponents = exponents_of(saved, reference);
  return state;
}

}  // namespace binade::sim
