// SPDX-License-Identifier: Apache-2.0
// The accumulate policies as one literal, slow and obvious accumulator for one output element. Every fast datapath is
// checked against it; it is checked against the exact-rational oracle of tests/oracle.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "models/numerics/codec.h"
#include "models/numerics/operand_formats.h"

namespace binade::numerics {

enum class Accumulate : std::uint8_t { Exact, Blocked, Serial, Fp32, Chained };
std::string_view to_string(Accumulate policy);
Accumulate parse_accumulate(std::string_view word);       ///< exact blocked serial fp32 chained; throws InputError
Accumulate default_accumulate(const FormatSpec& format);  ///< docs/formats.md, the policy table
/// That of the factors: of A's format, and `exact` in place of `blocked` where a result that is no integer rules that out.
Accumulate default_accumulate(const OperandFormats& formats);

/// Where a bias joins the sum: after the last product, or before the first one, as a product 1 x bias would.
enum class BiasPosition : std::uint8_t { Last, First };
std::string_view to_string(BiasPosition position);
BiasPosition parse_bias_position(std::string_view word);  ///< last first; throws InputError

struct AccumulateSpec {
  Accumulate policy = Accumulate::Exact;
  int acc_bits = 0;                   ///< explicit accumulator / quire width, LSB kept; 0 = the full or default width
  int block = 32;                     ///< R of `blocked`
  Rounding rounding = Rounding::Rne;  ///< of serial steps and of the output
  int chain = 31;  ///< products of a chain of `chained`: so many of 13-bit mantissas fit 32 bits (docs/fidelity.md 4.2)
  BiasPosition bias = BiasPosition::Last;
  bool operator==(const AccumulateSpec&) const = default;
};

/// Products after which the running sum takes up what was summed exactly: R of `blocked`, the chain of `chained`; 0 elsewhere.
int block_length(const AccumulateSpec& spec);
/// Whether sums start from the bias. Not under `exact`, whose sums have no order: there a bias joins the finished sum.
bool bias_starts_sums(const AccumulateSpec& spec);
/// Whether the bias belongs to a part of the products that is the first, or the last, of its sums.
inline bool bias_joins(const AccumulateSpec& spec, bool first, bool last) { return bias_starts_sums(spec) ? first : last; }

inline constexpr int kLongestBlock = 1 << 20;  ///< of a chain too
inline constexpr int kLargestShift = 4096;     ///< |product_shift|, |bias_shift|

/// Accumulator width in bits that acc_bits = 0 means; bits of the stored state. `exact`: posit the quire, 32 bits and those from
/// minpos_a minpos_b to maxpos_a maxpos_b (16N for two posits of N bits, E = 2); floats the full Kulisch register; dfp, sdfp, fixed
/// and flex 32 where the wider factor has up to 8 bits, 48 up to 16, else 64. `blocked`: the block sum beside the 20.12 running
/// sum, Na + Nb + ceil(log2 R) (37 for flex16 and R = 32). `chained`: the chain's sum beside the binary32 one, likewise, at
/// most 64. `serial`: the output format; `fp32`: 32. An explicit acc_bits is allowed under `exact`, `blocked` (block sum) and
/// `chained` (chain), 2 to the full width (64 for integers).
int default_acc_bits(const OperandFormats& formats, const AccumulateSpec& spec);
/// acc_bits, or its default: the accumulator's width without flags; of `blocked` and `chained` that of the block or chain alone.
int accumulator_bits(const OperandFormats& formats, const AccumulateSpec& spec);

/// One output element. Shared-exponent formats: operands are mantissas and one product LSB is 2^-product_shift output LSBs
/// (S = eA + eB - eC of docs/fidelity.md 1.3 with e = -log2 LSB); the bias has 2^-bias_shift output LSBs per LSB. Where integer
/// sums leave as a float, the output LSB is 1 and the bias, itself a float, is added to the finished sum: it does not enter the
/// register.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  virtual void clear() = 0;  ///< a new element; events go on adding up
  virtual void mac(Code a, Code b) = 0;
  /// After the last mac, or where bias_starts_sums() before the first: exact term / a block of its own / a rounded add.
  virtual void add_bias(Code bias) = 0;
  /// Rounds to the element format once. `relu` replaces negative results (-0 included) by +0 before the rounding.
  virtual Code result(bool relu, std::uint32_t random) = 0;
  /// `blocked`, `chained`: ends the open block now, as its last product does by itself. Nothing otherwise.
  virtual void close_block() {}
  const Events& events() const { return events_; }
  /// `serial`: the part of events() that rounding products caused.
  const Events& product_events() const { return product_events_; }

  /// The register between two steps in ceil(state_bits / 64) words, least significant first, bits above the width zero. From the
  /// top: `exact` NaR flag (posit), register (zero beside the flag); `blocked` running sum, block sum; `chained` the running sum's
  /// code, chain sum; `serial`, `fp32` the sum's code. Not for `exact` sums of floats, or of integers with a bias finer than a
  /// product.
  virtual void state(std::span<std::uint64_t> words) const = 0;
  virtual void set_state(std::span<const std::uint64_t> words) = 0;

 protected:
  Events events_, product_events_;
};

/// Bits of Accumulator::state.
int state_bits(const OperandFormats& formats, const AccumulateSpec& spec);

/// Every policy serves every combination that operand_problem() has nothing against, but for `blocked` and `chained`, which need
/// the integer mantissas of a shared exponent (fixed included); `blocked` of its result too. The shifts matter for those formats
/// only. `exact` keeps a bias that is finer than a product LSB exactly, below the register. Steps of `serial`, `fp32` and `chained`
/// sums count all events but inexact; a step of a block or chain that clamps counts one saturation. Throws InputError on acc_bits,
/// block, chain or shift out of range, on `serial` with `sr`, and on missing mantissas.
std::unique_ptr<Accumulator> make_accumulator(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift = 0,
                                              int bias_shift = 0);

/// dot(a, b) under the policy: clear, mac for k = 0..K-1, result.
Code dot(const OperandFormats& formats, const AccumulateSpec& spec, std::span<const Code> a, std::span<const Code> b,
         int product_shift, std::uint32_t random, Events& events);

}  // namespace binade::numerics
