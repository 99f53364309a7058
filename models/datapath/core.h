// SPDX-License-Identifier: Apache-2.0
// The Core seam. Two levels: `Core` is what the compute engine sees, a tile at a time; `SteppedCore` is the pin level, one
// rising edge at a time, with valid/ready on every stream. `fast` implements Core directly; every SteppedCore (the cycle
// core, the Verilated core, the pair of them in lockstep) becomes a Core through SteppedTile. Output bits, clocks, stall and
// event counters are equal in all of them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "models/datapath/core_config.h"

namespace binade::datapath {

/// One GEMM tile: O[m][n] = lane(sum_k A[m][k] * B[k][n] (+ bias[n])). Run-time fields of the command port. What a core accepts:
/// models/datapath/check_command.h.
///
/// Folds. os: for each m-block of R rows, for each n-block of C columns (n inner): one fold of all K.
///        ws: for each n-block, for each k-block of R (k inner): one fold of all M.
/// Partial K. A tile that holds only a part of an output's K clears first_k or last_k; it must then be one output block
///        (os: m <= R, n <= C; ws: n <= C), whose accumulators (os) or partial sums (ws) stay in the core between tiles.
struct CoreCommand {
  std::int64_t m = 0, n = 0, k = 0;
  bool first_k = true;      ///< start from zero
  bool last_k = true;       ///< finish through the lanes; otherwise no output vectors
  std::int64_t k_base = 0;  ///< global k of this tile's first product (phase of `blocked`)
  bool bias = false;  ///< one bias vector per n-block arrives on the B stream before any operand; with first_k where it comes first
  bool relu = false;
  int product_shift = 0;  ///< integers: one product LSB = 2^-product_shift output LSBs (1, of a float); 0 where raw sums are stored
  int bias_shift = 0;     ///< flex, fixed: bias LSB in output LSBs. dfp/sdfp: raw LSBs per bias LSB = 2^-bias_shift (<= 0); else 0
  std::uint32_t seed = 0, tensor = 0;   ///< of stochastic rounding
  std::int64_t m_base = 0, n_base = 0;  ///< logical position of the tile in the layer's output
  std::int64_t logical_cols = 0;        ///< index of element (m, n) = (m_base + m) * logical_cols + n_base + n
  int mode = 0;                         ///< of CoreConfig; a tile without first_k goes on in the mode of the tile before it
};

/// What the exponent unit learns from stored outputs, and what the lanes count.
struct TileStats {
  std::uint64_t max_abs = 0;                    ///< max |stored integer| (shared-exponent formats); 0 elsewhere
  std::uint64_t mantissa_overflows = 0;         ///< stored integers with |m| >= 2^(N-1)-1 (flex), or clamped (raw, fixed)
  std::array<std::uint64_t, 64> leading_bit{};  ///< [b]: stored integers with floor(log2 |m|) = b (raw outputs only)
  numerics::Events events;

  TileStats& operator+=(const TileStats& other);
  bool operator==(const TileStats&) const = default;
};

/// Every clock of a tile has a name: array_beats + stalls + overhead = clocks.
struct TileClocks {
  std::uint64_t beats = 0;                                      ///< enabled array clocks: the timing function's figure
  std::uint64_t stall_a = 0;                                    ///< no A vector (checked first)
  std::uint64_t stall_b = 0;                                    ///< no B vector
  std::uint64_t stall_out = 0;                                  ///< output not ready (lane throughput, scratchpad O)
  std::uint64_t overhead = 0;                                   ///< port registers, bias load and lane latency, once per command
  std::uint64_t macs = 0;                                       ///< unmasked multiply-accumulates
  std::uint64_t a_vectors = 0, b_vectors = 0, out_vectors = 0;  ///< stream beats
  std::uint64_t psum_reads = 0, psum_writes = 0;                ///< partial-sum bank elements

