// SPDX-License-Identifier: Apache-2.0
#include "settled.h"

#include <algorithm>
#include <stdexcept>

namespace gatesim {

Settled::Settled(const Network& network, const std::vector<std::uint8_t>& inputs)
    : network_(network),
      values_(std::size_t(network.circuit().nets)),
      states_(network.nodes().size()),
      moved_(values_.size()),
      slews_(values_.size()) {
  half_cv2_ = network.circuit().voltage * network.circuit().voltage / 2;
  find_slews();
  values_[One] = 1;
  set_inputs(inputs);
  act_asynchronously();
  for (int gate : network.flip_flops()) update(gate);
  logic();
  energy_ = {};
}

void Settled::clock(const std::vector<std::uint8_t>& inputs) {
  std::fill(moved_.begin(), moved_.end(), 0);
  sample();
  set_inputs(inputs);
  act_asynchronously();
  for (int gate : network_.flip_flops()) update(gate);
  logic();
  for (int gate : network_.flip_flops()) inputs_moved(gate);
}

// Slews without events: behind each arc that of its slower side, in the order of the logic.
void Settled::find_slews() {
  const Circuit& circuit = network_.circuit();
  for (int net : circuit.inputs) slews_[std::size_t(net)] = {network_.input_slew(net, false), network_.input_slew(net, true)};
  if (circuit.clock >= 0) slews_[std::size_t(circuit.clock)] = {network_.clock_slew(), network_.clock_slew()};
  const auto pass = [&](int gate) {
    const Node& node = network_.nodes()[std::size_t(gate)];
    for (const Output& output : node.outputs) {
      if (output.net < 0) continue;
      auto& slews = slews_[std::size_t(output.net)];
      for (const Timing& timing : output.timing) {
        const auto& before = slews_[std::size_t(node.inputs[std::size_t(timing.input)])];
        for (std::size_t way : {0, 1}) slews[way] = std::max(slews[way], timing.slew[way].at(std::max(before[0], before[1])));
      }
    }
  };
  for (int gate : network_.flip_flops()) pass(gate);
  for (int gate : network_.order()) pass(gate);
}

void Settled::set_inputs(const std::vector<std::uint8_t>& inputs) {
  const Circuit& circuit = network_.circuit();
  if (inputs.size() != circuit.inputs.size()) throw std::runtime_error("stimulus: another number of inputs than the circuit has");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const int net = circuit.inputs[i];
    if (bool(values_[std::size_t(net)]) == bool(inputs[i])) continue;
    energy_.inputs += half_cv2_ * network_.input_ff(net);
    move(net, inputs[i] != 0);
  }
}

void Settled::sample() {
  const int clock = network_.circuit().clock;
  if (clock < 0) return;
  for (bool rising : {true, false}) {
    energy_.clock += half_cv2_ * network_.clock_ff();
    values_[std::size_t(clock)] = rising;
    for (int gate : network_.flip_flops()) {
      const Node& node = network_.nodes()[std::size_t(gate)];
      energy_.clock += energy_of(node.input_power, node.cell->clock, index_of_pins(node, values_), rising, network_.clock_slew());
    }
  }
  values_[std::size_t(clock)] = 1;  // everything moves right behind the rising edge
  for (int gate : network_.flip_flops()) {
    const Node& node = network_.nodes()[std::size_t(gate)];
    auto& state = states_[std::size_t(gate)];
    state = node.cell->next.at(index_of(node.inputs, values_) | unsigned(state) << node.inputs.size());
  }
  act_asynchronously();  // with the inputs as they were: what is held in reset samples nothing
}

void Settled::act_asynchronously() {
  for (int gate : network_.flip_flops()) {
    const Node& node = network_.nodes()[std::size_t(gate)];
    auto& state = states_[std::size_t(gate)];
    const unsigned index = index_of(node.inputs, values_) | unsigned(state) << node.inputs.size();
    if (node.cell->has_preset && node.cell->preset.at(index)) state = 1;
    if (node.cell->has_clear && node.cell->clear.at(index)) state = 0;
  }
}

void Settled::logic() {
  for (int gate : network_.order()) update(gate);
}

// Counts what the inputs that have moved cost by themselves; returns the last one, of a flip-flop its clock.
int Settled::inputs_moved(int gate) {
  const Node& node = network_.nodes()[std::size_t(gate)];
  int last = node.cell->clock;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const auto net = std::size_t(node.inputs[i]);
    if (!moved_[net]) continue;
    if (!node.cell->flip_flop) last = int(i);
    const bool rising = values_[net] != 0;
    energy_.internal += energy_of(node.input_power, int(i), index_of_pins(node, values_), rising, slews_[net][rising]);
  }
  return last;
}

void Settled::update(int gate) {
  const Node& node = network_.nodes()[std::size_t(gate)];
  const int last = node.cell->flip_flop ? node.cell->clock : inputs_moved(gate);
  const unsigned index = index_of_pins(node, values_);
  const unsigned function_index = index_of(node.inputs, values_) | unsigned(states_[std::size_t(gate)]) << node.inputs.size();
  for (std::size_t o = 0; o < node.outputs.size(); ++o) {
    const Output& output = node.outputs[o];
    const bool value = node.cell->outputs[o].at(function_index);
    if (output.net < 0 || bool(values_[std::size_t(output.net)]) == value) continue;
    if (last >= 0) {
      const auto cause = std::size_t(node.inputs[std::size_t(last)]);
      energy_.internal += energy_of(output.power, last, index, value, slews_[cause][values_[cause]]);
    }
    energy_.load += half_cv2_ * network_.input_ff(output.net);
    move(output.net, value);
  }
}

void Settled::move(int net, bool value) {
  values_[std::size_t(net)] = value;
  moved_[std::size_t(net)] = 1;
  ++energy_.toggles;
}

}  // namespace gatesim
