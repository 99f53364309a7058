// SPDX-License-Identifier: Apache-2.0
// The systolic array (docs/rtl/core.md) at its token ports: every vector that leaves, on its beat, and every element's events.
//
// The model has no registers of the array. An A vector with its token gives each output its products at once, in the order of k,
// through the literal accumulator; what the array makes of them, and when, follows from the skew alone. P = Latency:
//   element (i, j) accumulates the vector of beat t on beat t + i + j + P-1; its events are at the pins after that edge;
//   os full: sums enter column j's chain `charged_r` beats after the last product of row 0 there, and row i falls R-1-i rows,
//   columns aligned: beat t + charged_r + P-1 + R-1-i + C-1, t that of the fold's last vector; none, drain: R-1-i beats after
//   chain_load_i;
//   ws: the sum of vector t falls through R rows, columns aligned: beat t + R-1 + P-1 + C-1.
#include "sim/verify/array_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <deque>
#include <map>

#include "models/spec/ranges.h"
#include "rtl/cosim/parameters.h"
#include "sim/verify/states.h"
#include "sim/verify/step.h"
#include "sim/verify/units.h"

namespace binade::verify {

using numerics::Code;

namespace {

enum ArrayControl : std::size_t {
  kRaggedRows,
  kRaggedColumns,
  kContinued,
  kKept,
  kFullChain,
  kChainLoad,
  kBankRead,
  kBankWrite,
  kClosed,
  kFrozen,
  kResets,
  kControls
};
constexpr std::array<std::string_view, kControls> kControlNames{"ragged rows", "ragged columns", "continued sums", "kept sums",
                                                                "chain full",  "chain load",     "bank read",      "bank write",
                                                                "block ends",  "frozen",         "reset"};

class ArrayModel final : public UnitModel {
 public:
  ArrayModel(const ArrayShape& shape, std::size_t classes)
      : UnitModel(classes),
        shape_(shape),
        rows_(static_cast<std::size_t>(shape.config.rows)),
        cols_(static_cast<std::size_t>(shape.config.cols)),
        stages_(static_cast<std::size_t>(shape.stages())),
        step_(shape.formats(), shape.config.accumulate),
        sums_(rows_ * cols_, State(shape.state_words())),
        bank_(static_cast<std::size_t>(shape.bank_rows) * cols_, State(shape.state_words())),
        shadow_(rows_ * cols_),
        weights_(rows_ * cols_) {}

  void clock(const Row& in, Row& out, Row& care) override {
    const ArrayPins& pins = shape_.pins;
    std::fill(out.begin(), out.end(), 0);
    std::fill(care.begin(), care.end(), 0);
    const auto& events_pin = shape_.pins.events;
    std::fill(care.begin() + static_cast<std::ptrdiff_t>(events_pin), care.end(), ~std::uint64_t{0});
    if (in[pins.reset] == 0) {
      hit(shape_.control_classes + kResets);
      pending_.clear();
      leaving_.clear();
      finished_.clear();
      return;
    }
    if (in[pins.beat] == 0) return hit(shape_.control_classes + kFrozen);
    step_.set_product_shift(static_cast<std::int8_t>(in[pins.product_shift]));
    if (in[pins.a_valid] != 0) {
      if (shape_.sums_stay()) {
        multiply_staying_sums(in);
      } else {
        multiply_falling_sums(in);
      }
    }
    // A weight row is behind the activation of its beat.
    if (!shape_.sums_stay() && in[pins.b_valid] != 0)
      for (std::size_t j = 0; j < cols_; ++j) shadow_[in[pins.b_row] * cols_ + j] = b_code(in, j);
    if (in[pins.chain_load] != 0) load_chain(in);
    if (const auto leaving = leaving_.extract(beat_); !leaving.empty()) put_vector(leaving.mapped(), out, care);
    if (const auto pending = pending_.extract(beat_); !pending.empty()) put_step_events(pending.mapped(), out);
    ++beat_;
  }

 private:
  using State = std::vector<std::uint64_t>;
  /// Sums of the columns in use.
  using Vector = std::vector<State>;
  struct ElementEvents {
    std::size_t element = 0;
    Step::Events events;
  };
  /// A fold's sums, row by row.
  struct Finished {
    std::vector<Vector> rows;
  };