  std::uint64_t clocks() const { return beats + stall_a + stall_b + stall_out + overhead; }
  TileClocks& operator+=(const TileClocks& other);
  bool operator==(const TileClocks&) const = default;
};

/// The three streams of a core.
enum class Stream : std::uint8_t { A, B, Out };

/// Operand and output memory of a tile as the core's streams see it (the scratchpads). Vector indices count stream beats from 0.
/// Order of A vectors: os: fold by fold, k = 0..K-1, R elements A[m0..][k]. ws: fold by fold, m = 0..M-1, R elements A[m][k0..].
/// Order of B vectors: first the bias vectors (if any), one per n-block; then os: fold by fold, k = 0..K-1, C elements B[k][n0..];
/// ws: fold by fold, rows k0+r-1 down to k0 (the last row first), C elements B[k][n0..].
/// Order of outputs: os: per fold rows r-1 down to 0 (the foot first), C elements; ws: per n-block (last K-fold) m = 0..M-1.
/// Lanes outside the tile are ignored on input and unspecified on output; they carry nothing and cost nothing.
/// A core may read a vector more than once, or take one of several vectors of equal content for all of them, and may write outputs
/// in any order before the tile completes: traffic is what TileClocks counts, not how often these functions are called.
class TileStreams {
 public:
  virtual ~TileStreams() = default;
  virtual void read_a(std::uint64_t vector, std::span<numerics::Code> lanes) = 0;
  virtual void read_b(std::uint64_t vector, std::span<numerics::Code> lanes) = 0;
  virtual void write_out(std::uint64_t vector, std::span<const std::uint64_t> lanes) = 0;
  /// Clocks that the memory behind a stream needs for a vector of which `lanes` carry elements of the tile (1 = one vector every
  /// clock). Does not fall with `lanes`.
  virtual int interval(Stream /*stream*/, int /*lanes*/) const { return 1; }
};

class Core {
 public:
  virtual ~Core() = default;
  virtual const CoreConfig& config() const = 0;
  virtual void reset() = 0;
  /// Accepts a tile; `streams` must outlive it. Precondition: idle, command valid for the config.
  virtual void start(const CoreCommand& command, TileStreams& streams) = 0;
  /// Rising edges until something outside the core can change: 1 for a stepped core, the rest of the tile for `fast`. 0 when idle.
  virtual std::uint64_t clocks_to_event() const = 0;
  /// `clocks` rising edges (<= clocks_to_event()). Returns true on the edge that completes the tile.
  virtual bool advance(std::uint64_t clocks) = 0;
  /// Of the tile that completed last.
  virtual const TileClocks& clocks() const = 0;
  virtual const TileStats& stats() const = 0;
};

/// Pin level. Outputs are registered: stable between edges. A transfer happens on an edge where valid and ready are both true.
struct CorePinsIn {
  const CoreCommand* command = nullptr;  ///< non-null: command valid
  const numerics::Code* a = nullptr;     ///< non-null: A valid, `rows` lanes
  const numerics::Code* b = nullptr;     ///< non-null: B valid, `cols` lanes
  bool out_ready = false;
};
struct CorePinsOut {
  bool command_ready = false;
  bool a_ready = false;
  bool b_ready = false;
  const std::uint64_t* out = nullptr;  ///< non-null: output valid, `cols` lanes
  bool done = false;                   ///< one clock, after the last output transferred (or would have); stats and clocks are valid
};
class SteppedCore {
 public:
  virtual ~SteppedCore() = default;
  virtual const CoreConfig& config() const = 0;
  virtual void reset() = 0;
  virtual const CorePinsOut& pins() const = 0;
  virtual void clock(const CorePinsIn& in) = 0;
  virtual const TileClocks& clocks() const = 0;
  virtual const TileStats& stats() const = 0;
};

/// A core of all of a configuration's modes: `make` makes the core of each, from in_mode(). Clocks, statistics and bits of a tile
/// are those of the core of its mode. A configuration of one mode is served by that core itself.
std::unique_ptr<Core> make_modal_core(const CoreConfig& config,
                                      const std::function<std::unique_ptr<Core>(const CoreConfig&)>& make);
/// A SteppedCore behind the tile-level seam: feeds its pins from TileStreams at the stated intervals.
std::unique_ptr<Core> make_stepped_tile(std::unique_ptr<SteppedCore> core);
/// The cycle-by-cycle model: every PE register, stepped each clock.
std::unique_ptr<SteppedCore> make_cycle_core(const CoreConfig& config);

}  // namespace binade::datapath
