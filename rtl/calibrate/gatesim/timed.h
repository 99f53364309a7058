// SPDX-License-Identifier: Apache-2.0
// A circuit in time, event by event: what switches, glitches included, and what that costs.
//   At a rising clock edge every flip-flop samples; the inputs change a clock-to-output later, as if registers of the same kind
//   drove them; the clock falls half a period on; the next edge comes when the period is over and all is quiet. Delays are
//   inertial: a transition that its cause takes back before it happens does not happen, and costs nothing.
#ifndef BINADE_RTL_CALIBRATE_GATESIM_TIMED_H
#define BINADE_RTL_CALIBRATE_GATESIM_TIMED_H

#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "network.h"

namespace gatesim {

class Timed {
 public:
  // Starts from nets that are settled, with the states of the flip-flops (by gate).
  Timed(const Network& network, std::vector<std::uint8_t> values, std::vector<std::uint8_t> states);

  // One clock with these values of the inputs, in the circuit's order.
  void clock(const std::vector<std::uint8_t>& inputs);

  const std::vector<std::uint8_t>& values() const { return values_; }
  const std::vector<std::uint64_t>& toggles() const { return toggles_; }  // of each net, since the start
  Energy take() { return std::exchange(energy_, {}); }

 private:
  struct Event {
    double time = 0;
    std::uint64_t sequence = 0;
    int gate = 0, output = 0;  // of an input port: gate -1, output its net
    std::uint32_t version = 0;

    bool operator>(const Event& other) const { return time != other.time ? time > other.time : sequence > other.sequence; }
  };
  // What is to happen at an output.
  struct Pending {
    bool waits = false;
    std::uint32_t version = 0;
    double slew = 0, internal = 0;
  };

  const Network& network_;
  std::vector<std::uint8_t> values_, states_;
  std::vector<std::vector<Pending>> pending_;
  std::vector<std::uint64_t> toggles_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t sequence_ = 0;
  double now_ = 0, half_cv2_ = 0;
  Energy energy_;

  void run(double until);
  void toggle(int net, bool rising, double slew);
  void input_moved(int gate, int input, bool rising, double slew);
  void evaluate(int gate, int input, double slew);
  void edge(bool rising);
  void sample(int gate);
};

}  // namespace gatesim

#endif
