// SPDX-License-Identifier: Apache-2.0
// The cycle core: sequencer, port registers and array, one rising edge at a time.
#include <algorithm>
#include <vector>

#include "models/datapath/cycle/cycle_array.h"
#include "models/datapath/cycle/sequencer.h"

namespace binade::datapath {
namespace {

/// Payload of a port buffer; the sequencer counts its entries.
template <class Word>
class VectorQueue {
 public:
  VectorQueue(std::size_t entries, std::size_t lanes) : entries_(entries), lanes_(lanes), words_(entries * lanes) {}
  const Word* front() const { return words_.data() + head_ * lanes_; }
  void push(const Word* lanes) {
    std::copy_n(lanes, lanes_, words_.data() + tail_ * lanes_);
    tail_ = after(tail_);
  }
  void pop() { head_ = after(head_); }
  void clear() { head_ = tail_ = 0; }

 private:
  std::size_t after(std::size_t entry) const { return entry + 1 == entries_ ? 0 : entry + 1; }

  std::size_t entries_, lanes_;
  std::vector<Word> words_;
  std::size_t head_ = 0, tail_ = 0;
};

class CycleCore final : public SteppedCore {
 public:
  explicit CycleCore(const CoreConfig& config)
      : config_(config),
        sequencer_(config_),
        array_(make_cycle_array(config_)),
        a_(2, static_cast<std::size_t>(config_.rows)),
        b_(2, static_cast<std::size_t>(config_.cols)),
        out_(static_cast<std::size_t>(config_.lane_latency) + 3, static_cast<std::size_t>(config_.cols)) {
    update_pins(false);
  }

  const CoreConfig& config() const override { return config_; }
  const CorePinsOut& pins() const override { return pins_; }
  const TileClocks& clocks() const override { return clocks_; }
  const TileStats& stats() const override { return stats_; }

  void reset() override {
    sequencer_.reset();
    array_->reset();
    a_.clear();
    b_.clear();
    out_.clear();
    clocks_ = {};
    stats_ = {};
    update_pins(false);
  }

  void clock(const CorePinsIn& in) override {
    const Sequencer::Edge edge = sequencer_.clock({in.command, in.a != nullptr, in.b != nullptr, in.out_ready});
    if (edge.command) array_->begin(*in.command);
    if (edge.bias) array_->store_bias(b_.front());
    if (edge.out_pop) out_.pop();
    if (edge.beat) {
      const std::uint64_t* const vector = array_->beat(edge.a_pop ? a_.front() : nullptr, edge.b_pop ? b_.front() : nullptr);
      if (edge.emit) out_.push(vector);
    }
    if (edge.a_pop) a_.pop();
    if (edge.b_pop || edge.bias) b_.pop();
    if (edge.a_push) a_.push(in.a);
    if (edge.b_push) b_.push(in.b);
    if (edge.done) {
      clocks_ = sequencer_.clocks();
      stats_ = array_->stats();
    }
    update_pins(edge.done);
  }

 private:
  void update_pins(bool done) {
    pins_.command_ready = sequencer_.command_ready();
    pins_.a_ready = sequencer_.a_ready();
    pins_.b_ready = sequencer_.b_ready();
    pins_.out = sequencer_.out_valid() ? out_.front() : nullptr;
    pins_.done = done;
  }

  const CoreConfig config_;
  Sequencer sequencer_;
  std::unique_ptr<CycleArray> array_;
  VectorQueue<numerics::Code> a_, b_;
  VectorQueue<std::uint64_t> out_;  ///< lanes and output register
  CorePinsOut pins_;
  TileClocks clocks_;
  TileStats stats_;
};

}  // namespace

std::unique_ptr<SteppedCore> make_cycle_core(const CoreConfig& config) { return std::make_unique<CycleCore>(config); }

}  // namespace binade::datapath
