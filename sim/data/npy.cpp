// SPDX-License-Identifier: Apache-2.0
#include "sim/data/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

static_assert(std::endian::native == std::endian::little, "npy payloads are copied as little-endian");

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::uint64_t kMostElements = std::uint64_t{1} << 40;
constexpr std::size_t kWidestText = std::size_t{1} << 20;  // characters of 4 bytes: an element is below 2^23 bytes
constexpr std::string_view kAllowedTypes = "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1, little-endian, or one string";

struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// The header is the literal of a Python dict with exactly the keys descr, fortran_order and shape.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  Header parse() {
    Header header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const auto key = quoted();
      expect(':');
      if (key == "descr" && !descr) {
        header.descr = quoted();
        descr = true;
      } else if (key == "fortran_order" && !order) {
        header.fortran_order = boolean();
        order = true;
      } else if (key == "shape" && !shape) {
        header.shape = tuple();
        shape = true;
      } else {
        fail(fmt::format("unexpected key '{}'", key));
      }
      if (!accept(',') && !next_is('}')) fail("',' or '}' is missing");
    }
    if (!descr || !order || !shape) fail("descr, fortran_order or shape is missing");
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}: malformed npy header: {}; allowed: NumPy's npy version 1 or 2", where_, what));
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool next_is(char c) {
    skip_space();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool accept(char c) {
    if (!next_is(c)) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(fmt::format("'{}' is missing", c));
  }
  std::string quoted() {
    skip_space();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) fail("a quoted word is missing");
    const char quote = text_[at_++];
    const auto end = text_.find(quote, at_);
    if (end == std::string_view::npos) fail("a quote is not closed");
    const std::string word(text_.substr(at_, end - at_));
    at_ = end + 1;
    return word;
  }
  bool boolean() {
    skip_space();
    for (const std::string_view word : {"True", "False"}) {
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return word == "True";
      }
    }
    fail("fortran_order is neither True nor False");
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> extents;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::int64_t extent = 0;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), extent);
      if (error != std::errc{} || extent < 0) fail("an extent is not a natural number");
      at_ = static_cast<std::size_t>(end - text_.data());
      extents.push_back(extent);
      if (!accept(',') && !next_is(')')) fail("',' or ')' is missing");
    }
    return extents;
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
};

double half_to_double(std::uint16_t half) {
  const int exponent = (half >> 10) & 31, fraction = half & 1023;
  double magnitude = 0;
  if (exponent == 31) {
    magnitude = fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
  } else if (exponent == 0) {
    magnitude = std::ldexp(fraction, -24);
  } else {
    magnitude = std::ldexp(1024 + fraction, exponent - 25);
  }
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

template <typename T>
double load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return static_cast<double>(value);
}

struct ElementType {
  std::size_t bytes;
  double (*read)(const std::byte*);
};

std::optional<ElementType> element_type(std::string_view descr) {
  if (descr.size() != 3 || (descr[0] != '<' && descr[0] != '|' && descr[0] != '=')) return std::nullopt;
  const auto type = descr.substr(1);
  if (type == "f2")
    return ElementType{2, [](const std::byte* at) {
                         std::uint16_t half;
                         std::memcpy(&half, at, sizeof half);
                         return half_to_double(half);
                       }};
  if (type == "f4") return ElementType{4, load<float>};
  if (type == "f8") return ElementType{8, load<double>};
  if (type == "i1") return ElementType{1, load<std::int8_t>};
  if (type == "i2") return ElementType{2, load<std::int16_t>};
  if (type == "i4") return ElementType{4, load<std::int32_t>};
  if (type == "i8") return ElementType{8, load<std::int64_t>};
  if (type == "u1" || type == "b1") return ElementType{1, load<std::uint8_t>};
  if (type == "u2") return ElementType{2, load<std::uint16_t>};
  if (type == "u4") return ElementType{4, load<std::uint32_t>};
  if (type == "u8") return ElementType{8, load<std::uint64_t>};
  return std::nullopt;
}

