// SPDX-License-Identifier: Apache-2.0
// GEMM problems with a chosen spread of values, and the literal judge of bits, statistics and events.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <random>
#include <string>
#include <vector>

#include "models/kernels/gemm.h"

namespace binade::kernels::test {

struct Gemm {
  datapath::CoreConfig config;
  datapath::CoreCommand command;
  std::vector<numerics::Code> a, b_t, bias;
};
std::ostream& operator<<(std::ostream& os, const Gemm& gemm);

struct Outcome {
  std::vector<std::uint64_t> out;
  datapath::TileStats stats;
  bool operator==(const Outcome&) const = default;
};

using Random = std::mt19937_64;
/// Draws an operand's code.
using Draw = std::function<numerics::Code(Random&)>;

Gemm make_gemm(const std::string& format, const numerics::AccumulateSpec& accumulate, std::int64_t m, std::int64_t n,
               std::int64_t k, Random& random, const Draw& draw_a, const Draw& draw_b);
/// Codes of normal draws of the given deviation: values, or mantissas in LSBs where the exponent is shared.
Draw normal(const std::string& format, double deviation);
Draw any_code(const std::string& format);

/// By numerics::Accumulator, element by element.
Outcome literal(const Gemm& gemm);
/// By the kernels; `paths` receives the multiply-accumulates by path.
Outcome run(const Gemm& gemm, PathMacs& paths);

/// Runs on every SIMD target and expects what the literal model says. Returns the paths of the best target.
PathMacs expect_literal(const Gemm& gemm);

}  // namespace binade::kernels::test
