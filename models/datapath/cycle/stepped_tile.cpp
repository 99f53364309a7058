// SPDX-License-Identifier: Apache-2.0
// A SteppedCore behind the tile-level seam.
#include <utility>
#include <vector>

#include "models/datapath/check_command.h"
#include "models/datapath/cycle/feeder.h"
#include "models/datapath/timing.h"
#include "models/numerics/error.h"

namespace binade::datapath {
namespace {

/// The memory side of one operand port: fetches a vector when the port can take it.
class OperandPort {
 public:
  explicit OperandPort(std::size_t lanes) : lanes_(lanes) {}
  void start(Feeder feeder, std::uint64_t vectors) {
    feeder_ = std::move(feeder);
    next_ = fetched_ = 0;
    vectors_ = vectors;
  }
  /// The pin on the coming edge; `fetch(vector, lanes)` reads memory.
  template <class Fetch>
  const numerics::Code* pin(Fetch fetch) {
    if (!feeder_.open() || next_ == vectors_) return nullptr;
    if (fetched_ == next_) fetch(fetched_++, std::span(lanes_));
    return lanes_.data();
  }
  void edge(bool transferred) {
    feeder_.edge(transferred);
    next_ += transferred ? 1 : 0;
  }
  void check_carried() const { feeder_.check_carried(); }

 private:
  Feeder feeder_;
  std::vector<numerics::Code> lanes_;
  std::uint64_t next_ = 0, fetched_ = 0, vectors_ = 0;
};

class SteppedTile final : public Core {
 public:
  explicit SteppedTile(std::unique_ptr<SteppedCore> core)
      : core_(std::move(core)),
        a_(static_cast<std::size_t>(core_->config().rows)),
        b_(static_cast<std::size_t>(core_->config().cols)) {}

  const CoreConfig& config() const override { return core_->config(); }
  const TileClocks& clocks() const override { return core_->clocks(); }
  const TileStats& stats() const override { return core_->stats(); }
  std::uint64_t clocks_to_event() const override { return streams_ != nullptr ? 1 : 0; }

  void reset() override {
    core_->reset();
    streams_ = nullptr;
  }

  void start(const CoreCommand& command, TileStreams& streams) override {
    if (streams_ != nullptr) throw InvariantError("core: a tile starts while another runs");
    command_ = command;
    command_pending_ = true;
    streams_ = &streams;
    check_command(config(), command);
    a_.start(Feeder(config(), command, streams, Stream::A), a_vectors(config(), command));
    b_.start(Feeder(config(), command, streams, Stream::B), b_vectors(config(), command));
    out_ = Feeder(config(), command, streams, Stream::Out);
    out_next_ = 0;
  }

  bool advance(std::uint64_t clocks) override {
    if (clocks > clocks_to_event()) throw InvariantError("core: advanced past its next event");
    return clocks == 1 && edge();
  }

 private:
  bool edge() {
    const CorePinsOut& pins = core_->pins();
    CorePinsIn in;
    in.command = command_pending_ ? &command_ : nullptr;
    in.a = a_.pin([&](std::uint64_t vector, std::span<numerics::Code> lanes) { streams_->read_a(vector, lanes); });
    in.b = b_.pin([&](std::uint64_t vector, std::span<numerics::Code> lanes) { streams_->read_b(vector, lanes); });
    in.out_ready = out_.open();
    const bool a_moves = in.a != nullptr && pins.a_ready, b_moves = in.b != nullptr && pins.b_ready;
    const bool out_moves = in.out_ready && pins.out != nullptr;
    if (command_pending_ && pins.command_ready) command_pending_ = false;
    if (out_moves) streams_->write_out(out_next_++, std::span(pins.out, static_cast<std::size_t>(config().cols)));
    core_->clock(in);
    a_.edge(a_moves);
    b_.edge(b_moves);
    out_.edge(out_moves);
    if (!core_->pins().done) return false;
    a_.check_carried();
    b_.check_carried();
    out_.check_carried();
    streams_ = nullptr;
    return true;
  }

  std::unique_ptr<SteppedCore> core_;
  TileStreams* streams_ = nullptr;
  CoreCommand command_;
  bool command_pending_ = false;
  OperandPort a_, b_;
  Feeder out_;
  std::uint64_t out_next_ = 0;
};

}  // namespace

std::unique_ptr<Core> make_stepped_tile(std::unique_ptr<SteppedCore> core) {
  return std::make_unique<SteppedTile>(std::move(core));
}

}  // namespace binade::datapath
