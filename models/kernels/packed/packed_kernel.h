// SPDX-License-Identifier: Apache-2.0
// A TileKernel of packed operands and vector tiles that keeps another kernel to fall back on, for tiles with partial K and for rows
// whose result it cannot prove.
#pragma once

#include <memory>

#include "models/kernels/tile_kernel.h"

namespace binade::kernels {

class PackedKernel : public TileKernel {
 public:
  void begin(const datapath::CoreCommand& command) final;
  void load_b(const OperandRows& b, std::int64_t n0, std::int64_t n) final;
  void rows(const OperandRows& a, std::int64_t m0, std::int64_t m, const numerics::Code* bias, std::uint64_t* out,
            std::int64_t out_stride) final;
  std::int64_t row_block() const final;
  void share_b(const numerics::Code* bias, const Divide& divide) final;
  void take_b(const TileKernel& prepared) final;
  const datapath::TileStats& stats() const final { return total_; }
  const PathMacs& paths() const final { return total_paths_; }

 protected:
  /// The panel of B as load_b() got it: rows n0 .. n0+n-1 of `columns`.
  struct PanelB {
    const OperandRows* columns = nullptr;
    std::int64_t n0 = 0, n = 0;
  };
  /// Rows m0 .. m0+m-1 of A against the panel.
  struct RowsA {
    const OperandRows* rows = nullptr;
    std::int64_t m0 = 0, m = 0;
    const numerics::Code* bias = nullptr;
    std::uint64_t* out = nullptr;
    std::int64_t out_stride = 0;
  };

  PackedKernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback)
      : config_(config), fallback_(std::move(fallback)) {}

  /// A command with complete K begins. False: the fallback does all of it.
  virtual bool accepts() = 0;
  /// Whether its sums can start from the bias; otherwise the fallback does all of a command whose sums do.
  virtual bool starts_from_bias() const { return false; }
  /// Packs a panel; `bias` (or null) is its own. False: the fallback does the whole panel.
  virtual bool pack(const PanelB& b, const numerics::Code* bias, const Divide& divide) = 0;
  /// Uses the panel that `owner`, a kernel of the same kind, has packed.
  virtual void adopt(const PackedKernel& /*owner*/) {}
  virtual void multiply(const RowsA& rows) = 0;

  /// Rows first .. first+count-1 of `rows` by the fallback.
  void fall_back(const RowsA& rows, std::int64_t first, std::int64_t count);

  const datapath::CoreConfig& config_;
  datapath::CoreCommand command_;
  PanelB b_;
  datapath::TileStats stats_;  ///< of what the fallback did not do
  PathMacs paths_;             ///< likewise

 private:
  std::unique_ptr<TileKernel> fallback_;
  bool accepted_ = false, fresh_ = false, packed_ = false, fallback_loaded_ = false;
  datapath::TileStats total_;
  PathMacs total_paths_;
};

/// The packed kernel of a format and policy, or `fallback` itself where there is none.
std::unique_ptr<TileKernel> make_packed_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback);

std::unique_ptr<TileKernel> make_packed_integer_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback);
std::unique_ptr<TileKernel> make_packed_blocked_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback);
std::unique_ptr<TileKernel> make_packed_real_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback);
std::unique_ptr<TileKernel> make_packed_chained_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback);
std::unique_ptr<TileKernel> make_packed_fp32_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback);
std::unique_ptr<TileKernel> make_packed_posit_serial_kernel(const datapath::CoreConfig& config,
                                                            std::unique_ptr<TileKernel> fallback);
std::unique_ptr<TileKernel> make_packed_serial_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback);

}  // namespace binade::kernels
