// SPDX-License-Identifier: Apache-2.0
// Tensors through the statistics port, and Autoflex and bias operations on what they leave: histories that grow, shrink, overflow
// and stay zero, parameters that bring chi to a power of two, histograms with short and long tails, full ones, and those between
// two biases.
#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <vector>

#include "models/exponent/autoflex.h"
#include "models/exponent/autoflex_integer.h"
#include "models/exponent/sdfp.h"
#include "sim/verify/codes.h"
#include "sim/verify/exponent_unit.h"
#include "sim/verify/stall_source.h"

namespace binade::verify {
namespace {

class ExponentStimulus final : public Stimulus {
 public:
  ExponentStimulus(const ExponentShape& shape, const Block& block)
      : shape_(shape), block_(block), draw_(block.seed), bubbles_(block.stalls, draw_.bits()), idle_(block.stalls, draw_.bits()) {
    draw_parameters();
    histories_ = borderline_ || draw_.one_in(2);
    fades_ = draw_.one_in(3);
    reset_after_ = draw_.one_in(4) ? draw_.below(block.vectors) : block.vectors;
  }

  bool next(Row& in, const Row& outputs) override {
    const ExponentPins& pins = shape_.pins;
    fill(in);
    if (!started_ || (vectors_ == reset_after_ && draw_.one_in(2))) {
      started_ = true;
      tensors_.assign(ExponentShape::kTensors, exponent::Autoflex(shape_.parameters(in), 0));
      if (vectors_ == reset_after_) reset_after_ = block_.vectors;
      in[pins.reset] = 0;
      left_ = 0;
      planned_ = false;
      new_tensors_ = draw_.one_in(4) ? 0 : std::uint64_t{ExponentShape::kTensors};
      given_ = choosing_ = false;
      return true;
    }
    const bool busy = outputs[pins.busy] != 0;
    if (given_ && busy) {
      // Statistics go on beside a prediction; a choice reads them.
      if (!choosing_ && left_ != 0 && idle_.moves()) put_vector(in);
      return true;
    }
    given_ = choosing_ = false;
    if (left_ != 0) {
      put_vector(in);
      return true;
    }
    if (vectors_ == block_.vectors) return drained_++ < 3;
    if (!idle_.moves()) return true;
    ++vectors_;
    put_operation(in, outputs[pins.max_abs]);
    return true;
  }

 private:
  static constexpr std::uint64_t kOne = 256;  ///< alpha, beta and gamma have 8 fraction bits

  void draw_parameters() {
    alpha_ = 2 * kOne;
    beta_ = 3 * kOne;
    gamma_ = 100 * kOne;
    switch (draw_.below(6)) {
      case 0:  // the paper's
        break;
      case 4:
      case 5:  // others for each prediction
        borderline_ = true;
        break;
      case 1:  // ngraph's
        alpha_ = kOne;
        break;
      case 2:
        alpha_ = 1 + draw_.below(4 * kOne);
        beta_ = draw_.below(8 * kOne);
        gamma_ = draw_.below(256 * kOne);
        break;
      default:  // any that both forms of the rule take
        alpha_ = 1 + draw_.below(1024 * kOne);
        beta_ = draw_.below(1024 * kOne + 1);
        gamma_ = draw_.bits() & low_bits(24);
        break;
    }
  }

  /// Parameters of any size for which chi of the tensor's history is the power of two that it reaches, or the last value below:
  /// one of the three is found by bisection, for chi grows with each.
  void seek_boundary(const exponent::Autoflex& tensor) {
    alpha_ = draw_of_any_size(1024 * kOne);
    beta_ = draw_of_any_size(1024 * kOne);
    gamma_ = draw_.one_in(4) ? 0 : draw_of_any_size(low_bits(24));
    if (tensor.history().empty()) return;
    Row in(shape_.pins.gamma + 1);
    const auto chi_exponent = [&] {
      put_parameters(in);
      return exponent::autoflex_chi_exponent(shape_.parameters(in), tensor.history(), tensor.lsb_exponent());
    };
    const auto reached = chi_exponent();
    if (!reached) return;
    std::uint64_t* const parameters[] = {&alpha_, &beta_, &gamma_};
    std::uint64_t& sought = *parameters[draw_.below(3)];
    std::uint64_t below = 0, enough = sought;  // chi of `enough` reaches the power
    while (enough - below > 1) {
      sought = below + (enough - below) / 2;
      (chi_exponent() >= reached ? enough : below) = sought;
    }
    sought = draw_.one_in(2) && below != 0 ? below : enough;
  }
  /// 1 to `most`: that, a power of two, or any with as many bits as not.
  std::uint64_t draw_of_any_size(std::uint64_t most) {
    if (draw_.one_in(8)) return most;
    const int top = static_cast<int>(draw_.below(static_cast<std::uint64_t>(std::bit_width(most))));
    return std::min(draw_.one_in(2) ? std::uint64_t{1} << top : in_bin(top), most);
  }

