// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a tile without its movement: the same PE families as the cycle core, row by row of the output.
#pragma once

#include <functional>
#include <memory>

#include "models/datapath/core.h"
#include "models/kernels/kernel_path.h"
#include "models/kernels/operand_rows.h"

namespace binade::kernels {

/// A column panel of B at a time, then blocks of rows of A against it. With partial K (one panel, CoreCommand) the sums stay inside
/// until the tile that has last_k.
class TileKernel {
 public:
  virtual ~TileKernel() = default;
  virtual void begin(const datapath::CoreCommand& command) = 0;
  /// What it computes with: operands that were decoded to it spare it that.
  virtual OperandForm form() const { return OperandForm::Codes; }
  /// A panel: columns n0 .. n0+n-1 of the tile, rows of `b`, which stays valid until the next panel.
  virtual void load_b(const OperandRows& b, std::int64_t n0, std::int64_t n) = 0;
  /// Rows m0 .. m0+m-1 of the tile; `bias` (or null) is the panel's, the same for all its rows. With last_k, output (m0+i, n0+j)
  /// goes to out[i * out_stride + j].
  virtual void rows(const OperandRows& a, std::int64_t m0, std::int64_t m, const numerics::Code* bias, std::uint64_t* out,
                    std::int64_t out_stride) = 0;
  /// Rows that are computed together, after begin(): rows() loses least with multiples of it.
  virtual std::int64_t row_block() const { return 8; }
  /// Divides [0, total) into parts, on one thread or several, and calls the job for each.
  using Divide = std::function<void(std::int64_t total, const std::function<void(std::int64_t first, std::int64_t count)>& job)>;
  /// Whether kernels that were given the same panel may have one prepare it for all: share_b() on that one, then take_b() on the
  /// others. The one's panel stays until they are through with it.
  virtual bool can_share_b() const { return false; }
  virtual void share_b(const numerics::Code* /*bias*/, const Divide& /*divide*/) {}
  virtual void take_b(const TileKernel& /*prepared*/) {}

  /// Since begin().
  virtual const datapath::TileStats& stats() const = 0;
  virtual const PathMacs& paths() const = 0;
};

/// `config` must outlive the kernel. `threads`: how many it may use, the caller's included.
std::unique_ptr<TileKernel> make_tile_kernel(const datapath::CoreConfig& config, int threads = 1);

}  // namespace binade::kernels
