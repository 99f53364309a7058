// SPDX-License-Identifier: Apache-2.0
// The table of operations: all that is known of each, in one row. Users ask the row and never compare operations.
#pragma once

#include <limits>
#include <span>

#include "models/numerics/reals.h"
#include "models/operations/forms.h"
#include "models/operations/tensor.h"
#include "models/operations/vector_formats.h"

namespace binade::operations {

/// What carries an operation out: nothing (an input), the core, the vector unit, or nothing again (a view: the same elements under
/// another shape).
enum class Kind : std::uint8_t { Input, Gemm, Vector, View };

/// Who chooses the exponent of the result in formats that share one. Chosen: the run's rule for computed tensors. Input: the
/// input's, since values are ordered, bounded or moved but not made. Coarsest: several inputs are moved; where the exponent follows
/// from the finished tensor it is that of the coarsest input, otherwise chosen.
enum class ExponentRule : std::uint8_t { Chosen, Input, Coarsest };

/// What a row says of itself.
struct OperationTraits {
  Kind kind = Kind::Vector;
  int least_inputs = 1, most_inputs = 1;
  ExponentRule exponent = ExponentRule::Chosen;
  bool fuses_relu = false;     ///< a ReLU that is the only reader is part of it
  bool samples_apart = false;  ///< of products: every sample has its own; otherwise samples are rows of one
  bool normalises = false;     ///< parameters are drawn around the identity where they are synthetic
};
inline constexpr int kAnyNumber = std::numeric_limits<int>::max();

/// One learned tensor of a layer.
struct Learned {
  const char* suffix;               ///< `weight`
  std::vector<std::int64_t> shape;  ///< PyTorch layout, outermost first
};

using numerics::Reals;

/// What a layer multiplies and adds with: views of the parameters, or of `folded`.
struct LayerParameters {
  Reals weight, bias;
  std::vector<double> folded;
};

using Inputs = std::span<const Shape>;
using Values = std::span<const double>;

class TrainingBuilder;  // training_builder.h

struct OperationRow {
  std::string_view word;
  OperationTraits traits;
  /// The output's extents; throws InputError naming the layer where the inputs do not fit it.
  Shape (*shape)(const Layer& layer, Inputs in);
  /// In PyTorch's order.
  std::vector<Learned> (*parameters)(const Layer& layer, Inputs in);
  /// From what is stored: as it is, or folded. Throws InvariantError where a parameter is missing.
  LayerParameters (*fold)(const Layer& layer, const Parameters& parameters);
  std::uint64_t (*macs)(const Layer& layer, Inputs in);  ///< of one sample
  /// In binary64, without the fused ReLU. Of weights that are not held, products take some output channels at a time.
  void (*reference)(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                    std::span<double> out);
  /// Distinct elements of input `i` that are read.
  std::int64_t (*touched)(const Call& call, std::size_t i);
  GemmForm (*gemm)(const Call& call);                                  ///< Kind::Gemm, else null
  std::vector<VectorForm> (*vector)(const Call& call);                 ///< Kind::Vector, else null
  ResultRange (*range)(const Call& call, const Magnitudes& operands);  ///< Kind::Vector with ExponentRule::Chosen, else null
  spec::VectorOp vector_op = spec::VectorOp::Copy;                     ///< Kind::Vector
  /// The steps of its forward operation where training has others than the form alone; else null.
  void (*training)(TrainingBuilder& builder) = nullptr;
  /// The steps of its gradient; null: it has none.
  void (*gradient)(TrainingBuilder& builder) = nullptr;
};

const OperationRow& row(Op op);
inline const OperationRow& row(const Layer& layer) { return row(layer.op); }
inline bool is_gemm(Op op) { return row(op).traits.kind == Kind::Gemm; }
inline bool is_view(Op op) { return row(op).traits.kind == Kind::View; }

/// Width of the raw integers of a vector operation's first pass (formats whose exponent follows from the finished tensor).
int raw_bytes(const VectorFormats& formats, Op op);
/// LSB exponent of that first pass in integers of `raw_bytes`: the exact result's, or 2^(b-30) in 4 bytes and 2^(b-60) in 8, of
/// results up to 2^b, where that is coarser or the result has no last bit: far below the final rounding.
int raw_exponent(int raw_bytes, const Call& call, const Magnitudes& operands);

/// The second pass: the layer's raw integers to element codes, where raw_bytes are their width.
VectorForm requantise_form(const Call& call, int raw_bytes);
/// The layer's output times a constant: s one element, t a zero after it, both in Weight.
VectorForm scale_form(const Call& call);

}  // namespace binade::operations