  void put_parameters(Row& in) const {
    in[shape_.pins.alpha] = alpha_;
    in[shape_.pins.beta] = beta_;
    in[shape_.pins.gamma] = gamma_;
  }

  void fill(Row& in) {
    const ExponentPins& pins = shape_.pins;
    std::fill(in.begin(), in.end(), 0);
    in[pins.reset] = 1;
    put_parameters(in);
    in[pins.bin] = draw_.below(64);
    in[pins.histogram] = draw_.below(2);
    in[pins.tensor] = draw_.one_in(2) ? tensor_ : draw_.below(ExponentShape::kTensors);
    in[pins.infrequent] = draw_.below(2);
    constexpr int kLowest = exponent::AutoflexParameters{}.min_exponent;
    const auto above = [&](std::uint64_t limit) { return kLowest + static_cast<int>(draw_.below(limit)); };
    const int exponents[] = {0, kLowest, above(8), above(std::uint64_t{1 - kLowest})};
    in[pins.exponent] = static_cast<std::uint64_t>(exponents[draw_.below(std::size(exponents))]) & 0xff;
    for (int lane = 0; lane < shape_.lanes; ++lane)
      put_lane(in, lane, draw_.bits() & low_bits(shape_.magnitude_bits), draw_.one_in(2));
  }

  void put_lane(Row& in, int lane, std::uint64_t magnitude, bool overflow) {
    set_field(&in[shape_.pins.magnitude], lane * shape_.magnitude_bits, shape_.magnitude_bits, magnitude);
    set_field(&in[shape_.pins.overflow], lane, 1, overflow ? 1 : 0);
  }

  /// `max_abs` of the statistics.
  void put_operation(Row& in, std::uint64_t max_abs) {
    const ExponentPins& pins = shape_.pins;
    tensor_ = in[pins.tensor];
    exponent::Autoflex& tensor = tensors_[tensor_];
    if (planned_) {
      planned_ = false;
      in[pins.choose] = 1;
      given_ = choosing_ = true;
      return;
    }
    if (new_tensors_ != 0 && !draw_.one_in(4)) {
      in[pins.tensor] = tensor_ = --new_tensors_;
      put_init(in);
      return;
    }
    const std::uint64_t kind = draw_.below(20);
    // Blocks of long histories, and blocks of many tensors.
    const std::uint64_t streams = histories_ ? 1 : 6, records = histories_ ? 13 : 11, predictions = histories_ ? 18 : 15;
    if (kind < streams) {
      begin_tensor(in, false);
    } else if (kind < records) {
      in[pins.record] = 1;
      tensor.record(max_abs & low_bits(shape_.format.bits));
      begin_tensor(in, true);  // for the next record
    } else if (kind < predictions) {
      in[pins.predict] = 1;
      given_ = true;
      if (borderline_) {
        seek_boundary(tensor);
        put_parameters(in);
      }
      tensor.set_parameters(shape_.parameters(in));
      tensor.predict(in[pins.infrequent] != 0 ? ExponentShape::kOldAge : 0);
    } else if (draw_.one_in(borderline_ ? 2 : 8)) {
      put_init(in);
    } else {
      in[pins.choose] = 1;
      given_ = choosing_ = true;
    }
  }

  void put_init(Row& in) {
    in[shape_.pins.init] = 1;
    tensors_[tensor_] = exponent::Autoflex(shape_.parameters(in), static_cast<std::int8_t>(in[shape_.pins.exponent]));
  }

