// SPDX-License-Identifier: Apache-2.0
// One stimulus for every PE family, so that two of them can be compared.
#pragma once

#include <random>
#include <vector>

#include "models/datapath/pe/lane.h"

namespace binade::datapath::test {

/// Products of drawn codes into two rows of sums, by rows, by one broadcast or under a mask, then bias and ReLU.
template <class Pe, class Draw>
std::vector<std::uint64_t> outputs(Pe& pe, const CoreCommand& command, Draw draw, std::uint64_t seed) {
  constexpr std::size_t kLanes = 19;
  constexpr int kSteps = 24;
  std::mt19937_64 random(seed);
  using Row = MacRow<typename Pe::Operand>;
  typename Pe::Sums sums(pe, 2 * kLanes);
  pe.begin(command);
  pe.clear(sums, 0, 2 * kLanes);
  for (int step = 0; step < kSteps; ++step) {
    std::vector<typename Pe::Operand> a(2 * kLanes), b(2 * kLanes);
    for (auto& operand : a) operand = pe.decode_a(draw(random));
    for (auto& operand : b) operand = pe.decode_b(draw(random));
    const std::size_t used = 1 + random() % kLanes;
    if (step % 3 == 0) {
      pe.mac_rows(sums, std::vector<Row>{{a.data(), b.data(), 0, kLanes}, {a.data() + kLanes, b.data() + kLanes, kLanes, used}});
    } else if (step % 3 == 1) {
      pe.mac_broadcast(sums, 0, a[0], b.data(), kLanes);
    } else {
      std::vector<PeMask> masks(kLanes);
      for (PeMask& mask : masks) mask = {static_cast<std::int16_t>(random() % 4), static_cast<std::int16_t>(random() % kLanes)};
      for (std::size_t j = 0; j < kLanes; ++j) {  // as in the array: idle operands where no vector passes
        if (!masks[j].contains(1, static_cast<int>(j))) a[j] = b[j] = pe.idle();
      }
      pe.mac_rows(sums, std::vector<Row>{{a.data() + kLanes, b.data() + kLanes, kLanes, used},
                                         {a.data(), b.data(), 0, kLanes, masks.data(), 1}});
    }
  }
  std::vector<std::uint64_t> words;
  for (std::size_t j = 0; j < 2 * kLanes; ++j) {
    LaneInput lane;
    lane.bias = j % 2 != 0;
    lane.relu = j % 3 == 0;
    lane.bias_code = draw(random);
    words.push_back(pe.finish(sums, j, lane));
  }
  return words;
}

}  // namespace binade::datapath::test
