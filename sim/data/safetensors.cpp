// SPDX-License-Identifier: Apache-2.0
#include "sim/data/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"

namespace binade::sim {
namespace {

using Json = nlohmann::json;

static_assert(std::endian::native == std::endian::little, "lengths and elements are copied as little-endian");

constexpr std::uint64_t kLengthBytes = 8;
/// Of the JSON: over a hundred thousand tensors, and as much as other texts that are read.
constexpr std::uint64_t kLongestHeader = std::uint64_t{1} << 24;
constexpr std::uint64_t kMostElements = std::uint64_t{1} << 40;
/// The file's object, a tensor's, its list.
constexpr int kDeepest = 3;
constexpr const char* kMetadata = "__metadata__";

struct ElementType {
  std::string_view name;
  std::size_t bytes;
  const char* npy;  ///< the same type in an npy; empty: bf16
};
constexpr std::array kTypes{ElementType{"F64", 8, "<f8"}, ElementType{"F32", 4, "<f4"}, ElementType{"F16", 2, "<f2"},
                            ElementType{"BF16", 2, ""},   ElementType{"I64", 8, "<i8"}, ElementType{"I32", 4, "<i4"},
                            ElementType{"I16", 2, "<i2"}, ElementType{"I8", 1, "|i1"},  ElementType{"U64", 8, "<u8"},
                            ElementType{"U32", 4, "<u4"}, ElementType{"U16", 2, "<u2"}, ElementType{"U8", 1, "|u1"},
                            ElementType{"BOOL", 1, "|b1"}};

const ElementType* find_type(std::string_view name) {
  const auto* const found = std::find_if(kTypes.begin(), kTypes.end(), [&](const ElementType& type) { return type.name == name; });
  return found == kTypes.end() ? nullptr : found;
}

/// Elements of a shape; nothing where there are too many.
std::optional<std::uint64_t> elements_of(const std::vector<std::int64_t>& shape) {
  std::uint64_t elements = 1;
  for (const auto extent : shape) {
    if (extent != 0 && elements > kMostElements / static_cast<std::uint64_t>(extent)) return std::nullopt;
    elements *= static_cast<std::uint64_t>(extent);
  }
  return elements;
}

/// bf16 is the upper half of a binary32.
void decode_bf16(std::span<const std::byte> data, std::vector<double>& values) {
  for (std::size_t at = 0; at + 1 < data.size(); at += 2) {
    std::uint16_t upper = 0;
    std::memcpy(&upper, data.data() + at, sizeof upper);
    values.push_back(static_cast<double>(std::bit_cast<float>(std::uint32_t{upper} << 16)));
  }
}

}  // namespace

SafetensorsReader::SafetensorsReader(const std::filesystem::path& file)
    : ArrayFile(file.string()), stream_(file, std::ios::binary) {
  std::error_code error;
  const auto size = std::filesystem::is_regular_file(file, error) ? std::filesystem::file_size(file, error) : 0;
  if (!stream_ || error || !std::filesystem::is_regular_file(file)) fail("cannot read the file");
  std::uint64_t length = 0;
  if (size < kLengthBytes || !stream_.read(reinterpret_cast<char*>(&length), kLengthBytes)) fail("truncated in the length");
  if (length > size - kLengthBytes)
    fail(fmt::format("truncated: its header announces {} bytes, {} follow", length, size - kLengthBytes));
  if (length > kLongestHeader) fail(fmt::format("a header of {} bytes; up to {} are read", length, kLongestHeader));
  std::string json(length, '\0');
  if (!stream_.read(json.data(), static_cast<std::streamsize>(length))) fail("cannot read the header");
  data_offset_ = kLengthBytes + length;
  parse(json, size - data_offset_);
}

void SafetensorsReader::fail(const std::string& what) const {
  throw InputError(fmt::format("{}: {}; allowed: an intact safetensors file", file(), what));
}

void SafetensorsReader::parse(const std::string& json, std::uint64_t data_bytes) {
  std::set<std::string> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > kDeepest) fail("its header is nested too deeply");
    if (event == Json::parse_event_t::key && depth == 1 && !keys.insert(value.get<std::string>()).second)
      fail(fmt::format("{}: twice in the header", printable(value.get<std::string>())));
    return true;
  };
  Json header;
  try {
    header = Json::parse(json, watch);
  } catch (const Json::exception& error) {
    fail(fmt::format("its header is no JSON: {}", printable(error.what())));
  }
  if (!header.is_object()) fail("its header is no JSON object");
  for (const auto& [name, entry] : header.items()) {
    if (name == kMetadata) continue;
    const auto bad = [&, &name = name](const std::string& what) { fail(fmt::format("{}: {}", printable(name), what)); };
    const auto list = [&, &entry = entry](const char* key) {
      std::vector<std::int64_t> numbers;
      if (!entry.is_object() || !entry.contains(key) || !entry[key].is_array()) bad(fmt::format("{} is no list", key));
      for (const auto& number : entry[key]) {
        if (!number.is_number_unsigned() || number.get<std::uint64_t>() >> 63 != 0)
          bad(fmt::format("{} holds something else than natural numbers below 2^63", key));
        numbers.push_back(number.get<std::int64_t>());
      }
      return numbers;
    };
    Placed tensor;
    tensor.shape = list("shape");
    if (!entry.contains("dtype") || !entry["dtype"].is_string()) bad("dtype is no word");
    tensor.type = entry["dtype"].get<std::string>();
    const auto offsets = list("data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1]) bad("data_offsets are not a begin and an end");
    tensor.begin = static_cast<std::uint64_t>(offsets[0]);
    tensor.end = static_cast<std::uint64_t>(offsets[1]);
    if (tensor.end > data_bytes) bad(fmt::format("ends at byte {} of {} bytes of data", tensor.end, data_bytes));
    const auto elements = elements_of(tensor.shape);
    if (!elements) bad("absurd shape, of more than 2^40 elements");
    const auto* const type = find_type(tensor.type);  // of unknown types only the place is known
    if (type != nullptr && *elements * type->bytes != tensor.end - tensor.begin)
      bad(fmt::format("{} bytes of data for {} elements of {} bytes", tensor.end - tensor.begin, *elements, type->bytes));
    tensors_.emplace(name, std::move(tensor));
  }
  check_cover(data_bytes);
}