/// Width of a string type, in characters; nothing where `descr` is not one.
std::optional<std::size_t> text_width(std::string_view descr) {
  if (descr.size() < 3 || (descr[1] != 'U' && descr[1] != 'S')) return std::nullopt;
  std::size_t width = 0;
  const auto [end, error] = std::from_chars(descr.data() + 2, descr.data() + descr.size(), width);
  if (error != std::errc{} || end != descr.data() + descr.size() || width > kWidestText) return std::nullopt;
  return width;
}

std::string decode_text(std::span<const std::byte> payload, std::string_view descr) {
  std::string text;
  const std::size_t width = payload.size() / (descr[1] == 'U' ? 4 : 1);
  for (std::size_t i = 0; i < width; ++i) {
    std::uint32_t character = 0;
    if (descr[1] == 'U') {
      std::memcpy(&character, payload.data() + 4 * i, 4);
    } else {
      character = static_cast<std::uint8_t>(payload[i]);
    }
    if (character == 0) break;
    text += character < 128 ? static_cast<char>(character) : '?';
  }
  return text;
}

std::vector<std::byte> make_npy(const std::string& descr, std::span<const std::int64_t> shape, std::span<const std::byte> payload) {
  std::string extents;
  for (const auto extent : shape) extents += fmt::format("{}, ", extent);
  if (shape.size() > 1) extents.resize(extents.size() - 2);
  if (shape.size() == 1) extents.resize(extents.size() - 1);
  auto header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, extents);
  constexpr std::size_t kPrefix = 10, kAlignment = 64;
  header.resize((kPrefix + header.size() + 1 + kAlignment - 1) / kAlignment * kAlignment - kPrefix - 1, ' ');
  header += '\n';
  const auto length = static_cast<std::uint16_t>(header.size());
  std::string file(kMagic);
  file += {'\x01', '\x00', static_cast<char>(length & 255), static_cast<char>(length >> 8)};
  file += header;
  std::vector<std::byte> bytes(file.size() + payload.size());
  std::memcpy(bytes.data(), file.data(), file.size());
  if (!payload.empty()) std::memcpy(bytes.data() + file.size(), payload.data(), payload.size());
  return bytes;
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> prefix, const std::string& where) {
  const auto* chars = reinterpret_cast<const char*>(prefix.data());
  if (prefix.size() < 12 || std::string_view(chars, kMagic.size()) != kMagic)
    throw InputError(where + ": not an npy array; allowed: NumPy's npy version 1 or 2");
  const auto byte_at = [&](std::size_t i) { return static_cast<std::size_t>(prefix[i]); };
  const auto version = byte_at(6);
  if (version != 1 && version != 2) throw InputError(fmt::format("{}: npy version {}; allowed: 1 or 2", where, version));
  const std::size_t start = version == 1 ? 10 : 12;
  const std::size_t length = byte_at(8) | byte_at(9) << 8 | (version == 1 ? 0 : byte_at(10) << 16 | byte_at(11) << 24);
  if (start + length > kLongestNpyHeader)
    throw InputError(fmt::format("{}: an npy header of {} bytes; allowed: up to {}", where, length, kLongestNpyHeader - start));
  if (prefix.size() < start + length) throw InputError(where + ": truncated in the npy header");
  auto parsed = HeaderParser(std::string_view(chars + start, length), where).parse();

  NpyHeader header;
  const auto type = element_type(parsed.descr);
  const auto width = text_width(parsed.descr);
  if (!type && !width) throw InputError(fmt::format("{}: element type '{}'; allowed: {}", where, parsed.descr, kAllowedTypes));
  header.element_bytes = type ? type->bytes : *width * (parsed.descr[1] == 'U' ? 4 : 1);
  for (const auto extent : parsed.shape) {
    if (extent != 0 && header.elements > kMostElements / static_cast<std::uint64_t>(extent))
      throw InputError(where + ": absurd shape; allowed: up to 2^40 elements");
    header.elements *= static_cast<std::uint64_t>(extent);
  }
  if (width && header.elements != 1) throw InputError(where + ": an array of strings; allowed: one string");
  header.is_text = width.has_value();
  header.shape = std::move(parsed.shape);
  header.fortran_order = parsed.fortran_order;
  header.descr = std::move(parsed.descr);
  header.data_offset = start + length;
  return header;
}

