// SPDX-License-Identifier: Apache-2.0
// NumPy's .npy format (version 1 and 2 headers), as the members of an .npz hold it.
// Source: NumPy enhancement proposal 1 (NEP 1), "A Simple File Format for NumPy Arrays".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/data/saved_array.h"

namespace binade::sim {

/// A decoded array. Numbers are held as binary64 (exact for every accepted type but integers beyond 2^53); a string
/// array of one element as its text.
struct NpyArray {
  std::vector<std::int64_t> shape;
  std::vector<double> values;
  std::string text;  ///< string types only, then `values` is empty
  bool is_text = false;
};

/// What the header of an array announces, before any of its data is read.
struct NpyHeader {
  std::vector<std::int64_t> shape;
  std::uint64_t elements = 1;  ///< product of the shape
  std::size_t element_bytes = 0;
  std::uint64_t data_offset = 0;  ///< bytes before the data
  bool is_text = false;
  bool fortran_order = false;
  std::string descr;  ///< the element type, as written

  std::uint64_t data_bytes() const { return elements * element_bytes; }  ///< below 2^63: up to 2^40 elements below 2^23 bytes
};

/// Bytes from the start of an array that hold its header; more is refused. NumPy pads to 64 and needs about 100.
inline constexpr std::size_t kLongestNpyHeader = std::size_t{1} << 16;

/// `prefix`: the array's first bytes, kLongestNpyHeader of them or all there are. Throws InputError that starts with `where`.
NpyHeader parse_npy_header(std::span<const std::byte> prefix, const std::string& where);

/// Appends the values of whole elements of a numeric array.
void decode_npy(const NpyHeader& header, std::span<const std::byte> data, std::vector<double>& values);
/// Whole elements as they are. Throws InputError that starts with `where` for what is no SavedArray: text, columns first, bytes the
/// other way round.
SavedArray saved_npy(const NpyHeader& header, std::vector<std::byte> data, const std::string& where);
/// The text of a string array, from all its data.
std::string decode_npy_text(const NpyHeader& header, std::span<const std::byte> data);
/// Row-major values of a column-major array.
std::vector<double> npy_row_major(const std::vector<double>& values, const std::vector<std::int64_t>& shape);

/// Little-endian or byte-wide bool, integers, float16/32/64 in either order, and one string ('U' or 'S').
/// Throws InputError that starts with `where`.
NpyArray parse_npy(std::span<const std::byte> bytes, const std::string& where);

/// Version 1.0 headers, C order.
std::vector<std::byte> make_npy_float32(std::span<const std::int64_t> shape, std::span<const double> values);
std::vector<std::byte> make_npy_float64(std::span<const std::int64_t> shape, std::span<const double> values);
std::vector<std::byte> make_npy_int64(std::span<const std::int64_t> shape, std::span<const std::int64_t> values);
/// `bytes`: little-endian elements of 1, 2, 4 or 8 bytes each.
std::vector<std::byte> make_npy_unsigned(std::span<const std::int64_t> shape, std::span<const std::byte> bytes, int element_bytes);
std::vector<std::byte> make_npy(const SavedArray& array);
std::vector<std::byte> make_npy_text(const std::string& ascii);  ///< a 0-dimensional unicode string

}  // namespace binade::sim
