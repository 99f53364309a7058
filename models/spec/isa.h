// SPDX-License-Identifier: Apache-2.0
// C++ expansion of isa.def and csr.def: opcodes, descriptor records and register offsets.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "models/spec/ranges.h"

namespace binade::spec {

enum class Opcode : std::int64_t {
#define OPCODE(name, code, meaning) name = code,
#include "models/spec/isa.def"
};

enum class VectorOp : std::int64_t {
#define VECTOR_OP(name, code, meaning) name = code,
#include "models/spec/isa.def"
};

enum class WindowOp : std::int64_t {
#define WINDOW_OP(name, code, meaning) name = code,
#include "models/spec/isa.def"
};

enum class Csr : std::uint64_t {
#define CSR(name, offset, access, meaning) name = offset,
#include "models/spec/csr.def"
};

/// The last of the opcodes, which count up from 1.
inline constexpr std::int64_t kLastOpcode = std::max({
#define OPCODE(name, code, meaning) std::int64_t{code},
#include "models/spec/isa.def"
});

/// One block of a descriptor.
inline constexpr std::size_t kDescriptorWords = 32;
inline constexpr std::size_t kDescriptorBytes = kDescriptorWords * 8;
using DescriptorWords = std::array<std::int64_t, kDescriptorWords>;
/// Two blocks.
using WideWords = std::array<std::int64_t, 2 * kDescriptorWords>;
/// Blocks of a descriptor, 1 or 2, whatever the opcode is.
constexpr std::size_t descriptor_blocks(std::int64_t opcode) {
  return opcode == static_cast<std::int64_t>(Opcode::LoadWalk) || opcode == static_cast<std::int64_t>(Opcode::Chain) ||
                 opcode == static_cast<std::int64_t>(Opcode::Windows)
             ? 2
             : 1;
}

// One struct per record: its fields in list order, so word i of a record is its i-th field.
struct Header {
#define HEADER_FIELD(name, meaning) std::int64_t name = 0;
#include "models/spec/isa.def"
};
struct Load {
#define LOAD_FIELD(name, meaning) std::int64_t name = 0;
#include "models/spec/isa.def"
};
struct LoadWalk {
#define LOAD_WALK_FIELD(name, meaning) std::int64_t name = 0;
#include "models/spec/isa.def"
};
struct Gemm {
#define GEMM_FIELD(name, meaning) std::int64_t name = 0;
#include "models/spec/isa.def"
};
struct Vector {
#define VECTOR_FIELD(name, meaning) std::int64_t name = 0;
#include "models/spec/isa.def"
};
struct Chain {
#define CHAIN_FIELD(name, meaning) std::int64_t name = 0;
#include "models/spec/isa.def"
};
struct Windows {
#define WINDOWS_FIELD(name, meaning) std::int64_t name = 0;
#include "models/spec/isa.def"
};
struct Store {
#define STORE_FIELD(name, meaning) std::int64_t name = 0;
#include "models/spec/isa.def"
};

constexpr VectorOp op_of(const Vector& record) { return static_cast<VectorOp>(record.op); }
constexpr WindowOp op_of(const Windows& record) { return static_cast<WindowOp>(record.op); }
/// Whether the output is raw integers, of record.raw_bytes each.
constexpr bool stores_raw(const Vector& record) { return op_of(record) != VectorOp::Requantise && record.raw_bytes != 0; }

/// The words of a descriptor: header, then record. Of two blocks where one has no room.
template <class Record>
auto pack(const Header& header, const Record& record) {
  constexpr bool kWide = sizeof(Header) + sizeof(Record) > kDescriptorBytes;
  std::conditional_t<kWide, WideWords, DescriptorWords> words{};
  static_assert(sizeof(Header) + sizeof(Record) <= sizeof words);
  std::memcpy(words.data(), &header, sizeof header);
  std::memcpy(words.data() + sizeof header / 8, &record, sizeof record);
  return words;
}
/// Of the words from a descriptor's first on.
inline Header unpack_header(std::span<const std::int64_t> words) {
  Header header;
  std::memcpy(static_cast<void*>(&header), words.data(), sizeof header);
  return header;
}
template <class Record>
Record unpack(std::span<const std::int64_t> words) {
  Record record;
  std::memcpy(static_cast<void*>(&record), words.data() + sizeof(Header) / 8, sizeof record);
  return record;
}

/// Stride, dilation and pad of one spatial axis in one word (Load::h_geometry, Load::w_geometry), 0..kLargestGeometry each.
struct Geometry {
  std::int64_t stride = 1, dilation = 1, pad = 0;
};
constexpr std::int64_t pack_geometry(std::int64_t stride, std::int64_t dilation, std::int64_t pad) {
  return stride | dilation << kGeometryBits | pad << (2 * kGeometryBits);
}
/// Precondition: 0 <= word <= kLargestGeometryWord.
constexpr Geometry unpack_geometry(std::int64_t word) {
  return {word & kLargestGeometry, word >> kGeometryBits & kLargestGeometry, word >> (2 * kGeometryBits)};
}

}  // namespace binade::spec
