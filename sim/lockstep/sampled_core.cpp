// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/sampled_core.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "models/datapath/dataflow/dataflow.h"
#include "models/datapath/timing.h"

namespace binade::lockstep {
namespace {

using datapath::CoreCommand;

/// Streams of a tile whose output vectors are also kept.
class KeptStreams final : public datapath::TileStreams {
 public:
  KeptStreams(datapath::TileStreams& streams, std::size_t cols, std::uint64_t vectors)
      : streams_(streams), cols_(cols), words_(cols * vectors) {}
  void read_a(std::uint64_t vector, std::span<numerics::Code> lanes) override { streams_.read_a(vector, lanes); }
  void read_b(std::uint64_t vector, std::span<numerics::Code> lanes) override { streams_.read_b(vector, lanes); }
  void write_out(std::uint64_t vector, std::span<const std::uint64_t> lanes) override {
    std::copy(lanes.begin(), lanes.end(), words_.begin() + static_cast<std::ptrdiff_t>(vector * cols_));
    streams_.write_out(vector, lanes);
  }
  int interval(datapath::Stream stream, int lanes) const override { return streams_.interval(stream, lanes); }

  std::span<const std::uint64_t> vector(std::uint64_t index) const { return std::span(words_).subspan(index * cols_, cols_); }

 private:
  datapath::TileStreams& streams_;
  std::size_t cols_;
  std::vector<std::uint64_t> words_;
};

/// The same streams for the second time: outputs are compared instead of written.
class CheckedStreams final : public datapath::TileStreams {
 public:
  CheckedStreams(const datapath::CoreConfig& config, const CoreCommand& command, datapath::TileStreams& streams,
                 const KeptStreams& kept)
      : config_(config), command_(command), streams_(streams), kept_(kept) {}
  void read_a(std::uint64_t vector, std::span<numerics::Code> lanes) override { streams_.read_a(vector, lanes); }
  void read_b(std::uint64_t vector, std::span<numerics::Code> lanes) override { streams_.read_b(vector, lanes); }
  void write_out(std::uint64_t vector, std::span<const std::uint64_t> lanes) override {
    if (difference_) return;
    const std::span<const std::uint64_t> base = kept_.vector(vector);
    const auto cols = static_cast<std::size_t>(run_of(config_, command_, datapath::Stream::Out, vector).lanes);
    for (std::size_t lane = 0; lane < cols; ++lane) {
      if (base[lane] == lanes[lane]) continue;
      difference_.emplace();
      difference_->kind = Difference::Kind::Output;
      difference_->port = "out_o";
      difference_->vector = vector;
      difference_->lane = lane;
      difference_->first = base[lane];
      difference_->second = lanes[lane];
      return;
    }
  }
  int interval(datapath::Stream stream, int lanes) const override { return streams_.interval(stream, lanes); }

  const std::optional<Difference>& difference() const { return difference_; }

 private:
  const datapath::CoreConfig& config_;
  const CoreCommand& command_;
  datapath::TileStreams& streams_;
  const KeptStreams& kept_;
  std::optional<Difference> difference_;
};

class SampledCore final : public datapath::Core {
 public:
  SampledCore(std::unique_ptr<datapath::Core> base, std::unique_ptr<LockstepCore> lockstep, TileSampler& sampler)
      : base_(std::move(base)),
        pair_(lockstep.get()),
        lockstep_(datapath::make_stepped_tile(std::move(lockstep))),
        sampler_(sampler) {}

  const datapath::CoreConfig& config() const override { return base_->config(); }
  std::uint64_t clocks_to_event() const override { return base_->clocks_to_event(); }
  const datapath::TileClocks& clocks() const override { return base_->clocks(); }
  const datapath::TileStats& stats() const override { return base_->stats(); }

  void reset() override {
    base_->reset();
    lockstep_->reset();
    sampled_ = false;
  }

  void start(const CoreCommand& command, datapath::TileStreams& streams) override {
    if (command.first_k) sampled_ = sampler_.begin_tile();
    command_ = command;
    streams_ = &streams;
    if (!sampled_) {
      base_->start(command, streams);
      return;
    }
    kept_.emplace(streams, static_cast<std::size_t>(config().cols), out_vectors(config(), command));
    base_->start(command, *kept_);
  }

  bool advance(std::uint64_t clocks) override {
    if (!base_->advance(clocks)) return false;
    sampler_.end_command(base_->clocks());
    if (sampled_) run_again();
    return true;
  }

 private:
  void run_again() {
    CheckedStreams checked(config(), command_, *streams_, *kept_);
    lockstep_->start(command_, checked);
    std::uint64_t clocks = 1;
    while (!lockstep_->advance(1)) ++clocks;
    std::optional<Difference> difference = checked.difference();
    if (!difference) difference = compare_results(base_->clocks(), base_->stats(), lockstep_->clocks(), lockstep_->stats());
    if (!difference) return;
    difference->clock = clocks - 1;
    difference->first_name = "the core that runs everything";
    difference->second_name = "cycle and rtl";
    pair_->fail(*difference);
  }

  std::unique_ptr<datapath::Core> base_;
  LockstepCore* pair_;  ///< inside lockstep_
  std::unique_ptr<datapath::Core> lockstep_;
  TileSampler& sampler_;
  CoreCommand command_;
  datapath::TileStreams* streams_ = nullptr;
  std::optional<KeptStreams> kept_;
  bool sampled_ = false;
};

}  // namespace

std::unique_ptr<datapath::Core> make_sampled_core(std::unique_ptr<datapath::Core> base, std::unique_ptr<LockstepCore> lockstep,
                                                  TileSampler& sampler) {
  return std::make_unique<SampledCore>(std::move(base), std::move(lockstep), sampler);
}

}  // namespace binade::lockstep
