// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/comparer.h"

#include <utility>

#include "models/datapath/dataflow/dataflow.h"
#include "models/numerics/error.h"
#include "rtl/cosim/core_ports.h"

namespace binade::lockstep {

using datapath::CorePinsIn;
using datapath::CorePinsOut;

namespace {

Difference counter(const char* port, std::uint64_t first, std::uint64_t second, std::uint64_t bin = 0) {
  Difference difference;
  difference.kind = Difference::Kind::Counter;
  difference.port = port;
  difference.lane = bin;
  difference.first = first;
  difference.second = second;
  return difference;
}

}  // namespace

std::optional<Difference> compare_results(const datapath::TileClocks& first_clocks, const datapath::TileStats& first_stats,
                                          const datapath::TileClocks& second_clocks, const datapath::TileStats& second_stats) {
  for (const rtl::ClocksPort& port : rtl::kClocksPorts)
    if (first_clocks.*port.field != second_clocks.*port.field)
      return counter(port.name, first_clocks.*port.field, second_clocks.*port.field);
  datapath::TileStats first = first_stats, second = second_stats;
  for (const rtl::StatsPort& port : rtl::kStatsPorts)
    if (port.field(first) != port.field(second)) return counter(port.name, port.field(first), port.field(second));
  for (std::size_t bin = 0; bin < first.leading_bit.size(); ++bin)
    if (first.leading_bit[bin] != second.leading_bit[bin])
      return counter("bin_count_o", first.leading_bit[bin], second.leading_bit[bin], bin);
  return std::nullopt;
}

void Comparer::reset() {
  first_.reset();
  second_.reset();
  running_ = false;
  fresh_ = true;
}

std::optional<Difference> Comparer::clock(const CorePinsIn& in) {
  if (!running_ && in.command != nullptr) {
    running_ = true;
    command_ = *in.command;
    clock_ = vector_ = 0;
  }
  if (std::exchange(fresh_, false))
    if (auto found = pins()) return found;  // before any edge
  if (in.out_ready && first_.pins().out != nullptr) ++vector_;
  first_.clock(in);
  std::optional<Difference> found;
  try {
    second_.clock(in);
    found = pins();
  } catch (const InvariantError& error) {  // an assertion of the design
    found.emplace();
    found->kind = Difference::Kind::Assertion;
    found->port = "assertion";
    found->assertion = error.what();
  }
  if (!found && first_.pins().done) {
    found = results();
    running_ = found.has_value();
  }
  if (found) found->clock = clock_;
  ++clock_;
  return found;
}

std::optional<Difference> Comparer::pins() const {
  const CorePinsOut &one = first_.pins(), &two = second_.pins();
  const auto flag = [](const char* port, bool first, bool second) -> std::optional<Difference> {
    if (first == second) return std::nullopt;
    Difference difference;
    difference.port = port;
    difference.first = first;
    difference.second = second;
    return difference;
  };
  if (auto d = flag("command_ready_o", one.command_ready, two.command_ready)) return d;
  if (auto d = flag("a_ready_o", one.a_ready, two.a_ready)) return d;
  if (auto d = flag("b_ready_o", one.b_ready, two.b_ready)) return d;
  if (auto d = flag("out_valid_o", one.out != nullptr, two.out != nullptr)) return d;
  if (one.out != nullptr) {
    const auto cols = static_cast<std::uint64_t>(run_of(first_.config(), command_, datapath::Stream::Out, vector_).lanes);
    for (std::uint64_t lane = 0; lane < cols; ++lane) {
      if (one.out[lane] == two.out[lane]) continue;
      Difference difference;
      difference.kind = Difference::Kind::Output;
      difference.port = "out_o";
      difference.lane = lane;
      difference.vector = vector_;
      difference.first = one.out[lane];
      difference.second = two.out[lane];
      return difference;
    }
  }
  return flag("done_o", one.done, two.done);
}

std::optional<Difference> Comparer::results() const {
  return compare_results(first_.clocks(), first_.stats(), second_.clocks(), second_.stats());
}

}  // namespace binade::lockstep