void decode_npy(const NpyHeader& header, std::span<const std::byte> data, std::vector<double>& values) {
  const auto type = element_type(header.descr);
  if (!type || data.size() % type->bytes != 0) throw InvariantError("npy: data that is no whole number of elements");
  for (std::size_t at = 0; at < data.size(); at += type->bytes) values.push_back(type->read(data.data() + at));
}

SavedArray saved_npy(const NpyHeader& header, std::vector<std::byte> data, const std::string& where) {
  if (header.is_text || header.fortran_order || header.descr.starts_with('>'))
    throw InputError(fmt::format("{}: element type '{}'{}; allowed: little-endian numbers, row-major", where, header.descr,
                                 header.fortran_order ? ", column-major" : ""));
  return {header.descr, header.shape, std::move(data)};
}

std::string decode_npy_text(const NpyHeader& header, std::span<const std::byte> data) { return decode_text(data, header.descr); }

std::vector<double> npy_row_major(const std::vector<double>& values, const std::vector<std::int64_t>& shape) {
  std::vector<double> out(values.size());
  std::vector<std::int64_t> index(shape.size(), 0);
  for (auto& value : out) {
    std::int64_t offset = 0;
    for (std::size_t d = shape.size(); d-- > 0;) offset = offset * shape[d] + index[d];
    value = values[static_cast<std::size_t>(offset)];
    for (std::size_t d = shape.size(); d-- > 0 && ++index[d] == shape[d];) index[d] = 0;
  }
  return out;
}

NpyArray parse_npy(std::span<const std::byte> bytes, const std::string& where) {
  const auto header = parse_npy_header(bytes.first(std::min(bytes.size(), kLongestNpyHeader)), where);
  const auto data = bytes.subspan(header.data_offset);
  if (data.size() != header.data_bytes())
    throw InputError(fmt::format("{}: {} bytes of data; its header announces {} elements of {} bytes", where, data.size(),
                                 header.elements, header.element_bytes));
  NpyArray array;
  array.shape = header.shape;
  array.is_text = header.is_text;
  if (header.is_text) {
    array.text = decode_npy_text(header, data);
    return array;
  }
  array.values.reserve(header.elements);
  decode_npy(header, data, array.values);
  if (header.fortran_order) array.values = npy_row_major(array.values, array.shape);
  return array;
}

std::vector<std::byte> make_npy_float32(std::span<const std::int64_t> shape, std::span<const double> values) {
  std::vector<float> floats(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) floats[i] = static_cast<float>(values[i]);
  return make_npy("<f4", shape, std::as_bytes(std::span(floats)));
}

std::vector<std::byte> make_npy_float64(std::span<const std::int64_t> shape, std::span<const double> values) {
  return make_npy("<f8", shape, std::as_bytes(values));
}

std::vector<std::byte> make_npy_int64(std::span<const std::int64_t> shape, std::span<const std::int64_t> values) {
  return make_npy("<i8", shape, std::as_bytes(values));
}

std::vector<std::byte> make_npy_unsigned(std::span<const std::int64_t> shape, std::span<const std::byte> bytes, int element_bytes) {
  return make_npy(fmt::format("{}u{}", element_bytes == 1 ? '|' : '<', element_bytes), shape, bytes);
}

std::vector<std::byte> make_npy(const SavedArray& array) { return make_npy(array.type, array.shape, array.bytes); }

std::vector<std::byte> make_npy_text(const std::string& ascii) {
  std::vector<std::uint32_t> characters(ascii.begin(), ascii.end());
  if (characters.empty()) characters.push_back(0);
  return make_npy(fmt::format("<U{}", characters.size()), {}, std::as_bytes(std::span(characters)));
}

}  // namespace binade::sim
