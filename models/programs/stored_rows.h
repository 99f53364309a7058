// SPDX-License-Identifier: Apache-2.0
// Tensors in a machine's memory as operands of the kernels. Elements that several rows share, as windows of an image do, are
// decoded once for all of them; others when their row is read.
#pragma once

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "models/kernels/operand_rows.h"
#include "models/numerics/encoded_tensor.h"
#include "models/programs/division.h"
#include "models/programs/gather.h"

namespace binade::programs {

/// An encoded tensor whose codes are as stored: little-endian unsigned integers of element_bytes.
struct StoredView {
  numerics::FormatSpec format;
  numerics::SharedExponents exponents;
  std::span<const std::byte> bytes;
  int element_bytes = 1;
};

/// All elements of a tensor in the form that a kernel reads.
class DecodedTensor {
 public:
  /// form: Mantissas or Values. Values are kept as binary32 where it holds every value of the format. `layout`:
  /// decoded_layout() of the rows to be read.
  void decode(const StoredView& tensor, kernels::OperandForm form, const DecodedLayout& layout, Division& division);

  using Elements = std::variant<std::vector<std::int16_t>, std::vector<float>, std::vector<double>>;
  /// At least RowGather::kSlack elements follow the tensor's.
  const Elements& elements() const { return elements_; }
  /// The tensor's own elements, with nothing behind them, where they need neither decoding nor another layout; then elements() has
  /// none. Otherwise null.
  const float* stored() const { return stored_; }
  const DecodedLayout& layout() const { return layout_; }

 private:
  template <class T, class Decode>
  void decode_as(const StoredView& tensor, Decode decoder, Division& division);

  Elements elements_, in_order_;  ///< in_order_: before they are laid out
  const float* stored_ = nullptr;
  DecodedLayout layout_;
};

class StoredRows final : public kernels::OperandRows {
 public:
  /// Rows of k elements of `tensor` as `source` walks it. `decoded`: the same tensor's elements, or null where rows are lines
  /// (gather.h) or are read as codes. All outlive the rows.
  StoredRows(const StoredView& tensor, const operations::Source& source, std::int64_t k, const DecodedTensor* decoded)
      : tensor_(tensor),
        gather_(source, k),
        decoded_gather_(source, k, decoded == nullptr ? DecodedLayout() : decoded->layout()),
        k_(k),
        decoded_(decoded) {}

  const numerics::Code* codes(std::int64_t row, numerics::Code* buffer) const override;
  void mantissas(std::int64_t row, std::int16_t* to) const override;
  void values(std::int64_t row, double* to) const override;
  void values(std::int64_t row, float* to) const override;

 private:
  template <class To, class Decode>
  void decode_row(std::int64_t row, To* to, Decode decode) const;
  template <class To>
  void gather_decoded(std::int64_t row, To* to) const;

  const StoredView& tensor_;
  RowGather gather_, decoded_gather_;  ///< of the stored and of the decoded elements
  std::int64_t k_;
  const DecodedTensor* decoded_;
};

}  // namespace binade::programs
