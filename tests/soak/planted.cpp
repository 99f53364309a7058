// SPDX-License-Identifier: Apache-2.0
#include "tests/soak/planted.h"

#include <array>
#include <utility>

#include "models/kernels/fast_core.h"
#include "models/numerics/error.h"

namespace binade::soak {
namespace {

using numerics::Code;

/// Lets everything through but a bit.
class FlippingStreams final : public datapath::TileStreams {
 public:
  FlippingStreams(datapath::TileStreams& streams, bool flips) : streams_(streams), flips_(flips) {}
  void read_a(std::uint64_t vector, std::span<Code> lanes) override {
    streams_.read_a(vector, lanes);
    for (const Code code : lanes) armed_ |= code >> 31 == 0 && (code & 3) == 3;  // the lanes outside a tile have the highest bit
  }
  void read_b(std::uint64_t vector, std::span<Code> lanes) override { streams_.read_b(vector, lanes); }
  void write_out(std::uint64_t vector, std::span<const std::uint64_t> lanes) override {
    std::vector<std::uint64_t> out(lanes.begin(), lanes.end());
    if (flips_ && armed_ && vector == 0) out.front() ^= 1;
    streams_.write_out(vector, out);
  }
  int interval(datapath::Stream stream, int lanes) const override { return streams_.interval(stream, lanes); }

 private:
  datapath::TileStreams& streams_;
  bool flips_, armed_ = false;
};

class PlantedCore final : public datapath::Core {
 public:
  PlantedCore(std::unique_ptr<datapath::Core> core, Plant plant) : core_(std::move(core)), plant_(plant) {}
  const datapath::CoreConfig& config() const override { return core_->config(); }
  void reset() override { core_->reset(); }
  void start(const datapath::CoreCommand& command, datapath::TileStreams& streams) override {
    streams_ = std::make_unique<FlippingStreams>(streams, plant_ == Plant::Bit);
    k_ = command.k;
    core_->start(command, *streams_);
  }
  std::uint64_t clocks_to_event() const override { return core_->clocks_to_event(); }
  bool advance(std::uint64_t clocks) override {
    if (!core_->advance(clocks)) return false;
    constexpr std::int64_t kLongest = 5;
    clocks_ = core_->clocks();
    stats_ = core_->stats();
    if (plant_ == Plant::Event && stats_.events.inexact != 0) --stats_.events.inexact;
    if (plant_ == Plant::Clock && k_ > kLongest) {
      --clocks_.overhead;
      ++clocks_.stall_a;
    }
    return true;
  }
  const datapath::TileClocks& clocks() const override { return clocks_; }
  const datapath::TileStats& stats() const override { return stats_; }

 private:
  const std::unique_ptr<datapath::Core> core_;
  const Plant plant_;
  std::unique_ptr<FlippingStreams> streams_;
  std::int64_t k_ = 0;
  datapath::TileClocks clocks_;
  datapath::TileStats stats_;
};

}  // namespace

Plant parse_plant(std::string_view word) {
  constexpr std::array<std::string_view, 4> kWords{"none", "bit", "event", "clock"};
  for (std::size_t i = 0; i < kWords.size(); ++i)
    if (kWords[i] == word) return static_cast<Plant>(i);
  throw InputError("plant: '" + std::string(word) + "' is unknown; allowed: none bit event clock");
}

MakeCore planted(Plant plant) {
  return [plant](const datapath::CoreConfig& config, int threads) -> std::unique_ptr<datapath::Core> {
    auto core = kernels::make_fast_core(config, threads);
    if (plant == Plant::None) return core;
    return std::make_unique<PlantedCore>(std::move(core), plant);
  };
}

}  // namespace binade::soak
