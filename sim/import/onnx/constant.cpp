// SPDX-License-Identifier: Apache-2.0
#include "sim/import/onnx/constant.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/import/limits.h"
#include "sim/import/onnx/proto.h"

namespace binade::sim::onnx_import {
namespace {

using onnx::TensorProto;

/// IEEE 754 binary16.
double half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  if (exponent == 31) magnitude = fraction == 0 ? INFINITY : NAN;
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

/// bfloat16 is the upper half of binary32.
double brain(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

/// How an element type of TensorProto.DataType is stored: in raw bytes, little-endian; else in one of the repeated fields.
enum class Field { Float, Int32, Int64, Double, Uint64 };
struct ElementType {
  int type;
  std::size_t bytes;
  Field field;
  bool integer;
};
constexpr ElementType kTypes[] = {
    {TensorProto::FLOAT, 4, Field::Float, false},   {TensorProto::DOUBLE, 8, Field::Double, false},
    {TensorProto::FLOAT16, 2, Field::Int32, false}, {TensorProto::BFLOAT16, 2, Field::Int32, false},
    {TensorProto::INT64, 8, Field::Int64, true},    {TensorProto::INT32, 4, Field::Int32, true},
    {TensorProto::INT16, 2, Field::Int32, true},    {TensorProto::INT8, 1, Field::Int32, true},
    {TensorProto::UINT16, 2, Field::Int32, true},   {TensorProto::UINT8, 1, Field::Int32, true},
    {TensorProto::UINT32, 4, Field::Uint64, true},  {TensorProto::BOOL, 1, Field::Int32, true},
};

template <class T>
T load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

void append_raw(Constant& constant, const ElementType& type, const char* at) {
  switch (type.type) {
    case TensorProto::FLOAT:
      constant.reals.push_back(load<float>(at));
      break;
    case TensorProto::DOUBLE:
      constant.reals.push_back(load<double>(at));
      break;
    case TensorProto::FLOAT16:
      constant.reals.push_back(half(load<std::uint16_t>(at)));
      break;
    case TensorProto::BFLOAT16:
      constant.reals.push_back(brain(load<std::uint16_t>(at)));
      break;
    case TensorProto::INT64:
      constant.ints.push_back(load<std::int64_t>(at));
      break;
    case TensorProto::INT32:
      constant.ints.push_back(load<std::int32_t>(at));
      break;
    case TensorProto::INT16:
      constant.ints.push_back(load<std::int16_t>(at));
      break;
    case TensorProto::INT8:
      constant.ints.push_back(load<std::int8_t>(at));
      break;
    case TensorProto::UINT16:
      constant.ints.push_back(load<std::uint16_t>(at));
      break;
    case TensorProto::UINT32:
      constant.ints.push_back(load<std::uint32_t>(at));
      break;
    default:
      constant.ints.push_back(load<std::uint8_t>(at));
      break;
  }
}

class Decoder {
 public:
  Decoder(const TensorProto& tensor, const std::filesystem::path& folder, const std::string& where)
      : tensor_(tensor), folder_(folder), where_(where) {}

  Constant decode() {
    const auto found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                    [&](const ElementType& known) { return known.type == tensor_.data_type(); });
    if (found == std::end(kTypes))
      refuse(fmt::format("element type {}; allowed: float, double, float16, bfloat16, bool and integers of 8 to 64 bits",
                         tensor_.data_type()));
    Constant constant;
    constant.dims.assign(tensor_.dims().begin(), tensor_.dims().end());
    constant.integer = found->integer;
    const auto count = static_cast<std::size_t>(elements_of(constant.dims, where_));
    if (tensor_.data_location() == TensorProto::EXTERNAL) {
      const auto bytes = external(count * found->bytes);
      from_raw(constant, *found, bytes, count);
    } else if (tensor_.has_raw_data()) {
      from_raw(constant, *found, tensor_.raw_data(), count);
    } else {
      from_fields(constant, *found, count);
    }
    return constant;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { throw InputError(where_ + ": " + what); }

  void expect(std::size_t have, std::size_t need, const char* unit) const {
    if (have != need) refuse(fmt::format("{} {} stored; its extents need {}", have, unit, need));
  }

  void from_raw(Constant& constant, const ElementType& type, const std::string& bytes, std::size_t count) const {
    expect(bytes.size(), count * type.bytes, "bytes");
    constant.integer ? constant.ints.reserve(count) : constant.reals.reserve(count);
    for (std::size_t i = 0; i < count; ++i) append_raw(constant, type, bytes.data() + i * type.bytes);
  }

  void from_fields(Constant& constant, const ElementType& type, std::size_t count) const {
    const auto copy = [&](const auto& values) {
      expect(static_cast<std::size_t>(values.size()), count, "values");
      if (constant.integer) {
        constant.ints.assign(values.begin(), values.end());
      } else {
        constant.reals.assign(values.begin(), values.end());
      }
    };
    switch (type.field) {
      case Field::Float:
        copy(tensor_.float_data());
        break;
      case Field::Double:
        copy(tensor_.double_data());
        break;
      case Field::Int64:
        copy(tensor_.int64_data());
        break;
      case Field::Uint64:
        copy(tensor_.uint64_data());
        break;
      case Field::Int32:
        copy(tensor_.int32_data());
        break;
    }
    if (type.type == TensorProto::FLOAT16 || type.type == TensorProto::BFLOAT16)
      for (std::size_t i = 0; i < count; ++i) {
        const auto bits = static_cast<std::uint16_t>(tensor_.int32_data(static_cast<int>(i)));
        constant.reals[i] = type.type == TensorProto::FLOAT16 ? half(bits) : brain(bits);
      }
  }

  std::uint64_t number(std::string_view key, const std::string& text) const {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
      refuse(fmt::format("external data: {} '{}' is no whole number", key, printable(text)));
    return value;
  }

  /// The bytes of external data. Its file lies in the model's folder or below, links followed.
  std::string external(std::size_t bytes) const {
    std::string location;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length;
    for (const auto& entry : tensor_.external_data()) {
      if (entry.key() == "location") location = entry.value();
      if (entry.key() == "offset") offset = number("offset", entry.value());
      if (entry.key() == "length") length = number("length", entry.value());
    }
    const auto name = printable(location);
    namespace fs = std::filesystem;
    const auto outside = [&] {
      refuse(fmt::format("external data '{}'; allowed: a file in the model's folder or below, by its relative path", name));
    };
    if (location.empty() || location.find('\0') != std::string::npos || fs::path(location).is_absolute()) outside();
    std::error_code error;
    const auto root = fs::weakly_canonical(folder_.empty() ? fs::path(".") : folder_, error);
    const auto file = fs::weakly_canonical(root / location, error);
    if (error) outside();
    const auto relative = file.lexically_relative(root);
    if (relative.empty() || *relative.begin() == "..") outside();
    if (!fs::is_regular_file(file, error)) refuse(fmt::format("external data '{}': no such file beside the model", name));
    const auto size = fs::file_size(file, error);
    if (length) expect(*length, bytes, "bytes");
    if (error || offset > size || bytes > size - offset)
      refuse(fmt::format("external data '{}' has {} bytes; {} from byte {} are needed", name, size, bytes, offset));
    std::ifstream stream(file, std::ios::binary);
    std::string data(bytes, '\0');
    stream.seekg(static_cast<std::streamoff>(offset));
    if (!stream.read(data.data(), static_cast<std::streamsize>(bytes)))
      refuse(fmt::format("external data '{}' cannot be read", name));
    return data;
  }

  const TensorProto& tensor_;
  const std::filesystem::path& folder_;
  const std::string& where_;
};

}  // namespace

std::int64_t elements_of(const Dims& dims, const std::string& where) {
  std::int64_t count = 1;
  bool none = false;
  for (const auto extent : dims) {
    if (extent < 0) throw InputError(fmt::format("{}: extents {}; allowed: 0 or more", where, text(dims)));
    if (extent == 0) {
      none = true;
    } else if (count > kMostParameters / extent) {
      throw InputError(fmt::format("{}: extents {} hold more than 2^32 elements", where, text(dims)));
    } else {
      count *= extent;
    }
  }
  return none ? 0 : count;
}

std::string text(const Dims& dims) { return fmt::format("[{}]", fmt::join(dims, ", ")); }

Constant decode_tensor(const TensorProto& tensor, const std::filesystem::path& folder, const std::string& where) {
  return Decoder(tensor, folder, where).decode();
}

Constant integers(std::vector<std::int64_t> values) {
  return {.dims = {static_cast<std::int64_t>(values.size())}, .integer = true, .ints = std::move(values), .reals = {}};
}

}  // namespace binade::sim::onnx_import
