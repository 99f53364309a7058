// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/packed/packed_kernel.h"

#include <algorithm>

#include "models/datapath/pe/dispatch.h"
#include "models/kernels/simd/dot.h"

namespace binade::kernels {
namespace {

/// Elements of A packed at a time: they and a panel of B stay in the second-level cache.
constexpr std::int64_t kBlockElements = 1 << 15;

}  // namespace

void PackedKernel::begin(const datapath::CoreCommand& command) {
  command_ = command;
  stats_ = total_ = {};
  paths_ = total_paths_ = {};
  fallback_->begin(command);
  const bool bias_first = command.bias && numerics::bias_starts_sums(config_.accumulate);
  accepted_ = command.first_k && command.last_k && (!bias_first || starts_from_bias()) && accepts();
}

void PackedKernel::load_b(const OperandRows& b, std::int64_t n0, std::int64_t n) {
  b_ = {&b, n0, n};
  fallback_loaded_ = false;
  fresh_ = true;
}

std::int64_t PackedKernel::row_block() const {
  const std::int64_t tile = simd::tile_rows();
  return std::max(kBlockElements / command_.k / tile, std::int64_t{8}) * tile;
}

void PackedKernel::share_b(const numerics::Code* bias, const Divide& divide) {
  packed_ = accepted_ && pack(b_, bias, divide);
  fresh_ = false;
}

void PackedKernel::take_b(const TileKernel& prepared) {
  const auto& owner = static_cast<const PackedKernel&>(prepared);
  packed_ = owner.packed_;
  fresh_ = false;
  if (packed_) adopt(owner);
}

void PackedKernel::rows(const OperandRows& a, std::int64_t m0, std::int64_t m, const numerics::Code* bias, std::uint64_t* out,
                        std::int64_t out_stride) {
  const RowsA all{&a, m0, m, bias, out, out_stride};
  if (fresh_) packed_ = accepted_ && pack(b_, bias, [](std::int64_t total, const auto& job) { job(0, total); });
  fresh_ = false;
  if (!packed_) {
    fall_back(all, 0, m);
  } else {
    const std::int64_t block = row_block();
    for (std::int64_t first = 0; first < m; first += block) {
      multiply({&a, m0 + first, std::min(block, m - first), bias, out + first * out_stride, out_stride});
    }
  }
  total_ = stats_;
  total_ += fallback_->stats();
  total_paths_ = paths_;
  total_paths_ += fallback_->paths();
}

void PackedKernel::fall_back(const RowsA& rows, std::int64_t first, std::int64_t count) {
  if (!fallback_loaded_) fallback_->load_b(*b_.columns, b_.n0, b_.n);
  fallback_loaded_ = true;
  fallback_->rows(*rows.rows, rows.m0 + first, count, rows.bias, rows.out + first * rows.out_stride, rows.out_stride);
}

std::unique_ptr<TileKernel> make_packed_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback) {
  using datapath::PeFamily;
  constexpr int kWidestMantissa = 16;
  const int factors = std::max(config.format.a.bits, config.format.b.bits);
  switch (datapath::pe_family(config)) {
    case PeFamily::Integer:
      if (factors <= kWidestMantissa) return make_packed_integer_kernel(config, std::move(fallback));
      break;
    case PeFamily::Blocked:
      if (factors <= kWidestMantissa && config.format.out.bits <= kWidestMantissa && !datapath::stores_raw(config))
        return make_packed_blocked_kernel(config, std::move(fallback));
      break;
    case PeFamily::Quire:
      return make_packed_real_kernel(config, std::move(fallback));
    case PeFamily::Serial:
      if (config.format.uniform()) return make_packed_serial_kernel(config, std::move(fallback));
      break;
    case PeFamily::Fp32:
      return make_packed_fp32_kernel(config, std::move(fallback));
    case PeFamily::PositSerial:
      return make_packed_posit_serial_kernel(config, std::move(fallback));
    case PeFamily::Literal:
      if (config.accumulate.policy == numerics::Accumulate::Serial && config.format.a.family == numerics::Family::Posit)
        return make_packed_posit_serial_kernel(config, std::move(fallback));
      break;
    case PeFamily::Chained:
      if (factors <= kWidestMantissa) return make_packed_chained_kernel(config, std::move(fallback));
      break;
    case PeFamily::IntegerSerial:
      break;
  }
  return fallback;
}

}  // namespace binade::kernels
