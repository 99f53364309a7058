// SPDX-License-Identifier: Apache-2.0
// A circuit made ready for simulation: who reads a net, the load of each output and the tables at that load, the order of
// evaluation.
#ifndef BINADE_RTL_CALIBRATE_GATESIM_NETWORK_H
#define BINADE_RTL_CALIBRATE_GATESIM_NETWORK_H

#include <array>
#include <cstdint>
#include <vector>

#include "circuit.h"

namespace gatesim {

struct Pin {
  int gate = 0, input = 0;
};

// The delay of one transition and the slew that it leaves, at the output's load.
struct Timing {
  int input = 0;
  const Function* when = nullptr;
  Curve delay[2], slew[2];
};

struct Power {
  int rail = 0;
  const Function* when = nullptr;
  Curve energy[2];
};

// By input: those with a condition before those without.
using Powers = std::vector<std::vector<Power>>;

// An output of a gate.
struct Output {
  int net = -1;
  double load_ff = 0;  // of the pins that it drives and, of a port, the load outside
  std::vector<Timing> timing;
  Powers power;
};

struct Node {
  const Cell* cell = nullptr;
  std::vector<int> inputs;
  std::vector<Output> outputs;
  Powers input_power;  // of inputs alone
};

class Network {
 public:
  // Throws std::runtime_error where the circuit has a loop without a flip-flop, or a net that nothing drives.
  explicit Network(Circuit circuit);

  const Circuit& circuit() const { return circuit_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Pin>& readers(int net) const { return readers_[std::size_t(net)]; }
  const std::vector<int>& order() const { return order_; }  // gates without a state, each behind those that it reads
  const std::vector<int>& flip_flops() const { return flip_flops_; }
  double input_ff(int net) const { return pin_ff_[std::size_t(net)]; }
  double clock_ff() const { return pin_ff_[std::size_t(circuit_.clock)]; }
  bool drives_ports_alone(int net) const { return readers(net).empty(); }
  double input_slew(int net, bool rising) const { return input_slews_[std::size_t(net)][rising]; }
  double clock_slew() const { return clock_slew_; }
  // What a flip-flop takes from the clock to its output: the mean of this circuit's, at their loads; 0 without any.
  double clock_to_output() const { return clock_to_output_; }

 private:
  Circuit circuit_;
  std::vector<Node> nodes_;
  std::vector<std::vector<Pin>> readers_;
  std::vector<double> pin_ff_;
  std::vector<int> order_, flip_flops_;
  std::vector<std::array<double, 2>> input_slews_;
  double clock_slew_ = 0, clock_to_output_ = 0;

  void connect();
  void reduce();
  void sort();
  void drive();
};

// Energy, fJ. `load` is half of C V^2 of the pins that the circuit's own outputs drive, `inputs` that of the pins behind its ports;
// what a port drives outside is its reader's.
struct Energy {
  double internal = 0, load = 0, inputs = 0, clock = 0;
  std::uint64_t toggles = 0;
};

// The index of a function's table: pins of a gate, bit i being pin i.
inline unsigned index_of(const std::vector<int>& nets, const std::vector<std::uint8_t>& values) {
  unsigned index = 0;
  for (std::size_t i = 0; i < nets.size(); ++i) index |= unsigned(values[std::size_t(nets[i])]) << i;
  return index;
}

// The same of inputs, then outputs: what a `when` is said in. An output on no net counts as 0.
unsigned index_of_pins(const Node& node, const std::vector<std::uint8_t>& values);

// What a transition that an input causes costs: of each rail the first arc whose `when` holds, else the one without.
double energy_of(const Powers& powers, int input, unsigned index, bool rising, double slew);

// The arc of a transition that an input causes; null where the library has none.
const Timing* timing_of(const Output& output, int input, unsigned index);

}  // namespace gatesim

#endif
