// SPDX-License-Identifier: Apache-2.0
// A unit's pins on a module's ports, as an adapter says it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rtl/cosim/module.h"
#include "sim/verify/adapter.h"
#include "sim/verify/unit.h"

namespace binade::verify {

/// The port that is the module's clock: "clk_i", or what is mapped to it.
std::string clock_of(const Adapter& adapter);
/// Whether the adapter, or the module by the pin's own name, has such a pin.
bool has_pin(const rtl::Module& module, const Adapter& adapter, std::string_view pin);
/// The codes of an input that a run draws: of `rounding_i` those of Adapter::roundings, of others those that have a value of the
/// module's. Empty: all. Throws InputError for a word that the pin does not have.
std::vector<std::uint64_t> admitted(const Pin& pin, const Adapter& adapter);

class Binding {
 public:
  /// Throws InputError with every problem: what is missing, of another direction or width, left undriven or not to be driven.
  Binding(const Unit& unit, rtl::Module& module, const Adapter& adapter);

  /// Makes a row of inputs one that the module can be given: what it lacks rests, and values that it lacks become some that it has.
  void admit(Row& in) const;
  void write(const Row& in);
  /// Outputs of one moment. What the module lacks rests.
  void read(bool combinational, Row& out);
  bool compares(const Pin& pin) const;
  /// Whether an input of the unit can have that value.
  bool can_be(const Pin& pin, std::uint64_t value) const;
  /// Takes the bits that are not compared from `care`.
  void mask(Row& care) const;

 private:
  /// Bits [first, first + port.bits()) of a pin.
  struct Wire {
    std::size_t word = 0;
    int first = 0;
    rtl::Port port;
    bool inverted = false, whole = true, combinational = false;
    /// Their value for each of ours; empty: the same.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> values = {};
  };
  struct Rest {
    std::size_t word = 0;
    std::uint64_t value = 0;
  };
  struct Choice {
    std::size_t word = 0;
    std::vector<std::uint64_t> codes;
  };

  friend class Binder;
  std::vector<Wire> inputs_, outputs_;
  std::vector<Rest> absent_inputs_, absent_outputs_;
  std::vector<Choice> choices_;
  Row compared_;
};

}  // namespace binade::verify
