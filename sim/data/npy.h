// SPDX-License-Identifier: Apache-2.0
// NumPy's .npy format (version 1 and 2 headers), as the members of an .npz hold it.
// Source: NumPy enhancement proposal 1 (NEP 1), "A Simple File Format for NumPy Arrays".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace binade::sim {

/// A decoded array. Numbers are held as binary64 (exact for every accepted type but integers beyond 2^53); a string
/// array of one element as its text.
struct NpyArray {
  std::vector<std::int64_t> shape;
  std::vector<double> values;
  std::string text;  ///< string types only, then `values` is empty
  bool is_text = false;
};

/// Little-endian or byte-wide bool, integers, float16/32/64 in either order, and one string ('U' or 'S').
/// Throws InputError that starts with `where`.
NpyArray parse_npy(std::span<const std::byte> bytes, const std::string& where);

/// Version 1.0 headers, C order.
std::vector<std::byte> make_npy_float32(std::span<const std::int64_t> shape, std::span<const double> values);
std::vector<std::byte> make_npy_int64(std::span<const std::int64_t> shape, std::span<const std::int64_t> values);
std::vector<std::byte> make_npy_text(const std::string& ascii);  ///< a 0-dimensional unicode string

}  // namespace binade::sim
