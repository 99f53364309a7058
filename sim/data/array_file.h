// SPDX-License-Identifier: Apache-2.0
// Files of named arrays: NumPy's npz, safetensors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/operations/tensor.h"
#include "sim/data/npy.h"

namespace binade::sim {

/// What an array is, before its data is read.
struct ArrayHeader {
  std::vector<std::int64_t> shape;
  bool is_text = false;
};

/// A file that is open. Its table of names is read and checked; no more memory is taken than data has come. All of it throws
/// InputError naming the file (and the array).
class ArrayFile {
 public:
  virtual ~ArrayFile() = default;
  ArrayFile(const ArrayFile&) = delete;
  ArrayFile& operator=(const ArrayFile&) = delete;

  const std::string& file() const { return file_; }
  virtual std::vector<std::string> names() const = 0;  ///< sorted
  virtual bool contains(const std::string& name) const = 0;
  /// Of an array that is there.
  virtual ArrayHeader header(const std::string& name) = 0;
  /// The whole array; `rows`: that many along the first axis, all where absent.
  NpyArray read(const std::string& name, std::optional<std::int64_t> rows = {});
  /// Takes numbers of an array, the next ones in row-major order.
  using Take = std::function<void(std::span<const double>)>;
  /// All numbers of an array, some at a time. The result has shape and text, no values.
  NpyArray read_pieces(const std::string& name, const Take& take) { return read_rows(name, {}, take); }

 protected:
  explicit ArrayFile(std::string file) : file_(std::move(file)) {}

 private:
  virtual NpyArray read_rows(const std::string& name, std::optional<std::int64_t> rows, const Take& take) = 0;

  std::string file_;
};

/// A zip archive is an npz; what is called .safetensors, or has its header, is one.
std::unique_ptr<ArrayFile> open_arrays(const std::filesystem::path& file);

/// Numbers of an array as a tensor. Throws InputError that starts with `where` and names the index where one is NaN or infinite.
operations::Tensor to_tensor(const NpyArray& array, const std::string& where);

/// "(2, 3)"
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace binade::sim
