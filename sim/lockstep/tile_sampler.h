// SPDX-License-Identifier: Apache-2.0
// Which tiles of a run also go through the RTL: so many of each layer, drawn without replacement, and what they cover.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/datapath/core.h"
#include "sim/lockstep/sample_size.h"
#include "sim/report/run_report.h"

namespace binade::lockstep {

class TileSampler {
 public:
  TileSampler(SampleSize size, std::uint64_t seed) : size_(std::move(size)), seed_(seed) {}

  /// The device is about to run `tiles` tiles of a layer: draws among them. A layer that runs several times (passes, exponent
  /// tries) is drawn from each time; its tiles are numbered on.
  void begin_run(const std::string& layer, std::int64_t tiles);
  /// The next tile of that run begins; true where it was drawn.
  bool begin_tile();
  /// A command of the tile under way has ended with these clocks, on the core that runs everything.
  void end_command(const datapath::TileClocks& clocks);

  const sim::RtlSample& report() const { return report_; }

 private:
  const SampleSize size_;
  const std::uint64_t seed_;
  std::uint64_t runs_ = 0;
  std::size_t row_ = 0;      ///< of the layer under way
  std::vector<bool> drawn_;  ///< of the run under way
  std::size_t next_ = 0;
  bool sampling_ = false;
  sim::RtlSample report_{size_.word, {}};
};

}  // namespace binade::lockstep
