// SPDX-License-Identifier: Apache-2.0
// Files of the safetensors format: a length, a JSON object that says what each tensor is and where, then the tensors' bytes.
// Source: https://github.com/huggingface/safetensors, README.md, "Format".
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/data/array_file.h"

namespace binade::sim {

class SafetensorsReader final : public ArrayFile {
 public:
  /// Reads and checks the header: tensors have the bytes that their types and shapes need, and cover the data without holes or
  /// overlaps, as the format demands.
  explicit SafetensorsReader(const std::filesystem::path& file);

  std::vector<std::string> names() const override;
  bool contains(const std::string& name) const override { return tensors_.contains(name); }
  ArrayHeader header(const std::string& name) override { return {.shape = tensors_.at(name).shape, .is_text = false}; }

 private:
  struct Placed {
    std::string type;  ///< as written: F32, BF16, ...
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0, end = 0;  ///< in the data
  };

  void parse(const std::string& json, std::uint64_t data_bytes);
  void check_cover(std::uint64_t data_bytes) const;
  [[noreturn]] void fail(const std::string& what) const;
  NpyArray read_rows(const std::string& name, std::optional<std::int64_t> rows, const Take& take) override;

  std::ifstream stream_;
  std::uint64_t data_offset_ = 0;
  std::map<std::string, Placed> tensors_;
};

}  // namespace binade::sim