  /// A new tensor, cleared on this clock. `single`: one element, as the maximum of a history.
  void begin_tensor(Row& in, bool single) {
    in[shape_.pins.clear] = 1;
    constexpr std::uint64_t kLong = 300, kShort = 40;
    histogram_ = !draw_.one_in(8);
    single_ = single;
    left_ = single ? 1 : draw_.below(draw_.one_in(4) ? kLong : kShort);
    planned_ = !single && shape_.has_biases() && draw_.one_in(3) && plan_borderline();
    if (planned_) return;
    // Octaves below the top that hold `growth` times what the one above holds: long tails want a bias.
    top_ = static_cast<int>(draw_.below(static_cast<std::uint64_t>(shape_.magnitude_bits)));
    growth_ = 1 + draw_.below(9);
    overflow_one_in_ = draw_.one_in(2) ? 1000 : 3;
    if (!single && draw_.one_in(40)) {  // fills the counter of a bin
      constexpr std::uint64_t kLongest = 2500;
      left_ = std::min(low_bits(shape_.count_bits()) / static_cast<std::uint64_t>(shape_.lanes), kLongest);
      growth_ = 1;
    }
  }

  /// Elements by distance below the top: so many that errors fill their registers, or such that two neighbouring biases cost nearly
  /// the same: some anywhere, then as many more as bring the two to a tie, or to an element beside it.
  bool plan_borderline() {
    const int bits = shape_.format.bits, deepest = std::min(bits + 3, shape_.magnitude_bits - 1);
    top_ = shape_.magnitude_bits - 1 - static_cast<int>(draw_.below(static_cast<std::uint64_t>(shape_.magnitude_bits - deepest)));
    plan_.assign(static_cast<std::size_t>(deepest) + 1, 0);
    constexpr int kSmallCounter = 14;
    if (shape_.count_bits() <= kSmallCounter && draw_.one_in(40)) {
      for (auto& elements : plan_) elements = draw_.below(low_bits(shape_.count_bits()) + 1);
      plan_[0] = draw_of_any_size(low_bits(shape_.count_bits()));
      start_plan();
      return true;
    }
    plan_[0] = draw_.one_in(4) ? 2 : 1;
    for (std::size_t distance = 1; distance < plan_.size(); ++distance)
      if (draw_.one_in(3)) plan_[distance] = draw_.below(draw_.one_in(2) ? 4 : 40);
    const int bias = -static_cast<int>(draw_.below(-exponent::kLeastSdfpBias));
    // What an element of a bin saves with the smaller LSB.
    const auto saved = [&](std::size_t distance) -> double {
      const int d = std::min(static_cast<int>(distance), bits + 2);
      return static_cast<double>(exponent::sdfp_cost(bits, bias, d)) - static_cast<double>(exponent::sdfp_cost(bits, bias - 1, d));
    };
    double lost = 0;
    for (std::size_t distance = 0; distance < plan_.size(); ++distance)
      lost -= saved(distance) * static_cast<double>(plan_[distance]);
    // One bin after another, each for what those that save more have left over.
    const double most = draw_.one_in(10) ? static_cast<double>(low_bits(shape_.count_bits())) - 100 : 3000;
    std::size_t filler = draw_.below(plan_.size());
    if (!(lost >= 0 && saved(filler) > 0)) return false;
    for (double left_over = lost;;) {
      const double more = std::floor(left_over / saved(filler));
      if (more > most) return false;
      plan_[filler] += static_cast<std::uint64_t>(more);
      left_over -= more * saved(filler);
      const double last = saved(filler);
      std::size_t next = filler;
      for (std::size_t distance = 0; distance < plan_.size(); ++distance)
        if (saved(distance) > 0 && saved(distance) < last && (next == filler || saved(distance) > saved(next))) next = distance;
      if (next == filler) break;
      filler = next;
    }
    plan_[filler] += draw_.below(2);  // at the tie or before it, or beyond
    start_plan();
    return true;
  }
  void start_plan() {
    left_ = std::accumulate(plan_.begin(), plan_.end(), std::uint64_t{0});
    histogram_ = true;
    overflow_one_in_ = 1000;
  }

