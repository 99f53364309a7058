// SPDX-License-Identifier: Apache-2.0
// A circuit clock by clock without delays: every net changes once a clock at most. What that costs is the energy without glitches.
#ifndef BINADE_RTL_CALIBRATE_GATESIM_SETTLED_H
#define BINADE_RTL_CALIBRATE_GATESIM_SETTLED_H

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "network.h"

namespace gatesim {

class Settled {
 public:
  // Settles with these inputs, every state 0.
  Settled(const Network& network, const std::vector<std::uint8_t>& inputs);

  void clock(const std::vector<std::uint8_t>& inputs);

  const std::vector<std::uint8_t>& values() const { return values_; }
  const std::vector<std::uint8_t>& states() const { return states_; }
  Energy take() { return std::exchange(energy_, {}); }

 private:
  const Network& network_;
  std::vector<std::uint8_t> values_, states_;
  std::vector<std::uint8_t> moved_;           // nets, in this clock
  std::vector<std::array<double, 2>> slews_;  // of each net: the greatest of its arcs
  double half_cv2_ = 0;
  Energy energy_;

  void find_slews();
  void set_inputs(const std::vector<std::uint8_t>& inputs);
  void sample();
  void act_asynchronously();
  void logic();
  void update(int gate);
  int inputs_moved(int gate);
  void move(int net, bool value);
};

}  // namespace gatesim

#endif
