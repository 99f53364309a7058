// SPDX-License-Identifier: Apache-2.0
// TileKernel for one PE family: operands are decoded once, then each A element meets a strip of B's row, k in order.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "models/datapath/pe/processing_element.h"
#include "models/kernels/tile_kernel.h"

namespace binade::kernels {

template <datapath::ProcessingElement Pe>
class ElementKernel final : public TileKernel {
 public:
  explicit ElementKernel(const datapath::CoreConfig& config) : config_(config), pe_(config) {}

  void begin(const datapath::CoreCommand& command) override {
    command_ = command;
    partial_ = !command.first_k || !command.last_k;
    paths_ = {};
    pe_.begin(command);
    if (command.first_k) sums_.reset();
  }

  void load_b(const OperandRows& b, std::int64_t n0, std::int64_t n) override {
    n0_ = n0;
    n_ = n;
    const std::int64_t k = command_.k;
    codes_.resize(static_cast<std::size_t>(k));
    b_.resize(static_cast<std::size_t>(n * k));
    for (std::int64_t first = 0; first < n; first += kStrip) {
      const std::int64_t width = std::min(kStrip, n - first);
      for (std::int64_t j = 0; j < width; ++j) {
        const numerics::Code* const column = b.codes(n0 + first + j, codes_.data());
        Operand* to = b_.data() + first * k + j;
        for (std::int64_t i = 0; i < k; ++i, to += width) *to = pe_.decode_b(column[i]);
      }
    }
  }

  void rows(const OperandRows& a, std::int64_t m0, std::int64_t m, const numerics::Code* bias, std::uint64_t* out,
            std::int64_t out_stride) override {
    paths_[KernelPath::Element] += static_cast<std::uint64_t>(m * n_ * command_.k);
    a_.resize(static_cast<std::size_t>(m * command_.k));
    for (std::int64_t i = 0; i < m; ++i) {
      const numerics::Code* const row = a.codes(m0 + i, codes_.data());
      std::transform(row, row + command_.k, a_.data() + i * command_.k, [&](numerics::Code code) { return pe_.decode_a(code); });
    }
    if (!sums_) sums_.emplace(pe_, static_cast<std::size_t>(partial_ ? command_.m * n_ : kStrip));
    for (std::int64_t first = 0; first < n_; first += kStrip) {
      const std::int64_t width = std::min(kStrip, n_ - first);
      for (std::int64_t i = 0; i < m; ++i) {
        const auto sum = static_cast<std::size_t>(partial_ ? (m0 + i) * n_ + first : 0);
        row(a_.data() + i * command_.k, b_.data() + first * command_.k, bias == nullptr ? nullptr : bias + first, sum,
            static_cast<std::size_t>(width));
        if (command_.last_k) {
          for (std::int64_t j = first; j < first + width; ++j) {
            out[i * out_stride + j] = finish(sum + static_cast<std::size_t>(j - first), m0 + i, j, bias);
          }
        }
      }
    }
  }

  const datapath::TileStats& stats() const override { return pe_.stats(); }
  const PathMacs& paths() const override { return paths_; }

 private:
  using Operand = typename Pe::Operand;
  /// Sums that stay in the first-level cache while k runs.
  static constexpr std::int64_t kStrip = 64;

  /// `bias`: of the strip's columns, or null.
  void start(const numerics::Code* bias, std::size_t sum, std::size_t width) {
    if constexpr (Pe::kStartsFromBias) {
      if (bias != nullptr && numerics::bias_starts_sums(config_.accumulate)) {
        for (std::size_t j = 0; j < width; ++j) pe_.start(*sums_, sum + j, bias[j]);
        return;
      }
    }
    pe_.clear(*sums_, sum, width);
  }

  void row(const Operand* a, const Operand* b, const numerics::Code* bias, std::size_t sum, std::size_t width) {
    if (command_.first_k) start(bias, sum, width);
    if constexpr (Pe::kClosesBlocks) {
      const std::int64_t block = numerics::block_length(config_.accumulate);
      std::int64_t open = command_.k_base % block;
      for (std::int64_t k = 0; k < command_.k; ++k, b += width) {
        pe_.mac_broadcast(*sums_, sum, a[k], b, width);
        if (++open != block) continue;
        open = 0;
        for (std::size_t j = 0; j < width; ++j) pe_.close(*sums_, sum + j);
      }
    } else {
      for (std::int64_t k = 0; k < command_.k; ++k, b += width) pe_.mac_broadcast(*sums_, sum, a[k], b, width);
    }
  }

  std::uint64_t finish(std::size_t sum, std::int64_t m, std::int64_t column, const numerics::Code* bias) {
    datapath::LaneInput lane;
    lane.relu = command_.relu;
    lane.bias = bias != nullptr && !numerics::bias_starts_sums(config_.accumulate);
    if (lane.bias) lane.bias_code = bias[column];
    if (config_.accumulate.rounding == numerics::Rounding::Sr) lane.random = datapath::lane_random(command_, m, n0_ + column);
    return pe_.finish(*sums_, sum, lane);
  }

  const datapath::CoreConfig& config_;
  Pe pe_;
  datapath::CoreCommand command_;
  PathMacs paths_;
  bool partial_ = false;
  std::int64_t n0_ = 0, n_ = 0;
  std::vector<Operand> a_, b_;  ///< b_: strips of kStrip columns, k-major
  std::vector<numerics::Code> codes_;
  std::optional<typename Pe::Sums> sums_;
};

}  // namespace binade::kernels
