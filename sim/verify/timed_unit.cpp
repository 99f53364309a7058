// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/timed_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "sim/verify/operand_stream.h"
#include "sim/verify/stall_source.h"

namespace binade::verify {
namespace {

/// Words of rows. Those of the unit itself come first, as it has them.
struct TimedPins {
  std::size_t inputs = 0, outputs = 0;  ///< words of the unit's rows
  std::size_t reset = 0, valid_in = 0, ready_in = 0;
  std::size_t valid_out = 0, ready_out = 0;
  std::size_t pending = 0;  ///< results still to come, for the stimulus
};

struct Result {
  Row in, out, care;
};

/// What two kinds of timing share: the unit's own model, asked for one result after another.
class TimedModel : public UnitModel {
 public:
  TimedModel(const Unit& unit, const TimedPins& pins) : UnitModel(0), pins_(pins), model_(unit.make_model()) {}

  const Row* judged() const override { return judged_ ? &judged_->in : nullptr; }
  const std::vector<std::uint64_t>& hits() const override { return model_->hits(); }
  const numerics::Events& events() const override { return model_->events(); }

 protected:
  Result result_of(const Row& in) {
    Result result{in, Row(pins_.outputs), Row(pins_.outputs)};
    model_->clock(in, result.out, result.care);
    return result;
  }
  void expect(Result result, Row& out, Row& care) {
    std::copy(result.out.begin(), result.out.end(), out.begin());
    std::copy(result.care.begin(), result.care.end(), care.begin());
    judged_ = std::move(result);
  }
  static void expect(std::size_t pin, bool value, Row& out, Row& care) {
    out[pin] = value ? 1 : 0;
    care[pin] = 1;
  }

  const TimedPins& pins_;
  std::optional<Result> judged_;

 private:
  std::unique_ptr<UnitModel> model_;
};

class FixedModel final : public TimedModel {
 public:
  FixedModel(const Unit& unit, const TimedPins& pins, int latency)
      : TimedModel(unit, pins), stages_(static_cast<std::size_t>(latency)) {}

  void clock(const Row& in, Row& out, Row& care) override {
    std::fill(care.begin(), care.end(), 0);
    judged_.reset();
    out[pins_.ready_out] = 1;
    if (in[pins_.reset] == 0) {
      std::fill(stages_.begin(), stages_.end(), Stage{true, std::nullopt});
      return;
    }
    stages_.push_back({true, std::nullopt});
    if (in[pins_.valid_in] != 0) stages_.back().result = result_of(in);
    Stage stage = std::move(stages_.front());
    stages_.pop_front();
    if (stage.known) expect(pins_.valid_out, stage.result.has_value(), out, care);
    if (stage.result) expect(std::move(*stage.result), out, care);
  }

 private:
  struct Stage {
    bool known = false;  ///< of this block, or cleared by a reset
    std::optional<Result> result;
  };
  std::deque<Stage> stages_;
};

class HandshakeModel final : public TimedModel {
 public:
  HandshakeModel(const Unit& unit, const TimedPins& pins, int timeout) : TimedModel(unit, pins), timeout_(timeout) {}

  void clock(const Row& in, Row& /*out*/, Row& care) override {
    std::fill(care.begin(), care.end(), 0);
    judged_.reset();
    remark_.clear();
    in_ = in;
  }

  void settle(const Row& got, Row& out, Row& care) override {
    out[pins_.ready_out] = got[pins_.ready_out];
    if (in_[pins_.reset] == 0) {
      queue_.clear();
      held_ = false;
      waited_ = refused_ = 0;
    } else {
      take(got, out, care);
      give(got, out, care);
    }
    out[pins_.pending] = queue_.size();
  }

  bool judged_last() const override { return !held_; }
  std::string remark() const override { return remark_; }

 private:
  void take(const Row& got, Row& out, Row& care) {
    const bool offered = in_[pins_.valid_in] != 0, ready = got[pins_.ready_out] != 0;
    if (offered && ready) queue_.push_back(result_of(in_));
    refused_ = offered && !ready && queue_.empty() ? refused_ + 1 : 0;
    if (refused_ < timeout_) return;
    expect(pins_.ready_out, true, out, care);
    remark_ = fmt::format("operands not accepted for {} clocks (time-out)", refused_);
  }

  void give(const Row& got, Row& out, Row& care) {
    const bool ready = in_[pins_.ready_in] != 0;
    if (got[pins_.valid_out] == 0) {
      waited_ = !queue_.empty() && ready ? waited_ + 1 : 0;
      if (!held_ && waited_ < timeout_) return;
      remark_ = held_ ? "a result that waits for ready_i has gone" : fmt::format("no result for {} clocks (time-out)", waited_);
      if (!queue_.empty()) judged_ = queue_.front();
      return expect(pins_.valid_out, true, out, care);
    }
    waited_ = 0;
    if (queue_.empty()) {
      remark_ = "a result without operands";
      return expect(pins_.valid_out, false, out, care);
    }
    out[pins_.valid_out] = 1;
    held_ = !ready;
    expect(queue_.front(), out, care);
    if (ready) queue_.pop_front();
  }

