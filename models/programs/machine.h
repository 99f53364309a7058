// SPDX-License-Identifier: Apache-2.0
// What carries a program's operations out: the golden model in memory, or the accelerator behind its descriptors. Both get the same
// forms bound to the same tensors, and give the same bytes and statistics.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/datapath/core_config.h"
#include "models/operations/chain/chain.h"
#include "models/operations/forms.h"
#include "models/operations/window_forms.h"
#include "models/operations/window_record.h"

namespace binade::programs {

/// A tensor in a machine's memory. Formats with a shared exponent: value = integer * 2^magnitude.exponent.
struct StoredTensor {
  std::int64_t address = -1;  ///< of its first byte; -1: none
  std::int64_t elements = 0;
  numerics::FormatSpec format;
  /// 4, 8: integers of as many bytes, the first pass of a format whose exponent follows; of indices: their bytes; 0: codes.
  int raw_bytes = 0;
  operations::Magnitude magnitude;

  int element_bytes() const { return raw_bytes != 0 ? raw_bytes : format.storage_bytes(); }
  std::int64_t bytes() const { return elements * element_bytes(); }
};

/// What was written since a run began (the exponent unit's statistics): of stored integers, mantissas or raw.
struct TensorStats {
  std::uint64_t max_abs = 0;
  std::uint64_t overflows = 0;
  std::array<std::uint64_t, 64> leading_bit{};
  numerics::Events events;  ///< of roundings
};

/// A result beside the first, of forms that have several.
struct FurtherOutput {
  StoredTensor tensor;
  numerics::Rounding rounding = numerics::Rounding::Rne;
  std::uint32_t stream = 0;  ///< `tensor` of its stochastic rounding
};

/// The tensors, the mode and the run-time words of one execution of an operation's forms.
struct Work {
  datapath::CoreMode mode;  ///< of products; of other operations the rounding of what is written
  std::vector<StoredTensor> inputs;
  StoredTensor weight, bias, output;
  std::vector<FurtherOutput> further = {};  ///< results 1, 2, ...; result 0 is `output`
  bool relu = false;
  std::uint32_t seed = 0, tensor = 0;  ///< of stochastic rounding

  const StoredTensor& of(const operations::Place& place) const {
    return place.role == operations::Role::Input ? inputs.at(place.input) : place.role == operations::Role::Weight ? weight : bias;
  }
  operations::Magnitudes magnitudes() const;
};

/// What the core needs to know of exponents (CoreCommand): from those of the operands and of the output.
struct Shifts {
  int product = 0, bias = 0;
};
Shifts shifts_of(const operations::GemmForm& form, const Work& work);

/// The core's mode for a form: the work's, with the form's own block where it has one.
datapath::CoreMode mode_of(const operations::GemmForm& form, const Work& work);

/// The record of a vector form bound to its tensors: exponents, raw width, seed and tensor. Bases, count and first are left at 0.
spec::Vector bound_record(const operations::VectorForm& form, const Work& work);

/// The record of a form of windows bound to its tensors: exponents, widths, the policy of sums, seed and tensor. Bases and formats
/// are left at 0. Throws InvariantError where the work lacks a tensor that the form needs, or asks for a ReLU.
spec::Windows bound_record(const operations::MaximumForm& form, const Work& work);
spec::Windows bound_record(const operations::WindowGradientForm& form, const Work& work);
/// Of its input and its output.
operations::VectorFormats window_formats(const Work& work);

class Machine {
 public:
  virtual ~Machine() = default;

  virtual std::int64_t allocate(std::int64_t bytes) = 0;
  virtual void release(std::int64_t address) = 0;
  /// Of a tensor that was allocated, from any of its bytes on.
  virtual void write(std::int64_t address, std::span<const std::byte> bytes) = 0;
  virtual void read(std::int64_t address, std::span<std::byte> bytes) = 0;

  /// Writes the output tensor. The forms of one call are those of one operation.
  virtual TensorStats run(const operations::GemmForm& form, const Work& work) = 0;
  virtual TensorStats run(std::span<const operations::VectorForm> forms, const Work& work) = 0;
  /// Writes every result; statistics of each. Of the mode only the rounding counts, of result 0; `relu` does not. Outputs may be
  /// operands where ChainArithmetic allows it.
  virtual std::vector<TensorStats> run(const operations::ChainForm& form, const Work& work) = 0;
  /// Writes the maxima and, as the further output, their indices; statistics of the maxima.
  virtual TensorStats run(const operations::MaximumForm& form, const Work& work) = 0;
  virtual TensorStats run(const operations::WindowGradientForm& form, const Work& work) = 0;
};

}  // namespace binade::programs