  void put_vector(Row& in) {
    const ExponentPins& pins = shape_.pins;
    in[pins.histogram] = histogram_ ? 1 : 0;
    const bool valid = bubbles_.moves() && !draw_.one_in(8);
    in[pins.valid] = valid ? 1 : 0;
    for (int lane = 0; lane < shape_.lanes; ++lane) {
      if (single_ ? lane != 0 : draw_.one_in(planned_ ? 16 : 4)) continue;
      if (planned_ && valid && left_ == 0) break;
      set_field(&in[pins.lane], lane, 1, 1);
      put_lane(in, lane, planned_ && valid ? take_planned() : draw_magnitude(), draw_.one_in(overflow_one_in_));
    }
    if (valid && !planned_) --left_;
  }

  std::uint64_t take_planned() {
    --left_;
    std::size_t distance = draw_.below(plan_.size());
    while (plan_[distance] == 0) distance = (distance + 1) % plan_.size();
    --plan_[distance];
    return in_bin(top_ - static_cast<int>(distance));
  }
  std::uint64_t in_bin(int bin) { return std::uint64_t{1} << bin | (draw_.bits() & low_bits(bin)); }

  std::uint64_t draw_magnitude() {
    const std::uint64_t mask = low_bits(shape_.magnitude_bits);
    if (single_) {
      // Of a format's mantissa: zero, around the overflow, anywhere, or near the same again and again.
      const std::uint64_t half = std::uint64_t{1} << (shape_.format.bits - 1);
      const auto bits = static_cast<std::uint64_t>(shape_.format.bits);
      const std::uint64_t kind = draw_.below(16);
      switch (kind) {
        case 0:
          return 0;
        case 1:
          return (half - 2 + draw_.below(3)) & mask;
        case 2:
        case 3:
        case 4:
        case 5:
          return draw_.below(half) >> draw_.below(bits);
        case 6:  // chi = 2^j exactly for a tensor that is rarely written
          return (half >> draw_.below(3)) - half / 8;
        default:
          return fades_ ? draw_.below(half) >> draw_.below(bits) : half / 4 + draw_.below(half / 2);
      }
    }
    if (draw_.one_in(16)) return draw_.one_in(2) ? 0 : draw_.bits() & mask & low_bits(top_ + 1);
    int bin = top_;
    if (growth_ > 1) {
      // The lower end of the geometric distribution is the most frequent one.
      constexpr std::uint64_t kOctaves = 6;
      bin = std::max(top_ - static_cast<int>(kOctaves), 0);
      while (bin < top_ && draw_.one_in(growth_)) ++bin;
    }
    if (block_.kind == StimulusKind::Corner) return (std::uint64_t{1} << bin) | (draw_.one_in(2) ? low_bits(bin) : 0);
    return in_bin(bin);
  }

  const ExponentShape& shape_;
  const Block block_;
  Draw draw_;
  StallSource bubbles_, idle_;
  std::uint64_t alpha_ = 0, beta_ = 0, gamma_ = 0, tensor_ = 0, reset_after_ = 0;
  bool started_ = false, given_ = false, choosing_ = false;  ///< an operation waits for its end; it is a choice
  std::uint64_t left_ = 0;                                   ///< vectors of the tensor still to come; elements of a planned one
  bool histogram_ = false, single_ = false;
  bool histories_ = false, borderline_ = false, fades_ = false;  ///< of the block
  std::vector<exponent::Autoflex> tensors_;                      ///< with histories, as the unit keeps them
  bool planned_ = false;                                         ///< a bias is to be chosen after the tensor of plan_
  std::vector<std::uint64_t> plan_;                              ///< its elements still to come, by distance below top_
  int top_ = 0, drained_ = 0;
  std::uint64_t new_tensors_ = 0;  ///< whose exponent is to be given
  std::uint64_t growth_ = 1, overflow_one_in_ = 1;
};

}  // namespace

std::unique_ptr<Stimulus> make_exponent_stimulus(const ExponentShape& shape, const Block& block) {
  return std::make_unique<ExponentStimulus>(shape, block);
}

}  // namespace binade::verify
