// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/tile_sampler.h"

#include <algorithm>
#include <random>

#include "models/numerics/error.h"

namespace binade::lockstep {

void TileSampler::begin_run(const std::string& layer, std::int64_t tiles) {
  const auto row = std::find_if(report_.layers.begin(), report_.layers.end(),
                                [&](const sim::RtlSampleLayer& each) { return each.name == layer; });
  row_ = static_cast<std::size_t>(row - report_.layers.begin());
  if (row == report_.layers.end()) report_.layers.push_back({.name = layer, .sampled = {}});
  drawn_.assign(static_cast<std::size_t>(tiles), false);
  next_ = 0;
  std::seed_seq words{static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32),
                      static_cast<std::uint32_t>(runs_++)};
  std::mt19937_64 random(words);
  std::int64_t wanted = size_.of(tiles);
  for (std::int64_t i = 0; i < tiles; ++i) {  // selection sampling: every set of `wanted` tiles is as likely
    if (static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(tiles - i)) >= wanted) continue;
    drawn_[static_cast<std::size_t>(i)] = true;
    --wanted;
  }
}

bool TileSampler::begin_tile() {
  if (next_ == drawn_.size()) throw InvariantError("tile sampler: more tiles than announced");
  sampling_ = drawn_[next_++];
  sim::RtlSampleLayer& row = report_.layers[row_];
  if (sampling_) row.sampled.push_back(row.tiles);
  ++row.tiles;
  return sampling_;
}

void TileSampler::end_command(const datapath::TileClocks& clocks) {
  sim::RtlSampleLayer& row = report_.layers[row_];
  row.layer_macs += clocks.macs;
  if (!sampling_) return;
  row.clocks += clocks.clocks();
  row.macs += clocks.macs;
}

}  // namespace binade::lockstep
