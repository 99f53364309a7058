// SPDX-License-Identifier: Apache-2.0
// A recipe: which format, policy and rounding each tensor of a program has, by rules over layers, tensor classes and passes.
//
// Worked example. Weights and activations in posit8, the first and the last layer in posit16:
//   {*, all classes, all passes}           -> format posit8
//   {conv1 and fc3, all classes, all passes} -> format posit16
// resolve(recipe, "conv1", Weight, Forward) is posit16, of "conv2" posit8: of the rules that match, later ones win, each field by
// itself. The tensor that conv1 writes is posit16, so conv2 reads posit16 activations and multiplies them with posit8 weights;
// where conv2's rule says `read`, its activations are converted by a copy first.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/numerics/accumulator.h"
#include "models/operations/layer.h"
#include "models/operations/tensor_class.h"

namespace binade::programs {

using operations::parse_pass;
using operations::parse_tensor_class;
using operations::Pass;
using operations::TensorClass;

/// A set of enumerators of one of the enumerations above; empty means all.
template <class Enum>
class SetOf {
 public:
  void insert(Enum value) { bits_ |= 1U << static_cast<unsigned>(value); }
  bool contains(Enum value) const { return bits_ == 0 || (bits_ >> static_cast<unsigned>(value) & 1U) != 0; }
  bool operator==(const SetOf&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

/// What a rule says of the tensors that it matches; what it does not say it leaves to earlier rules, and in the end to the
/// configuration. Policy and rounding are those of the operation that writes the tensor.
struct TensorRule {
  std::optional<numerics::FormatSpec> format;  ///< in which the tensor is written
  std::optional<numerics::FormatSpec> read;    ///< Activation: in which the layer reads its inputs; others are converted by a copy
  /// In training: in which sums of one tensor are added up, by its default policy; the finished sum is converted to `format`.
  std::optional<numerics::FormatSpec> sums;
  std::optional<numerics::Accumulate> accumulate;
  std::optional<numerics::Rounding> rounding;
  std::optional<int> acc_bits, block, chain;
  std::optional<numerics::BiasPosition> bias;
  std::optional<int> add_shift;  ///< dfp, sdfp: headroom bits of the tensor
  /// In training, of floats that something is converted to: with a scale (exponent/delayed_scale.h), and its rule's numbers.
  std::optional<bool> scaled;
  std::optional<int> scale_history, scale_margin;

  /// Takes over what `later` says.
  void override_with(const TensorRule& later);
  bool operator==(const TensorRule&) const = default;
};

/// Names that the first and the last product of a network answer to beside their own.
inline constexpr const char* kFirstProduct = "<first>";
inline constexpr const char* kLastProduct = "<last>";
/// What the loss of a training step answers to.
inline constexpr const char* kLossLayer = "<loss>";
/// The name that every layer answers to besides: `<conv>`, with the word of its operation.
std::string operation_name(operations::Op op);
/// Of every operation.
std::vector<std::string> operation_names();

struct RecipeRule {
  std::vector<std::string> layers;  ///< globs, kFirstProduct, kLastProduct; empty: every layer
  SetOf<TensorClass> classes;
  SetOf<Pass> passes;
  TensorRule says;
  std::string where;  ///< file and line, for messages
};

struct Recipe {
  std::string name, about;  ///< the name and what its parameters were given: `wider-ends,F=posit10`; one sentence
  std::string source;       ///< the paper that it follows, or empty
  std::vector<std::pair<std::string, std::string>> parameters;  ///< their names and words
  std::vector<RecipeRule> rules;

  bool empty() const { return rules.empty(); }
};

/// Posits that the rules name underflow (FormatSpec::underflows).
void underflow(Recipe& recipe);

/// Whether one of a rule's globs matches one of the names: a tensor has two where a ReLU is part of the operation that writes it.
bool matches(const RecipeRule& rule, std::span<const std::string> names);

/// What the recipe says of a tensor of the layer of these names.
TensorRule resolve(const Recipe& recipe, std::span<const std::string> names, TensorClass tensor_class, Pass pass);

/// Throws InputError naming every rule whose globs match none of the layers.
void check_layers(const Recipe& recipe, const std::vector<std::string>& layers);

}  // namespace binade::programs
