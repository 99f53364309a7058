// SPDX-License-Identifier: Apache-2.0
#include "network.h"

#include <stdexcept>

namespace gatesim {

namespace {

constexpr double FirstSlewPs = 20;  // where the slew of a chain of drivers is sought from

}  // namespace

Network::Network(Circuit circuit) : circuit_(std::move(circuit)) {
  connect();
  reduce();
  sort();
  drive();
}

void Network::connect() {
  readers_.resize(std::size_t(circuit_.nets));
  pin_ff_.resize(std::size_t(circuit_.nets));
  std::vector<bool> driven(std::size_t(circuit_.nets));
  driven[Zero] = driven[One] = true;
  for (int net : circuit_.inputs) driven[std::size_t(net)] = true;
  if (circuit_.clock >= 0) driven[std::size_t(circuit_.clock)] = true;
  for (std::size_t g = 0; g < circuit_.gates.size(); ++g) {
    const Gate& gate = circuit_.gates[g];
    const Cell& cell = circuit_.cells[std::size_t(gate.cell)];
    for (std::size_t i = 0; i < gate.inputs.size(); ++i) {
      const auto net = std::size_t(gate.inputs[i]);
      readers_[net].push_back({int(g), int(i)});
      pin_ff_[net] += cell.input_ff[i];
    }
    for (int net : gate.outputs)
      if (net >= 0) driven[std::size_t(net)] = true;
  }
  for (std::size_t net = 0; net < readers_.size(); ++net)
    if (!readers_[net].empty() && !driven[net]) throw std::runtime_error("circuit: nothing drives net " + std::to_string(net));
}

// The tables at the loads of this circuit.
void Network::reduce() {
  std::vector<double> outside(std::size_t(circuit_.nets));
  for (int net : circuit_.outputs) outside[std::size_t(net)] = circuit_.load_ff;
  for (const Gate& gate : circuit_.gates) {
    const Cell& cell = circuit_.cells[std::size_t(gate.cell)];
    Node node{&cell, gate.inputs, std::vector<Output>(gate.outputs.size()), {}};
    for (std::size_t o = 0; o < gate.outputs.size(); ++o) {
      Output& output = node.outputs[o];
      output.net = gate.outputs[o];
      if (output.net >= 0) output.load_ff = pin_ff_[std::size_t(output.net)] + outside[std::size_t(output.net)];
    }
    for (const DelayArc& arc : cell.delays) {
      Output& output = node.outputs[std::size_t(arc.output)];
      Timing timing{arc.input, &arc.when, {}, {}};
      for (int way : {0, 1}) {
        timing.delay[way] = arc.delay[way].at_load(output.load_ff);
        timing.slew[way] = arc.slew[way].at_load(output.load_ff);
      }
      output.timing.push_back(std::move(timing));
    }
    node.input_power.resize(gate.inputs.size());
    for (Output& output : node.outputs) output.power.resize(gate.inputs.size());
    for (bool stated : {true, false}) {
      for (const PowerArc& arc : cell.powers) {
        if (arc.when.table.empty() == stated) continue;
        const double load = arc.output < 0 ? 0 : node.outputs[std::size_t(arc.output)].load_ff;
        Powers& to = arc.output < 0 ? node.input_power : node.outputs[std::size_t(arc.output)].power;
        to[std::size_t(arc.input)].push_back({arc.rail, &arc.when, {arc.energy[0].at_load(load), arc.energy[1].at_load(load)}});
      }
    }
    nodes_.push_back(std::move(node));
  }
}

void Network::sort() {
  std::vector<int> waits(nodes_.size());
  std::vector<int> ready_nets{Zero, One};
  if (circuit_.clock >= 0) ready_nets.push_back(circuit_.clock);
  ready_nets.insert(ready_nets.end(), circuit_.inputs.begin(), circuit_.inputs.end());
  const auto outputs_are_ready = [&](const Node& node) {
    for (const Output& output : node.outputs)
      if (output.net >= 0) ready_nets.push_back(output.net);
  };
  std::size_t logic = 0;
  for (std::size_t g = 0; g < nodes_.size(); ++g) {
    if (nodes_[g].cell->flip_flop) {
      flip_flops_.push_back(int(g));
      outputs_are_ready(nodes_[g]);
    } else {
      waits[g] = int(nodes_[g].inputs.size());
      ++logic;
      if (waits[g] == 0) {
        order_.push_back(int(g));
        outputs_are_ready(nodes_[g]);
      }
    }
  }
  for (std::size_t i = 0; i < ready_nets.size(); ++i) {
    for (const Pin& pin : readers(ready_nets[i])) {
      const auto g = std::size_t(pin.gate);
      if (nodes_[g].cell->flip_flop || --waits[g] > 0) continue;
      order_.push_back(pin.gate);
      outputs_are_ready(nodes_[g]);
    }
  }
  if (order_.size() != logic) throw std::runtime_error("circuit: a loop without a flip-flop");
}

// Inputs, and the clock, are driven by an inverter whose own input has the slew of a chain of them, each driving the load.
void Network::drive() {
  const Cell& driver = circuit_.cells[std::size_t(circuit_.driver)];
  if (driver.delays.empty()) throw std::runtime_error("circuit: a driver without delays");
  const DelayArc& arc = driver.delays.front();
  double slew = FirstSlewPs;
  for (int stage = 0; stage < 32; ++stage) slew = arc.slew[stage % 2].at_load(circuit_.load_ff).at(slew);
  clock_slew_ = slew;
  input_slews_.resize(std::size_t(circuit_.nets));
  for (int net : circuit_.inputs)
    for (int way : {0, 1}) input_slews_[std::size_t(net)][std::size_t(way)] = arc.slew[way].at_load(input_ff(net)).at(slew);
  double sum = 0;
  int count = 0;
  for (int g : flip_flops_) {
    for (const Output& output : nodes_[std::size_t(g)].outputs) {
      for (const Timing& timing : output.timing) {
        if (timing.input != nodes_[std::size_t(g)].cell->clock) continue;
        sum += (timing.delay[0].at(slew) + timing.delay[1].at(slew)) / 2;
        ++count;
      }
    }
  }
  clock_to_output_ = count ? sum / count : 0;
}

unsigned index_of_pins(const Node& node, const std::vector<std::uint8_t>& values) {
  unsigned index = index_of(node.inputs, values);
  for (std::size_t o = 0; o < node.outputs.size(); ++o) {
    const int net = node.outputs[o].net;
    if (net >= 0) index |= unsigned(values[std::size_t(net)]) << (node.inputs.size() + o);
  }
  return index;
}

double energy_of(const Powers& powers, int input, unsigned index, bool rising, double slew) {
  double sum = 0;
  std::uint32_t counted = 0;
  for (const Power& arc : powers[std::size_t(input)]) {
    const std::uint32_t rail = 1u << arc.rail;
    if ((counted & rail) != 0 || !arc.when->at(index)) continue;
    counted |= rail;
    sum += arc.energy[rising].at(slew);
  }
  return sum;
}

const Timing* timing_of(const Output& output, int input, unsigned index) {
  const Timing *plain = nullptr, *any = nullptr;
  for (const Timing& timing : output.timing) {
    if (timing.input != input) continue;
    if (timing.when->table.empty()) {
      plain = plain ? plain : &timing;
    } else if (timing.when->at(index)) {
      return &timing;
    }
    any = any ? any : &timing;
  }
  return plain ? plain : any;
}

}  // namespace gatesim
