// SPDX-License-Identifier: Apache-2.0
#include "timed.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace gatesim {

namespace {

constexpr double LeastDelayPs = 1e-3;  // tables may say less than nothing of steep inputs and small loads

}  // namespace

Timed::Timed(const Network& network, std::vector<std::uint8_t> values, std::vector<std::uint8_t> states)
    : network_(network), values_(std::move(values)), states_(std::move(states)), toggles_(values_.size()) {
  for (const Node& node : network.nodes()) pending_.emplace_back(node.outputs.size());
  half_cv2_ = network.circuit().voltage * network.circuit().voltage / 2;
}

void Timed::clock(const std::vector<std::uint8_t>& inputs) {
  const Circuit& circuit = network_.circuit();
  const double start = now_;
  if (circuit.clock >= 0) edge(true);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (values_[std::size_t(circuit.inputs[i])] != inputs[i]) {
      events_.push({start + network_.clock_to_output(), sequence_++, -1, circuit.inputs[i], 0});
    }
  }
  run(start + circuit.period_ps / 2);
  now_ = start + circuit.period_ps / 2;
  if (circuit.clock >= 0) edge(false);
  run(std::numeric_limits<double>::infinity());
  now_ = std::max(now_, start + circuit.period_ps);
}

void Timed::run(double until) {
  while (!events_.empty() && events_.top().time < until) {
    const Event event = events_.top();
    events_.pop();
    if (event.gate < 0) {
      now_ = event.time;
      const bool rising = !values_[std::size_t(event.output)];
      energy_.inputs += half_cv2_ * network_.input_ff(event.output);
      toggle(event.output, rising, network_.input_slew(event.output, rising));
      continue;
    }
    Pending& pending = pending_[std::size_t(event.gate)][std::size_t(event.output)];
    if (!pending.waits || pending.version != event.version) continue;
    pending.waits = false;
    now_ = event.time;
    const Output& output = network_.nodes()[std::size_t(event.gate)].outputs[std::size_t(event.output)];
    energy_.internal += pending.internal;
    energy_.load += half_cv2_ * network_.input_ff(output.net);
    toggle(output.net, !values_[std::size_t(output.net)], pending.slew);
  }
}

void Timed::toggle(int net, bool rising, double slew) {
  values_[std::size_t(net)] = rising;
  ++toggles_[std::size_t(net)];
  ++energy_.toggles;
  for (const Pin& pin : network_.readers(net)) input_moved(pin.gate, pin.input, rising, slew);
}

void Timed::input_moved(int gate, int input, bool rising, double slew) {
  const Node& node = network_.nodes()[std::size_t(gate)];
  energy_.internal += energy_of(node.input_power, input, index_of_pins(node, values_), rising, slew);
  if (node.cell->flip_flop) {
    const unsigned index = index_of(node.inputs, values_) | unsigned(states_[std::size_t(gate)]) << node.inputs.size();
    if (node.cell->has_preset && node.cell->preset.at(index)) states_[std::size_t(gate)] = 1;
    if (node.cell->has_clear && node.cell->clear.at(index)) states_[std::size_t(gate)] = 0;
  }
  evaluate(gate, input, slew);
}

// What the outputs come to now that an input has moved.
void Timed::evaluate(int gate, int input, double slew) {
  const Node& node = network_.nodes()[std::size_t(gate)];
  const unsigned function_index = index_of(node.inputs, values_) | unsigned(states_[std::size_t(gate)]) << node.inputs.size();
  for (std::size_t o = 0; o < node.outputs.size(); ++o) {
    const Output& output = node.outputs[o];
    if (output.net < 0) continue;
    const bool value = node.cell->outputs[o].at(function_index);
    Pending& pending = pending_[std::size_t(gate)][o];
    if (value == bool(values_[std::size_t(output.net)])) {
      pending.waits = false;  // taken back
      continue;
    }
    if (pending.waits) continue;
    const unsigned index = index_of_pins(node, values_);
    const Timing* timing = timing_of(output, input, index);
    const double delay = timing ? std::max(timing->delay[value].at(slew), LeastDelayPs) : LeastDelayPs;
    pending.waits = true;
    pending.slew = timing ? std::max(timing->slew[value].at(slew), 0.0) : slew;
    pending.internal = energy_of(output.power, input, index, value, slew);
    events_.push({now_ + delay, sequence_++, gate, int(o), ++pending.version});
  }
}

void Timed::edge(bool rising) {
  const int net = network_.circuit().clock;
  energy_.clock += half_cv2_ * network_.clock_ff();
  values_[std::size_t(net)] = rising;
  for (int gate : network_.flip_flops()) {
    const Node& node = network_.nodes()[std::size_t(gate)];
    energy_.clock += energy_of(node.input_power, node.cell->clock, index_of_pins(node, values_), rising, network_.clock_slew());
  }
  if (!rising) return;
  for (int gate : network_.flip_flops()) sample(gate);
}

void Timed::sample(int gate) {
  const Node& node = network_.nodes()[std::size_t(gate)];
  auto& state = states_[std::size_t(gate)];
  const unsigned index = index_of(node.inputs, values_) | unsigned(state) << node.inputs.size();
  state = node.cell->next.at(index);
  if (node.cell->has_preset && node.cell->preset.at(index)) state = 1;
  if (node.cell->has_clear && node.cell->clear.at(index)) state = 0;
  evaluate(gate, node.cell->clock, network_.clock_slew());
}

}  // namespace gatesim