void SafetensorsReader::check_cover(std::uint64_t data_bytes) const {
  std::vector<std::pair<std::pair<std::uint64_t, std::uint64_t>, std::string>> places;
  for (const auto& [name, tensor] : tensors_) places.push_back({{tensor.begin, tensor.end}, name});
  std::sort(places.begin(), places.end());
  std::uint64_t at = 0;
  for (const auto& [place, name] : places) {
    if (place.first < at) fail(fmt::format("{}: overlaps another tensor", printable(name)));
    if (place.first > at) fail(fmt::format("{}: {} bytes before it belong to no tensor", printable(name), place.first - at));
    at = place.second;
  }
  if (at != data_bytes) fail(fmt::format("{} bytes at its end belong to no tensor", data_bytes - at));
}

std::vector<std::string> SafetensorsReader::names() const {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors_) names.push_back(name);
  return names;
}

NpyArray SafetensorsReader::read_rows(const std::string& name, std::optional<std::int64_t> rows, const Take& take) {
  const auto& tensor = tensors_.at(name);
  const auto* const type = find_type(tensor.type);
  if (type == nullptr)
    fail(fmt::format("{}: elements of type {}; read are F64 F32 F16 BF16, integers and BOOL", printable(name),
                     printable(tensor.type)));
  NpyArray array;
  array.shape = tensor.shape;
  std::uint64_t left = tensor.end - tensor.begin;
  if (rows && !tensor.shape.empty() && *rows < tensor.shape.front()) {
    left = left / static_cast<std::uint64_t>(tensor.shape.front()) * static_cast<std::uint64_t>(*rows);
    array.shape.front() = *rows;
  }
  NpyHeader npy;
  npy.descr = type->npy;
  stream_.clear();
  stream_.seekg(static_cast<std::streamoff>(data_offset_ + tensor.begin));
  std::vector<double> numbers;
  std::vector<std::byte> chunk(std::size_t{1} << 16);  // a multiple of every element's bytes
  for (; left > 0; left -= std::min<std::uint64_t>(left, chunk.size())) {
    const auto part = std::span(chunk).first(std::min<std::uint64_t>(left, chunk.size()));
    if (!stream_.read(reinterpret_cast<char*>(part.data()), static_cast<std::streamsize>(part.size())))
      fail(fmt::format("{}: truncated", printable(name)));
    numbers.clear();
    if (npy.descr.empty())
      decode_bf16(part, numbers);
    else
      decode_npy(npy, part, numbers);
    take(numbers);
  }
  return array;
}

}  // namespace binade::sim
