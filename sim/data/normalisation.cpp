// SPDX-License-Identifier: Apache-2.0
#include "sim/data/normalisation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace binade::sim {

std::string Normalisation::text() const {
  if (channels == 1) return fmt::format("(x/255 - {}) / {}", mean[0], deviation[0]);
  return fmt::format("(x/255 - mean) / deviation, mean ({}), deviation ({})", fmt::join(mean, ", "), fmt::join(deviation, ", "));
}

std::vector<Levels> binary32_levels(const Normalisation& normalisation) {
  std::vector<Levels> levels(normalisation.channels);
  for (std::size_t channel = 0; channel < levels.size(); ++channel) {
    const auto mean = static_cast<float>(normalisation.mean[channel]);
    const auto deviation = static_cast<float>(normalisation.deviation[channel]);
    for (std::size_t byte = 0; byte < levels[channel].size(); ++byte)
      levels[channel][byte] = (static_cast<float>(byte) / 255.0F - mean) / deviation;
  }
  return levels;
}

float rounded_once(const Normalisation& normalisation, std::size_t channel, std::uint8_t byte) {
  return static_cast<float>((byte / 255.0 - normalisation.mean[channel]) / normalisation.deviation[channel]);
}

}  // namespace binade::sim
