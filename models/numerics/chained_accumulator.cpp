// SPDX-License-Identifier: Apache-2.0
// `chained` (Das et al. 2018; docs/formats.md): short exact sums of integer products, each added to a binary32 running sum.
#include <algorithm>

#include "models/numerics/accumulators.h"
#include "models/numerics/arithmetic.h"

namespace binade::numerics {
namespace {

/// run = RNE32(run + chain) after every `chain` products, and where a shorter one is left at the end; the bias likewise. All in
/// product LSBs. A chain that sums to zero leaves the running sum as it is.
class ChainedAccumulator final : public Accumulator {
 public:
  ChainedAccumulator(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift, int bias_shift)
      : formats_(in_lsbs(formats)),
        rounding_(spec.rounding),
        product_shift_(product_shift),
        bias_shift_(bias_shift),
        chain_length_(spec.chain),
        chain_bits_(accumulator_bits(formats, spec)),
        chain_limit_(Int128{1} << (chain_bits_ - 1)) {}

  void clear() override {
    run_ = {};
    chain_ = 0;
    products_ = 0;
  }
  void mac(Code a, Code b) override {
    const Int128 exact = chain_ + Int128{mantissa_of(formats_.a, a)} * mantissa_of(formats_.b, b);
    chain_ = std::clamp(exact, -chain_limit_, chain_limit_ - 1);
    if (chain_ != exact) ++events_.saturation;
    if (++products_ == chain_length_) close_block();
  }
  void add_bias(Code bias) override {
    close_block();
    add_term(scaled(decode(formats_.out, bias), product_shift_ - bias_shift_));
  }
  Code result(bool relu, std::uint32_t random) override {
    close_block();
    return encode(formats_.out, rectified(scaled(run_, -product_shift_), relu), {rounding_, 0, random, false}, events_);
  }

  void close_block() override {
    if (chain_ != 0) add_term(from_integer(static_cast<std::int64_t>(chain_), 0));
    chain_ = 0;
    products_ = 0;
  }
  void state(std::span<std::uint64_t> words) const override {
    std::fill(words.begin(), words.end(), 0);
    Events of_no_rounding;  // the sum is a binary32
    put_bits(words, 0, chain_bits_, chain_);
    put_bits(words, chain_bits_, kBinary32.bits, encode(kBinary32, run_, {}, of_no_rounding));
  }
  void set_state(std::span<const std::uint64_t> words) override {
    chain_ = signed_bits(words, 0, chain_bits_);
    run_ = decode(kBinary32, static_cast<Code>(signed_bits(words, chain_bits_, kBinary32.bits)));
    products_ = 0;
  }

 private:
  void add_term(const Unpacked& term) { run_ = decode(kBinary32, encode_step(kBinary32, add(run_, term), {}, events_)); }

  OperandFormats formats_;
  Rounding rounding_;
  int product_shift_;
  int bias_shift_;
  int chain_length_;
  int chain_bits_;      ///< at most 64
  Int128 chain_limit_;  ///< the chain's sum is in [-limit, limit - 1]
  Unpacked run_;
  Int128 chain_ = 0;
  int products_ = 0;  ///< in the open chain
};

}  // namespace

std::unique_ptr<Accumulator> make_chained(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift,
                                          int bias_shift) {
  return std::make_unique<ChainedAccumulator>(formats, spec, product_shift, bias_shift);
}

}  // namespace binade::numerics
