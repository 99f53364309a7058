// SPDX-License-Identifier: Apache-2.0
// The family that serves every format and policy: one numerics::Accumulator per sum. Slow; it judges the other families.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "models/datapath/pe/lane.h"

namespace binade::datapath {

class LiteralPe {
 public:
  using Operand = numerics::Code;
  static constexpr bool kClosesBlocks = false;
  static constexpr bool kStartsFromBias = true;

  class Sums {
   public:
    Sums(const LiteralPe&, std::size_t count) : sums_(count) {}

   private:
    friend class LiteralPe;
    struct Sum {
      std::unique_ptr<numerics::Accumulator> accumulator;
      numerics::Events seen;
      int product_shift = 0, bias_shift = 0;
    };
    std::vector<Sum> sums_;
  };

  explicit LiteralPe(const CoreConfig& config) : config_(config), stored_(config) {}

  void begin(const CoreCommand& command) {
    product_shift_ = command.product_shift;
    bias_shift_ = command.bias_shift;
    stats_ = {};
  }
  const TileStats& stats() const { return stats_; }
  Operand decode_a(numerics::Code code) const { return code; }
  Operand decode_b(numerics::Code code) const { return code; }
  Operand idle() const { return 0; }

  void clear(Sums& sums, std::size_t first, std::size_t n) const {
    for (std::size_t i = first; i < first + n; ++i) clear(sums.sums_[i]);
  }
  void start(Sums& sums, std::size_t i, numerics::Code bias) {
    auto& sum = sums.sums_[i];
    clear(sum);
    sum.accumulator->add_bias(bias);
    (void)harvest(sum);
  }
  static void move(Sums& to, std::size_t i, Sums& from, std::size_t j, std::size_t n) {
    for (std::size_t k = 0; k < n; ++k) std::swap(to.sums_[i + k], from.sums_[j + k]);
  }

  void mac_rows(Sums& sums, std::span<const MacRow<Operand>> rows) {
    for (const MacRow<Operand>& row : rows) {
      for (std::size_t j = 0; j < row.lanes; ++j) {
        if (row.contains(j)) mac(sums.sums_[row.sum + j], row.a[j], row.b[j]);
      }
    }
  }
  void mac_broadcast(Sums& sums, std::size_t first, Operand a, const Operand* b, std::size_t n) {
    for (std::size_t j = 0; j < n; ++j) mac(sums.sums_[first + j], a, b[j]);
  }
  static void close(Sums&, std::size_t) {}

  std::uint64_t finish(Sums& sums, std::size_t i, const LaneInput& lane) {
    auto& sum = sums.sums_[i];
    if (lane.bias) sum.accumulator->add_bias(lane.bias_code);
    const numerics::Code code = sum.accumulator->result(lane.relu, lane.random);
    const numerics::Events lane_events = harvest(sum);
    if (!config_.format.out.shared_exponent()) return code;
    const std::int64_t stored = numerics::mantissa_of(config_.format.out, code);
    stored_.note(stored, config_.format.out.family != numerics::Family::Flex && lane_events.saturation != 0, stats_);
    return stored_.raw() ? static_cast<std::uint64_t>(stored) : code;
  }

 private:
  void clear(Sums::Sum& sum) const {
    if (sum.accumulator == nullptr || sum.product_shift != product_shift_ || sum.bias_shift != bias_shift_) {
      sum.accumulator = numerics::make_accumulator(config_.format, config_.accumulate, product_shift_, bias_shift_);
      sum.product_shift = product_shift_;
      sum.bias_shift = bias_shift_;
    }
    sum.accumulator->clear();
    sum.seen = sum.accumulator->events();
  }
  void mac(Sums::Sum& sum, Operand a, Operand b) {
    sum.accumulator->mac(a, b);
    if (sum.accumulator->events() != sum.seen) (void)harvest(sum);
  }
  numerics::Events harvest(Sums::Sum& sum) {
    const numerics::Events now = sum.accumulator->events(), &seen = sum.seen;
    const numerics::Events fresh{now.saturation - seen.saturation, now.underflow - seen.underflow, now.overflow - seen.overflow,
                                 now.nar - seen.nar, now.inexact - seen.inexact};
    stats_.events += fresh;
    sum.seen = now;
    return fresh;
  }

  const CoreConfig& config_;
  StoredStats stored_;
  int product_shift_ = 0, bias_shift_ = 0;
  TileStats stats_;
};

}  // namespace binade::datapath
