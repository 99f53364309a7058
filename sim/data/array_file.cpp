// SPDX-License-Identifier: Apache-2.0
#include "sim/data/array_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <fstream>
#include <string_view>

#include "models/numerics/error.h"
#include "sim/data/npz.h"
#include "sim/data/safetensors.h"

namespace binade::sim {

std::unique_ptr<ArrayFile> open_arrays(const std::filesystem::path& file) {
  std::array<char, 9> start{};  // safetensors: 8 bytes of length, then the JSON object
  std::ifstream(file, std::ios::binary).read(start.data(), start.size());
  const bool zip = std::string_view(start.data(), 2) == "PK";
  if (!zip && (file.extension() == ".safetensors" || start[8] == '{')) return std::make_unique<SafetensorsReader>(file);
  return std::make_unique<NpzReader>(file);
}

NpyArray ArrayFile::read(const std::string& name, std::optional<std::int64_t> rows) {
  std::vector<double> values;
  NpyArray array =
      read_rows(name, rows, [&](std::span<const double> some) { values.insert(values.end(), some.begin(), some.end()); });
  array.values = std::move(values);
  return array;
}

operations::Tensor to_tensor(const NpyArray& array, const std::string& where) {
  if (array.is_text) throw InputError(where + ": a string; allowed: numbers");
  for (std::size_t i = 0; i < array.values.size(); ++i)
    if (!std::isfinite(array.values[i]))
      throw InputError(fmt::format("{}: element {} (row-major) is {}; allowed: finite numbers", where, i, array.values[i]));
  return {array.shape, array.values};
}

std::string shape_text(const std::vector<std::int64_t>& shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

}  // namespace binade::sim
