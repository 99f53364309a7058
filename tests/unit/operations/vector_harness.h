// SPDX-License-Identifier: Apache-2.0
// One vector descriptor on codes.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "models/operations/vector_ops.h"

namespace binade::operations::test {

using numerics::Code;
using numerics::FormatSpec;
using spec::VectorOp;

using Bytes = std::vector<std::byte>;

inline Bytes pack(const FormatSpec& format, const std::vector<Code>& codes) {
  const auto size = static_cast<std::size_t>(format.storage_bytes());
  Bytes bytes(codes.size() * size);
  for (std::size_t i = 0; i < codes.size(); ++i) std::memcpy(bytes.data() + i * size, &codes[i], size);
  return bytes;
}

inline std::vector<Code> unpack(const FormatSpec& format, const Bytes& bytes) {
  const auto size = static_cast<std::size_t>(format.storage_bytes());
  std::vector<Code> codes(bytes.size() / size);
  for (std::size_t i = 0; i < codes.size(); ++i) std::memcpy(&codes[i], bytes.data() + i * size, size);
  return codes;
}

inline spec::Vector command(VectorOp op, std::int64_t count) {
  spec::Vector d;
  d.op = static_cast<std::int64_t>(op);
  d.count = count;
  return d;
}

struct Result {
  std::vector<Code> codes;
  Bytes bytes;
  datapath::TileStats stats;
};

inline Result run(const VectorFormats& formats, const spec::Vector& d, const std::vector<Code>& x,
                  const std::vector<Code>& y = {}) {
  EXPECT_EQ(vector_problem(formats, d), "");
  const VectorExtent extent = vector_extent(formats, d);
  const Bytes x_bytes = pack(formats.x, x), y_bytes = pack(formats.y, y);
  EXPECT_EQ(static_cast<std::int64_t>(x_bytes.size()), extent.x_bytes);
  EXPECT_EQ(static_cast<std::int64_t>(y_bytes.size()), extent.y_bytes);
  Result result;
  result.bytes.resize(static_cast<std::size_t>(extent.o_bytes));
  VectorArithmetic().run(formats, d, x_bytes, y_bytes, result.bytes, result.stats);
  if (d.raw_bytes == 0) result.codes = unpack(formats.out, result.bytes);
  return result;
}

}  // namespace binade::operations::test
