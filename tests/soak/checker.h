// SPDX-License-Identifier: Apache-2.0
// One case by every implementation: fast core, cycle core, the element kernel, kernels::gemm, and numerics::Accumulator, which
// judges where its output is the core's. Bits, events, statistics, clocks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/soak/cases.h"

namespace binade::soak {

/// Makes the core under test.
using MakeCore = std::function<std::unique_ptr<datapath::Core>(const datapath::CoreConfig&, int threads)>;

/// What the accumulator says of a whole case; independent of the SIMD target.
struct Judgement {
  bool of_outputs = false;    ///< it says what is stored
  bool of_overflows = false;  ///< it can tell mantissa_overflows
  std::vector<std::uint64_t> out;
  datapath::TileStats stats;
};
Judgement judge(const Case& c);

/// Runs a case on the SIMD target in use; what differs, in words, or nothing. Adds its multiply-accumulates by path.
std::optional<std::string> difference(const Case& c, const Judgement& judgement, const MakeCore& make, kernels::PathMacs& paths);

/// The case's operands as hexadecimal codes, a row of A or a column of B a line.
std::string operands_of(const Case& c);

}  // namespace binade::soak
