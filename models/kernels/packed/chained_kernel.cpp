// SPDX-License-Identifier: Apache-2.0
// `chained` for mantissas of at most 16 bits: int16 tiles, each chain summed in int32 and added to a binary32 running sum. Both are
// whole product LSBs below 2^53, so binary64 holds their sum and binary32 rounds it once.
#include <algorithm>
#include <cmath>

#include "models/datapath/pe/fp32_pe.h"
#include "models/kernels/packed/int16_panels.h"
#include "models/kernels/packed/packed_kernel.h"
#include "models/kernels/simd/dot.h"
#include "models/numerics/vector_codec.h"

namespace binade::kernels {
namespace {

constexpr double kInt32Limit = 0x1p31 - 1;
/// Of running sums: twice as much, for their roundings, and a chain more are below 2^53.
constexpr double kRunLimit = 0x1p51;
constexpr int kChain = 0;  ///< stretch of the operands

class PackedChained final : public PackedKernel {
 public:
  PackedChained(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback)
      : PackedKernel(config, std::move(fallback)),
        pe_(config),
        chain_limit_(std::min(kInt32Limit, std::ldexp(1.0, numerics::accumulator_bits(config.format, config.accumulate) - 1) - 1)) {
  }

  OperandForm form() const override { return OperandForm::Mantissas; }
  bool can_share_b() const override { return true; }

 private:
  bool accepts() override { return command_.k_base % config_.accumulate.chain == 0; }
  bool starts_from_bias() const override { return true; }

  bool pack(const PanelB& b, const numerics::Code* bias, const Divide& divide) override {
    starts_.clear();
    start_limit_ = 0;
    if (bias != nullptr && numerics::bias_starts_sums(config_.accumulate)) {
      pe_.begin(command_);
      for (std::int64_t j = 0; j < b.n; ++j) {
        const float start = pe_.add_bias(0.0F, bias[j]);
        if (!(std::fabs(start) < kRunLimit && std::trunc(start) == start)) return false;
        starts_.push_back(start);
        start_limit_ = std::max(start_limit_, std::fabs(static_cast<double>(start)));
      }
    }
    shape_ = simd::tile_shape(b.n);
    own_b_.begin(shape_.cols, b.n, Int16Layout(command_.k, config_.accumulate.chain));
    b_operand_ = &own_b_;
    divide(own_b_.panels(), [&](std::int64_t first, std::int64_t count) {
      Int16Rows scratch;
      for (std::int64_t j = first; j < first + count; ++j) own_b_.pack_mantissas(j, *b.columns, b.n0, true, scratch);
    });
    b_norms_ = {};
    for (std::int64_t j = 0; j < own_b_.panels(); ++j) b_norms_.include(own_b_.norms(j));
    return true;
  }

  void adopt(const PackedKernel& owner) override {
    const auto& packed = static_cast<const PackedChained&>(owner);
    b_operand_ = packed.b_operand_;
    b_norms_ = packed.b_norms_;
    shape_ = packed.shape_;
    starts_ = packed.starts_;
    start_limit_ = packed.start_limit_;
  }

  void multiply(const RowsA& rows) override {
    pe_.begin(command_);
    a_operand_.begin(rows.m, Int16Layout(command_.k, config_.accumulate.chain), true);
    a_operand_.write_mantissas(*rows.rows, rows.m0, rows.m);
    const std::int64_t step = shape_.rows;
    for (std::int64_t i = 0; i < rows.m; i += step) {
      const Int16Tile tile = a_operand_.tile(i, shape_.rows);
      const std::int64_t m = std::min(step, rows.m - i);
      constexpr int kAll = StretchNorms::kAll;
      const bool clamps = tile.norms[kChain] * b_norms_[kChain] >= chain_limit_;
      if (clamps || start_limit_ + tile.norms[kAll] * b_norms_[kAll] >= kRunLimit) {
        fall_back(rows, i, m);
      } else {
        for (std::int64_t j = 0; j < b_operand_->panels(); ++j) multiply_tile(rows, tile, i, m, j);
      }
    }
    stats_ += pe_.stats();
  }

  void multiply_tile(const RowsA& rows, const Int16Tile& tile, std::int64_t i, std::int64_t m, std::int64_t j) {
    float runs[simd::kMostTileOutputs] = {};
    const std::int64_t first = j * shape_.cols, n = std::min<std::int64_t>(shape_.cols, b_.n - first);
    if (!starts_.empty()) {
      for (std::int64_t r = 0; r < m; ++r) std::copy_n(starts_.begin() + first, n, runs + r * shape_.cols);
    }
    const Int16Layout& layout = a_operand_.layout();
    simd::dot_chained(tile.rows, b_operand_->panel(j), layout.segments, layout.segment_pairs(), shape_.vectors, runs);
    paths_[KernelPath::Chained] += static_cast<std::uint64_t>(m * n * command_.k);
    for (std::int64_t r = 0; r < m; ++r) finish(rows, i + r, first, runs + r * shape_.cols, static_cast<int>(n));
  }

  void finish(const RowsA& rows, std::int64_t row, std::int64_t first, float* runs, int n) {
    std::uint64_t* const out = rows.out + row * rows.out_stride + first;
    const bool bias = rows.bias != nullptr && starts_.empty(), random = config_.accumulate.rounding == numerics::Rounding::Sr;
    datapath::LaneInput lane;
    lane.relu = command_.relu;
    lane.bias = bias;
    std::uint32_t draws[simd::kMostTileCols];
    if (random) {
      for (int c = 0; c < n; ++c) draws[c] = datapath::lane_random(command_, rows.m0 + row, b_.n0 + first + c);
    }
    constexpr int kFarthest = 512;  // scaled by so much, binary64 holds a running sum
    if (!config_.format.integers_to_float() || std::abs(command_.product_shift) > kFarthest) {
      for (int c = 0; c < n; ++c) {
        if (bias) lane.bias_code = rows.bias[first + c];
        if (random) lane.random = draws[c];
        out[c] = pe_.finish(runs[c], lane);
      }
      return;
    }
    double values[simd::kMostTileCols];
    const double lsb = std::ldexp(1.0, -command_.product_shift);
    for (int c = 0; c < n; ++c) {
      const float sum = bias ? pe_.add_bias(runs[c], rows.bias[first + c]) : runs[c];
      values[c] = lane.relu && std::signbit(sum) && !std::isnan(sum) ? 0.0 : static_cast<double>(sum) * lsb;
    }
    numerics::Code codes[simd::kMostTileCols];
    numerics::encode_values(config_.format.out, {.rounding = config_.accumulate.rounding}, values, draws,
                            static_cast<std::size_t>(n), codes, stats_.events);
    std::copy_n(codes, n, out);
  }

  datapath::Fp32Pe pe_;  ///< of the bias and the lane
  double chain_limit_;   ///< of a chain's sum
  simd::TileShape shape_{};
  Int16Rows a_operand_;
  Int16Panels own_b_;
  const Int16Panels* b_operand_ = &own_b_;  ///< its own, or that of the kernel which packed for all
  StretchNorms b_norms_;
  std::vector<float> starts_;  ///< of the columns, where sums start from a bias
  double start_limit_ = 0;
};

}  // namespace

std::unique_ptr<TileKernel> make_packed_chained_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback) {
  return std::make_unique<PackedChained>(config, std::move(fallback));
}

}  // namespace binade::kernels
