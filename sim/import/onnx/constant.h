// SPDX-License-Identifier: Apache-2.0
// Tensors whose values are known when a model is read: initialisers and what is computed from them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace onnx {
class TensorProto;
}

namespace binade::sim::onnx_import {

using Dims = std::vector<std::int64_t>;

/// Row-major. Integers keep their 64 bits: the ends of slices are often 2^63 - 1.
struct Constant {
  Dims dims;
  bool integer = false;
  std::vector<std::int64_t> ints;  ///< of integers
  std::vector<double> reals;       ///< of all others

  std::size_t size() const { return integer ? ints.size() : reals.size(); }
  double real(std::size_t i) const { return integer ? static_cast<double>(ints[i]) : reals[i]; }
};

/// Elements of extents, each 0 or more. Throws InputError beyond 2^32.
std::int64_t elements_of(const Dims& dims, const std::string& where);
std::string text(const Dims& dims);  ///< "[1, 3, 224, 224]"

/// The values of a stored tensor; those of external data lie in `folder`. Throws InputError that starts with `where`.
Constant decode_tensor(const onnx::TensorProto& tensor, const std::filesystem::path& folder, const std::string& where);

Constant integers(std::vector<std::int64_t> values);  ///< of one dimension

}  // namespace binade::sim::onnx_import