  const int timeout_;
  Row in_;
  std::deque<Result> queue_;
  bool held_ = false;  ///< a result was there that nobody took
  int waited_ = 0, refused_ = 0;
  std::string remark_;
};

/// Gives the unit's operands when nothing stalls, holds those that were not accepted, and waits for the last results.
class TimedStimulus final : public Stimulus {
 public:
  TimedStimulus(const TimedPins& pins, std::optional<int> latency, std::unique_ptr<Stimulus> operands, Stalls stalls,
                std::uint64_t seed)
      : pins_(pins),
        latency_(latency),
        operands_(std::move(operands)),
        offers_(stalls, seed),
        takes_(stalls, ~seed),
        held_(pins.inputs) {}

  bool next(Row& in, const Row& outputs) override {
    constexpr int kResets = 2, kAfter = 4;
    if (resets_ < kResets) {
      ++resets_;
      std::fill(in.begin(), in.end(), 0);
      return true;
    }
    const bool accepted = offered_ && (latency_ || outputs[pins_.ready_out] != 0);
    if (accepted) loaded_ = offered_ = false;
    if (!loaded_ && !over_) {
      over_ = !operands_->next(held_, outputs);
      loaded_ = !over_;
      vectors_ = operands_->vectors();
    }
    if (over_ && (latency_ || outputs[pins_.pending] == 0) && after_++ == latency_.value_or(kAfter)) return false;
    std::copy(held_.begin(), held_.end(), in.begin());
    const bool must = offered_ && !latency_;  // what was offered stays
    offered_ = loaded_ && (must || offers_.moves());
    in[pins_.reset] = 1;
    in[pins_.valid_in] = offered_ ? 1 : 0;
    in[pins_.ready_in] = latency_ || over_ || takes_.moves() ? 1 : 0;
    return true;
  }

 private:
  const TimedPins& pins_;
  const std::optional<int> latency_;
  std::unique_ptr<Stimulus> operands_;
  StallSource offers_, takes_;
  Row held_;
  bool loaded_ = false, offered_ = false, over_ = false;
  int resets_ = 0, after_ = 0;
};

class TimedUnit final : public Unit {
 public:
  TimedUnit(std::unique_ptr<const Unit> unit, const Timing& timing) : unit_(std::move(unit)), timing_(timing) {
    name_ = unit_->name();
    classes_ = unit_->classes();
    needs_ = unit_->needs();
    inputs_ = unit_->inputs();
    outputs_ = unit_->outputs();
    pins_.inputs = inputs_.words();
    pins_.outputs = outputs_.words();
    pins_.reset = inputs_.add_optional("rst_ni", 1, false, 1);
    pins_.valid_in = inputs_.add_optional("valid_i", 1, false, 1);
    pins_.ready_in = inputs_.add_optional("ready_i", 1, false, 1);
    pins_.valid_out = outputs_.add_optional("valid_o", 1, true);
    pins_.ready_out = outputs_.add_optional("ready_o", 1, true, 1);
    pins_.pending = outputs_.add_hidden();
  }

  rtl::ModuleSpec module(const rtl::ModuleCache& cache) const override { return unit_->module(cache); }
  std::string explain(const Row& in) const override { return unit_->explain(in); }
  const Unit* timeless() const override { return unit_->timeless(); }
  std::uint64_t exhaustive_vectors() const override { return unit_->exhaustive_vectors(); }
  std::uint64_t corner_vectors() const override { return unit_->corner_vectors(); }
  std::uint64_t random_vectors() const override { return unit_->random_vectors(); }
  std::uint64_t block_vectors() const override { return unit_->block_vectors(); }
  std::unique_ptr<UnitModel> make_model() const override {
    if (timing_.latency) return std::make_unique<FixedModel>(*unit_, pins_, *timing_.latency);
    return std::make_unique<HandshakeModel>(*unit_, pins_, timing_.timeout);
  }
  std::unique_ptr<Stimulus> make_stimulus(const Block& block) const override { return timed(unit_->make_stimulus(block), block); }
  OperandItems items_of(const programs::ProductOperands& operands) const override { return unit_->items_of(operands); }
  std::unique_ptr<Stimulus> make_operand_stimulus(const OperandBlock& block) const override {
    return timed(unit_->make_operand_stimulus(block), block);
  }
  std::uint64_t operand_block_vectors() const override { return unit_->operand_block_vectors(); }

 private:
  template <class AnyBlock>
  std::unique_ptr<Stimulus> timed(std::unique_ptr<Stimulus> operands, const AnyBlock& block) const {
    return std::make_unique<TimedStimulus>(pins_, timing_.latency, std::move(operands),
                                           timing_.stalls ? block.stalls : Stalls::None, block.seed);
  }

  std::unique_ptr<const Unit> unit_;
  const Timing timing_;
  TimedPins pins_;
};

}  // namespace

std::unique_ptr<Unit> make_timed_unit(std::unique_ptr<const Unit> unit, const Timing& timing) {
  return std::make_unique<TimedUnit>(std::move(unit), timing);
}

}  // namespace binade::verify
