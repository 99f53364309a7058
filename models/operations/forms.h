// SPDX-License-Identifier: Apache-2.0
// What an operation computes, in element coordinates of its tensors: matrix products (GemmForm) or jobs of the vector unit
// (VectorForm). Neither knows addresses, exponents, tiles or descriptors: a host adds those for a device, and the same forms
// carried out on tensors in memory are the golden model.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/numerics/format_spec.h"
#include "models/operations/layer.h"
#include "models/spec/isa.h"

namespace binade::operations {

/// One use of a layer: on `samples` samples, the first of which is sample `first_sample` of the run.
struct Call {
  const Layer& layer;
  std::vector<Shape> inputs;  ///< of one sample, in the layer's order
  std::int64_t samples = 1;
  std::int64_t first_sample = 0;  ///< stochastic rounding draws by position in the run, not in the pass
  bool relu = false;              ///< a following ReLU is part of it
  const Shape& in(std::size_t i) const { return inputs.at(i); }
  const Shape& out() const { return layer.out; }
  std::int64_t outputs() const { return samples * layer.out.elements(); }
  std::int64_t first_output() const { return first_sample * layer.out.elements(); }
};

enum class Role : std::uint8_t { Input, Weight, Bias };
/// An element of one of a layer's tensors; activations hold the pass's samples one after another.
struct Place {
  Role role = Role::Input;
  std::size_t input = 0;  ///< which, of Role::Input
  std::int64_t element = 0;
};

/// One index of a walk: how many values it takes, and where a step of it leads: elements of the tensor, rows and columns of an
/// image.
struct Axis {
  std::int64_t size = 1;
  std::int64_t plane = 0, h = 0, w = 0;  ///< signed
  bool operator==(const Axis&) const = default;
};

/// One side of the image of a walk. Where the indices lead to t, from `offset` on, is position t / divisor where that is whole and
/// from 0 to below `size`; anywhere else is padding.
struct Extent {
  std::int64_t size = 1, offset = 0, divisor = 1;
  bool operator==(const Extent&) const = default;
};

/// A matrix within a tensor as the load engine's address generator walks it (isa.def, Load): rows are x = (x0, x1, x2), columns
/// k = (k0, k1, k2), the last index fastest. Element (x, k) is at plane + row * width + column of the tensor: the indices' steps
/// summed up, rows and columns as Extent says. Row and column count are the user's: sizes of x0 and k0 follow from them.
struct Walk {
  Axis x0 = {}, x1 = {}, x2 = {}, k0 = {}, k1 = {}, k2 = {};
  Extent height = {}, width = {};
  bool operator==(const Walk&) const = default;
};
/// Element (i, j) at i * row_step + j * column_step. Steps of 0 and 0 repeat one element.
Walk matrix_walk(std::int64_t row_step, std::int64_t column_step);

struct Source {
  Place at;  ///< of plane, row and column 0
  Walk walk;
};

/// Where element (i, j) of one GEMM's result goes, in elements of the output:
/// first + (i / plane) * outer_step + (i % plane) * inner_step + j * col_step.
struct GemmTarget {
  std::int64_t first = 0;
  std::int64_t plane = 1, outer_step = 0, inner_step = 0, col_step = 1;
};

/// One of a layer's equal products.
struct GemmPart {
  Source a, b;  ///< b: rows are output columns n
  Place bias;   ///< n elements, where the form has a bias
  GemmTarget out;
  std::int64_t m_base = 0, n_base = 0;  ///< logical position of element (0, 0): stochastic rounding draws by it
};

/// One GEMM of a layer (of `count` equal ones: groups, heads, samples of a matmul).
struct GemmShape {
  std::int64_t m = 1, n = 1, k = 1;
  std::int64_t count = 1;
  bool bias = false;
};

struct GemmForm {
  GemmShape shape;
  std::vector<GemmPart> parts;    ///< shape.count of them
  std::int64_t logical_cols = 1;  ///< of the layer's output as a matrix
  std::int64_t block = 0;         ///< steps of k after which a blocked sum closes; 0: the mode's
  int scale_exponent = 0;         ///< the layer's result is the product times 2^scale_exponent
};

/// What padding holds: zero, or what no maximum sees.
enum class Fill : std::uint8_t { Zero, Lowest };
/// The least code a maximum can see.
numerics::Code lowest_code(const numerics::FormatSpec& format);
numerics::Code fill_code(const numerics::FormatSpec& format, Fill fill);

/// One operation of the vector unit over a run of consecutive output elements.
struct VectorForm {
  /// The operation, its geometry and constants. Left at 0: bases, count, first, exponents, raw_bytes, seed and tensor.
  spec::Vector record;
  /// windows: output i reads row x_first + i of `x`, `window` elements long. Otherwise x is the contiguous elements from x.at on.
  bool windows = false;
  Source x;
  std::int64_t window = 1;
  std::int64_t x_first = 0;  ///< row of output 0
  Fill fill = Fill::Zero;
  std::optional<Place> y;      ///< a second operand with an element per output
  std::int64_t constants = 0;  ///< elements of s, then of t: scale and shift, or a second operand that is broadcast (s alone)
  std::optional<Place> s, t;
  std::int64_t outputs = 0;
  std::int64_t granule = 1;  ///< outputs that must stay together: one row
  std::int64_t first = 0;    ///< logical index of output 0 in the run's whole output tensor
  std::int64_t out = 0;      ///< element of output 0 in the pass's output tensor
};

/// A tensor's stored integers: magnitudes up to max_abs, in units of 2^exponent. Formats with a shared exponent.
struct Magnitude {
  int exponent = 0;
  std::uint64_t max_abs = 0;
  /// |value| < 2^bits().
  int bits() const;
};
struct Magnitudes {
  std::vector<Magnitude> inputs;
  Magnitude weight, bias;
  const Magnitude& of(const Place& place) const {
    return place.role == Role::Input ? inputs.at(place.input) : place.role == Role::Weight ? weight : bias;
  }
};

/// The record with the exponents of its operands and of its output.
spec::Vector with_exponents(const VectorForm& form, const Magnitudes& operands, int output_exponent);
/// LSB exponent of a layer's products.
int product_exponent(const GemmForm& form, const Magnitudes& operands);

/// What is known of a vector operation's exact results from its operands: |result| <= 2^bits, and the LSB where there is a last
/// one.
struct ResultRange {
  int bits = 0;
  std::optional<int> lsb;
};

/// The streams of stochastic rounding: every tensor draws its own.
enum class Stream : std::uint32_t { Output, Weight, Bias, Input };
constexpr std::uint32_t stream_of(int tensor, Stream stream) {
  return static_cast<std::uint32_t>(tensor) * 4 + static_cast<std::uint32_t>(stream);
}

}  // namespace binade::operations
