// SPDX-License-Identifier: Apache-2.0
// Matrix products and dot products on codes, every accumulate policy. A `Product` keeps the kernel that it made, whose tables cost
// milliseconds; the literal accumulator, which judges the kernels, is what dot() runs.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "lib/codec_arrays.h"
#include "models/kernels/tile_kernel.h"
#include "models/numerics/accumulator.h"

namespace binade::lib {

/// A matrix of `rows` x k: element (row, j) is codes[row * row_step + j * k_step]; steps are not negative.
struct Matrix {
  CodesIn codes;
  std::int64_t row_step = 0, k_step = 1;
  int lsb_exponent = 0;  ///< of flex, dfp, sdfp
};

/// Where a part's factors and bias start, in elements, and where its results lie in the tensor that Rounding::Sr counts: output
/// (i, j) is element (m_base + i) * logical_cols + n_base + j.
struct ProductPart {
  std::size_t a_first = 0, b_first = 0, bias_first = 0;
  std::int64_t m_base = 0, n_base = 0;
};

/// O[i][j] = sum over k of A[i][k] B[j][k], and bias[j], rounded once. What an exponent that the output shares is: see
/// lsb_exponent.
struct ProductCall {
  std::int64_t m = 0, n = 0, k = 0;
  Matrix a;      ///< m x k
  Matrix b;      ///< n x k: a row of it is a column of the right factor
  CodesIn bias;  ///< n, with parts at least so many, or none
  int bias_exponent = 0;
  /// Of the output. Flex needs one; of dfp and sdfp it follows from the largest sum where absent; otherwise not looked at.
  std::optional<int> lsb_exponent = std::nullopt;
  int add_shift = 0;                 ///< dfp, sdfp without an exponent: headroom bits
  std::optional<int> sdfp_bias = 0;  ///< sdfp without an exponent; absent: from the histogram of the sums' leading bits
  bool relu = false;
  std::uint32_t seed = 0, tensor = 0;  ///< of Rounding::Sr
  /// Products of one size whose results share an exponent, one after another in `out`; none: one, from the start of all arrays.
  std::span<const ProductPart> parts = {};
  std::int64_t logical_cols = 0;  ///< 0: n
};

class Product {
 public:
  /// `threads`: how many a run may use; 1 or more. Throws InputError on formats or a policy that do not go together.
  Product(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate, int threads);

  /// Writes m x n codes a part and returns the exponent of the output's LSB. One run at a time. Throws InputError before it writes.
  int run(const ProductCall& call, const CodesOut& out, numerics::Events& events);

 private:
  /// A part whose command the kernel has begun; its output words, row by row.
  void multiply(const kernels::OperandRows& rows, const kernels::OperandRows& columns, std::int64_t m, std::int64_t n,
                std::int64_t k, const numerics::Code* bias, std::uint64_t* words);
  int write_raw(const ProductCall& call, std::span<const ProductPart> parts, int raw_exponent, const datapath::TileStats& stats,
                const CodesOut& out, numerics::Events& events) const;

  datapath::CoreConfig config_;  // outlives the kernel
  std::unique_ptr<kernels::TileKernel> kernel_;
  std::vector<std::uint64_t> words_;  // kept between runs
  std::vector<numerics::Code> bias_;
};

/// out[i] = dot of row i of a and row i of b, `length` products each in order, by the literal accumulator; `lsb_exponent`: of the
/// output where it shares one. Draws of Rounding::Sr as in encode().
struct DotCall {
  std::size_t length = 0;
  CodesIn a, b;
  int a_exponent = 0, b_exponent = 0, lsb_exponent = 0;
  OutputRounding rounding;  ///< its mode is the accumulator's
};
void dot(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate, const DotCall& call,
         const CodesOut& out, numerics::Events& events);

}  // namespace binade::lib
