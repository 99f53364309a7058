// SPDX-License-Identifier: Apache-2.0
// `blocked`: exact sums of R products, each folded into the 20.12 running sum; the bias is a block of its own.
#include <algorithm>

#include "models/numerics/accumulators.h"
#include "models/numerics/blocked.h"

namespace binade::numerics {
namespace {

class BlockedAccumulator final : public Accumulator {
 public:
  BlockedAccumulator(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift, int bias_shift)
      : a_(formats.a),
        b_(formats.b),
        format_(formats.out),
        product_shift_(product_shift),
        bias_shift_(bias_shift),
        block_length_(spec.block),
        block_bits_(accumulator_bits(formats, spec)),
        block_limit_(Int128{1} << (block_bits_ - 1)) {}

  void clear() override {
    sum_ = 0;
    block_ = 0;
    products_ = 0;
  }
  void mac(Code a, Code b) override {
    const Int128 exact = block_ + Int128{mantissa_of(a_, a)} * mantissa_of(b_, b);
    block_ = std::clamp(exact, -block_limit_, block_limit_ - 1);
    if (block_ != exact) ++events_.saturation;
    if (++products_ == block_length_) close_block();
  }
  void add_bias(Code bias) override {
    close_block();
    sum_ = blocked_step(sum_, mantissa_of(format_, bias), bias_shift_, blocked_integer_bits(format_), events_);
  }
  Code result(bool relu, std::uint32_t /*random*/) override {
    close_block();
    const std::int64_t rectified_sum = relu ? std::max(sum_, std::int64_t{0}) : sum_;
    const std::int64_t stored = std::clamp(rectified_sum, format_.min_mantissa(), format_.max_mantissa());
    if (stored != rectified_sum) {
      ++events_.saturation;
      ++events_.inexact;
    }
    return code_of_mantissa(format_, stored);
  }

  void close_block() override {
    if (products_ != 0) sum_ = blocked_step(sum_, block_, product_shift_, blocked_integer_bits(format_), events_);
    block_ = 0;
    products_ = 0;
  }
  void state(std::span<std::uint64_t> words) const override {
    std::fill(words.begin(), words.end(), 0);
    put_bits(words, 0, block_bits_, block_);
    put_bits(words, block_bits_, blocked_integer_bits(format_), sum_);
  }
  void set_state(std::span<const std::uint64_t> words) override {
    block_ = signed_bits(words, 0, block_bits_);
    sum_ = static_cast<std::int64_t>(signed_bits(words, block_bits_, blocked_integer_bits(format_)));
    products_ = block_ != 0 ? 1 : 0;  // closing an empty block changes nothing
  }

 private:
  FormatSpec a_, b_;
  FormatSpec format_;  ///< of the output and the bias
  int product_shift_;
  int bias_shift_;
  int block_length_;
  int block_bits_;
  Int128 block_limit_;    ///< the block sum is in [-limit, limit - 1]
  std::int64_t sum_ = 0;  ///< output LSBs
  Int128 block_ = 0;      ///< product LSBs
  int products_ = 0;      ///< in the open block
};

}  // namespace

std::unique_ptr<Accumulator> make_blocked(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift,
                                          int bias_shift) {
  return std::make_unique<BlockedAccumulator>(formats, spec, product_shift, bias_shift);
}

}  // namespace binade::numerics
