// SPDX-License-Identifier: Apache-2.0
// Random GEMM problems, their streams, and the literal judge for the core tests.
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <random>
#include <string>
#include <vector>

#include "models/datapath/core.h"

namespace binade::datapath::test {

/// One tile and its operands.
struct Problem {
  CoreConfig config;
  CoreCommand command;
  int a_interval = 1, b_interval = 1,
      out_interval = 1;              ///< clocks of a vector that fills the array's side; shorter ones take their share
  std::vector<numerics::Code> a;     ///< m x k
  std::vector<numerics::Code> b;     ///< k x n
  std::vector<numerics::Code> bias;  ///< n
};
std::ostream& operator<<(std::ostream& os, const Problem& problem);

/// Streams without data, for what only asks how long vectors take.
class Intervals final : public TileStreams {
 public:
  Intervals(int a, int b, int out) : clocks_{a, b, out} {}
  void read_a(std::uint64_t, std::span<numerics::Code>) override {}
  void read_b(std::uint64_t, std::span<numerics::Code>) override {}
  void write_out(std::uint64_t, std::span<const std::uint64_t>) override {}
  int interval(Stream stream, int) const override { return clocks_.at(static_cast<std::size_t>(stream)); }

 private:
  std::array<int, 3> clocks_;
};

/// Serves the streams of core.h from a problem's matrices, by the order that core.h documents.
class MatrixStreams final : public TileStreams {
 public:
  explicit MatrixStreams(const Problem& problem);
  void read_a(std::uint64_t vector, std::span<numerics::Code> lanes) override;
  void read_b(std::uint64_t vector, std::span<numerics::Code> lanes) override;
  void write_out(std::uint64_t vector, std::span<const std::uint64_t> lanes) override;
  int interval(Stream stream, int lanes) const override;

  const std::vector<std::uint64_t>& out() const { return out_; }
  std::size_t writes() const { return writes_; }

  /// Row and first column (or k) of stream vectors, in stream order.
  struct Place {
    std::int64_t row = 0, first = 0;
  };

 private:
  const Problem& problem_;
  std::vector<Place> a_places_, b_places_, out_places_;
  std::vector<std::uint64_t> out_;
  std::size_t writes_ = 0;
};

struct Outcome {
  std::vector<std::uint64_t> out;
  TileClocks clocks;
  TileStats stats;
  bool operator==(const Outcome&) const = default;
};

/// The part of `whole` with k in [k0, k0 + k).
Problem part_of(const Problem& whole, std::int64_t k0, std::int64_t k);
/// Runs one tile to its end; the number of clocks to completion must be clocks().clocks().
Outcome run_tile(Core& core, const Problem& problem);
/// Bits and events by numerics::Accumulator, element by element; clocks are not its business. Formats whose core output is the
/// element code.
Outcome literal_outcome(const Problem& problem);

/// A random problem for the format (or `A:B:OUT`) and policy: shape, dataflow, overlap, edge, latency, ragged m n k, bias, relu,
/// intervals.
Problem random_problem(std::mt19937_64& random, const std::string& format, const numerics::AccumulateSpec& accumulate);
/// A code that is plausible as an operand: mostly moderate values, some extremes and specials.
numerics::Code random_code(std::mt19937_64& random, const numerics::FormatSpec& format);
std::int64_t pick(std::mt19937_64& random, std::int64_t low, std::int64_t high);

}  // namespace binade::datapath::test