  Code a_code(const Row& in, std::size_t lane) const { return code(in, shape_.pins.a, lane, shape_.formats().a.bits); }
  Code b_code(const Row& in, std::size_t lane) const { return code(in, shape_.pins.b, lane, shape_.formats().b.bits); }
  static Code code(const Row& in, std::size_t pin, std::size_t lane, int bits) {
    return static_cast<Code>(field(&in[pin], static_cast<int>(lane) * bits, bits));
  }

  /// The product on its way into a sum.
  void multiply(std::size_t i, std::size_t j, Code a, Code b, bool close, State& sum) {
    const Step::Events events = step_(sum, a, b, close, sum);
    pending_[beat_ + i + j + stages_].push_back({i * cols_ + j, events});
    if (close) hit(shape_.control_classes + kClosed);
  }

  void multiply_staying_sums(const Row& in) {
    const ArrayPins& pins = shape_.pins;
    const auto r = static_cast<std::size_t>(in[pins.r]), c = static_cast<std::size_t>(in[pins.c]);
    const bool first = in[pins.first] != 0,
               close = in[pins.phase] == static_cast<std::uint64_t>(shape_.config.accumulate.block - 1);
    count_token(in);
    for (std::size_t i = 0; i < r; ++i) {
      for (std::size_t j = 0; j < c; ++j) {
        State& sum = sums_[i * cols_ + j];
        if (first && in[pins.first_k] != 0) std::fill(sum.begin(), sum.end(), 0);
        multiply(i, j, a_code(in, i), b_code(in, j), close && shape_.has_blocks(), sum);
      }
    }
    if (in[pins.last] == 0 || in[pins.last_k] == 0) return;
    Finished fold;
    for (std::size_t i = 0; i < r; ++i) {
      const auto row = sums_.begin() + static_cast<std::ptrdiff_t>(i * cols_);
      fold.rows.emplace_back(row, row + static_cast<std::ptrdiff_t>(c));
    }
    if (in[pins.full] == 0) {
      finished_.push_back(std::move(fold));
      return;
    }
    hit(shape_.control_classes + kFullChain);
    leave(std::move(fold), beat_ + in[pins.charged_r] + stages_ + cols_ - 1);
  }

  void load_chain(const Row& in) {
    // Nothing finishes while K is in parts.
    if (finished_.empty()) return;
    hit(shape_.control_classes + kChainLoad);
    Finished fold = std::move(finished_.front());
    finished_.pop_front();
    fold.rows.resize(std::min<std::size_t>(fold.rows.size(), in[shape_.pins.chain_r]));
    leave(std::move(fold), beat_);
  }

  /// Row R-1 is at the foot at `beat`, row i R-1-i beats later.
  void leave(Finished fold, std::uint64_t beat) {
    for (std::size_t i = 0; i < fold.rows.size(); ++i) leaving_[beat + rows_ - 1 - i] = std::move(fold.rows[i]);
  }

  void multiply_falling_sums(const Row& in) {
    const ArrayPins& pins = shape_.pins;
    const auto r = static_cast<std::size_t>(in[pins.r]), c = static_cast<std::size_t>(in[pins.c]);
    const auto block = static_cast<std::uint64_t>(shape_.config.accumulate.block);
    count_token(in);
    if (in[pins.first] != 0) weights_ = shadow_;
    Vector vector;
    for (std::size_t j = 0; j < c; ++j) {
      State& banked = bank_[in[pins.index] * cols_ + j];
      State sum = in[pins.first_k] != 0 ? State(shape_.state_words()) : banked;
      for (std::size_t i = 0; i < r; ++i) {
        const bool close = shape_.has_blocks() && (in[pins.phase] + i) % block == block - 1;
        multiply(i, j, a_code(in, i), weights_[i * cols_ + j], close, sum);
      }
      if (in[pins.last_k] == 0) {
        banked = sum;
      } else {
        vector.push_back(std::move(sum));
      }
    }
    if (in[pins.last_k] != 0) leaving_[beat_ + rows_ - 1 + stages_ + cols_ - 1] = std::move(vector);
  }

