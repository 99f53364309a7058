// SPDX-License-Identifier: Apache-2.0
// How a unit meets a module that has other ports: what people write in an adapter file or on the command line, as plain data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace binade::verify {

struct Adapter {
  /// A pin or bits of it ("a_i", "flags_o[4]") and the port that it is: "x", "x[7:0]", "x[2]" (of an unpacked array too), inverted
  /// with "!" before it.
  struct Connection {
    std::string pin, port;
  };
  /// A value of an input, by its word or number, and the number that the module has for it.
  struct Value {
    std::string pin, word;
    std::uint64_t theirs = 0;
  };

  std::vector<Connection> map;
  std::vector<Value> values;
  std::set<std::string> ignore;                ///< pins, or ports of the module, that play no part
  std::map<std::string, std::uint64_t> drive;  ///< further input ports of the module, held constant
  /// Rounding modes that the module has, the first being what it does without a rounding_i; empty: all of the unit's, and its own.
  std::vector<std::string> roundings;

  // Units without a clock of their own, in a module with one.
  std::optional<int> latency;  ///< rising edges from inputs to outputs; absent: what valid_o says, or none without a clock
  int timeout = 1000;          ///< clocks that a result may take where valid_o says when
};

}  // namespace binade::verify