  void put_vector(const Vector& vector, Row& out, Row& care) const {
    const int bits = shape_.state_bits;
    const std::size_t pin = shape_.pins.out;
    for (std::size_t j = 0; j < vector.size(); ++j) {
      const int first = static_cast<int>(j) * bits;
      const bool nar = is_nar_state(shape_.formats(), bits, vector[j].data());
      for (int done = 0; done < bits; done += 64) {
        const int width = std::min(bits - done, 64);
        set_field(&out[pin], first + done, width, vector[j][static_cast<std::size_t>(done) / 64]);
        if (!nar) set_field(&care[pin], first + done, width, ~std::uint64_t{0});
      }
      if (nar) set_field(&care[pin], first + bits - 1, 1, 1);
    }
  }

  void put_step_events(const std::vector<ElementEvents>& steps, Row& out) {
    for (const auto& [element, step] : steps) {
      const auto put = [&](std::size_t vector, const numerics::Events& events) {
        Row bits(1), ignored(1);
        put_events(bits, ignored, 0, events);
        set_field(&out[shape_.pins.events], static_cast<int>(2 * element + vector) * kEventBits, kEventBits, bits[0]);
        events_ += events;
        shape_.events.count(events, hits_);
      };
      put(0, step.events);
      put(1, step.more);
    }
  }

  void count_token(const Row& in) {
    const ArrayPins& pins = shape_.pins;
    const std::size_t controls = shape_.control_classes;
    if (in[pins.r] < rows_) hit(controls + kRaggedRows);
    if (in[pins.c] < cols_) hit(controls + kRaggedColumns);
    if (in[pins.first] != 0 && in[pins.first_k] == 0) hit(controls + (shape_.sums_stay() ? kContinued : kBankRead));
    if (in[pins.last] != 0 && in[pins.last_k] == 0) hit(controls + (shape_.sums_stay() ? kKept : kBankWrite));
  }

  const ArrayShape& shape_;
  std::size_t rows_, cols_, stages_;
  Step step_;
  std::uint64_t beat_ = 0;
  std::vector<State> sums_;                                      ///< os
  std::vector<State> bank_;                                      ///< ws: partial sums, m by column
  std::vector<Code> shadow_, weights_;                           ///< ws
  std::deque<Finished> finished_;                                ///< os none, drain: folds that chain_load_i will take
  std::map<std::uint64_t, Vector> leaving_;                      ///< by the beat on which it leaves
  std::map<std::uint64_t, std::vector<ElementEvents>> pending_;  ///< by the beat of the step
};

/// Of the steps that sums of some hundred products can take from zero.
EventSet reachable_events(const datapath::CoreConfig& config) {
  EventSet events = step_events(config.format, config.accumulate);
  const bool to_zero = config.accumulate.rounding == numerics::Rounding::Rtz;
  switch (config.accumulate.policy) {
    case numerics::Accumulate::Exact:  // a whole register has room for them
      return config.accumulate.acc_bits == 0 ? 0 : events;
    case numerics::Accumulate::Serial:
      if (config.format.out.family == numerics::Family::IeeeFloat && !config.format.out.saturates)
        events &= ~(to_zero ? kOverflow : kSaturation);
      return events;
    case numerics::Accumulate::Chained:
      return events & ~kNar;  // no sum of integers is NaN
    case numerics::Accumulate::Blocked:
    case numerics::Accumulate::Fp32:
      break;
  }
  return events;
}

class ArrayUnit final : public Unit {
 public:
  explicit ArrayUnit(const datapath::CoreConfig& config) {
    name_ = "systolic_array";
    shape_.config = config;
    shape_.state_bits = numerics::state_bits(config.format, config.accumulate);
    // Room for the rows of every command that the stimulus draws.
    if (!shape_.sums_stay()) shape_.bank_rows = static_cast<int>(std::bit_ceil(static_cast<unsigned>(3 * config.rows + 2)));
    const auto index_bits = [](int count) {
      return std::max(static_cast<int>(std::bit_width(static_cast<unsigned>(count - 1))), 1);
    };
    shape_.row_bits = static_cast<int>(std::bit_width(static_cast<unsigned>(config.rows)));
    shape_.col_bits = static_cast<int>(std::bit_width(static_cast<unsigned>(config.cols)));
    shape_.phase_bits = index_bits(config.accumulate.block);
    shape_.bank_bits = index_bits(shape_.bank_rows);
    add_pins();
    shape_.control_classes = classes_.size();
    for (const auto name : kControlNames) classes_.emplace_back(name);
    const auto drop = [&](std::initializer_list<std::size_t> classes) {
      for (const std::size_t c : classes) classes_[shape_.control_classes + c].clear();
    };
    if (shape_.sums_stay()) drop({kBankRead, kBankWrite});
    if (!shape_.sums_stay()) drop({kContinued, kKept, kFullChain, kChainLoad});
    if (!shape_.has_blocks()) drop({kClosed});
    shape_.events = EventClasses(classes_, reachable_events(config));
  }

  rtl::ModuleSpec module(const rtl::ModuleCache& cache) const override {
    rtl::Parameters parameters = rtl::core_parameters(shape_.config, shape_.bank_rows);
    parameters.emplace_back("StateBits", fmt::format("{}", shape_.state_bits));
    return {
        .top = name_, .sources = cache.own_sources(), .parameters = std::move(parameters), .title = rtl::core_title(shape_.config)};
  }
  std::uint64_t corner_vectors() const override { return kTiles; }
  std::uint64_t random_vectors() const override { return tiles_in_seconds(shape_.config, kTilesOf4x4); }
  std::uint64_t block_vectors() const override { return 8; }
  std::unique_ptr<UnitModel> make_model() const override { return std::make_unique<ArrayModel>(shape_, classes_.size()); }
  std::unique_ptr<Stimulus> make_stimulus(const Block& block) const override { return make_array_stimulus(shape_, block); }

 private:
  static constexpr std::uint64_t kTiles = 200, kTilesOf4x4 = 800;

  void add_pins() {
    ArrayPins& pins = shape_.pins;
    const auto& config = shape_.config;
    const int rows = config.rows, cols = config.cols;
    pins.reset = inputs_.add("rst_ni", 1);
    pins.clear = inputs_.add("clear_i", 1);
    pins.beat = inputs_.add("beat_i", 1);
    pins.full = inputs_.add("full_i", 1);
    pins.product_shift = inputs_.add("product_shift_i", spec::kShiftBits);
    pins.a_valid = inputs_.add("a_valid_i", 1);
    pins.a = inputs_.add("a_i", rows * config.format.a.bits);
    pins.r = inputs_.add("r_i", shape_.row_bits);
    pins.c = inputs_.add("c_i", shape_.col_bits);
    pins.charged_r = inputs_.add("charged_r_i", shape_.row_bits);
    pins.first_k = inputs_.add("first_k_i", 1);
    pins.last_k = inputs_.add("last_k_i", 1);
    pins.first = inputs_.add("first_i", 1);
    pins.last = inputs_.add("last_i", 1);
    pins.phase = inputs_.add("phase_i", shape_.phase_bits);
    pins.index = inputs_.add("index_i", shape_.bank_bits);
    pins.b_valid = inputs_.add("b_valid_i", 1);
    pins.b = inputs_.add("b_i", cols * config.format.b.bits);
    pins.b_row = inputs_.add("b_row_i", shape_.row_bits);
    inputs_.add("start_i", cols * shape_.state_bits);  // zero: sums that start from a bias are the core's to verify
    pins.chain_load = inputs_.add("chain_load_i", 1);
    pins.chain_r = inputs_.add("chain_r_i", shape_.row_bits);
    pins.out = outputs_.add("out_o", cols * shape_.state_bits, true);
    pins.events = outputs_.add("events_o", 2 * rows * cols * kEventBits);
  }

  ArrayShape shape_;
};

}  // namespace

std::unique_ptr<Unit> make_array_unit(const datapath::CoreConfig& config) { return std::make_unique<ArrayUnit>(config); }

}  // namespace binade::verify
