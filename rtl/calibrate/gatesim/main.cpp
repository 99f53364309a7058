// SPDX-License-Identifier: Apache-2.0
// gatesim CIRCUIT < STIMULUS: the switching energy of a netlist, in time and without delays.
//   The stimulus is words: the values of the inputs in a clock, as 0 and 1; before one, `+` has the outputs printed as they are
//   when the clock has settled; `window NAME` ends the window before it and starts one. Printed: output BITS; window NAME CLOCKS
//   then, in time and without delays, INTERNAL LOAD INPUTS CLOCK TOGGLES, energies in fJ; at the end the toggles of each net: nets
//   COUNT...
// Exit codes: 2 the input was wrong, 3 the two ways do not settle alike.
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "settled.h"
#include "timed.h"

namespace gatesim {

namespace {

std::vector<std::uint8_t> bits(const std::string& word) {
  std::vector<std::uint8_t> found;
  for (char digit : word) {
    if (digit != '0' && digit != '1') throw std::runtime_error("stimulus: " + word + ": no bits");
    found.push_back(digit == '1');
  }
  return found;
}

void print(const Energy& energy) {
  std::printf(" %.6f %.6f %.6f %.6f %llu", energy.internal, energy.load, energy.inputs, energy.clock,
              static_cast<unsigned long long>(energy.toggles));
}

class Run {
 public:
  explicit Run(const Network& network) : network_(network) {}

  // False where timed and settled circuits differ.
  bool all(std::istream& in) {
    std::string word;
    bool shown = false;
    while (in >> word) {
      if (word == "window") {
        end_window();
        if (!(in >> window_)) throw std::runtime_error("stimulus: a window without a name");
      } else if (word == "+") {
        shown = true;
      } else {
        clock(bits(word));
        if (timed_->values() != settled_values()) return false;
        if (shown) show();
        shown = false;
      }
    }
    end_window();
    if (!timed_) return true;
    std::printf("nets");
    for (std::uint64_t count : timed_->toggles()) std::printf(" %llu", static_cast<unsigned long long>(count));
    std::printf("\n");
    return true;
  }

 private:
  const Network& network_;
  std::unique_ptr<Settled> settled_;
  std::unique_ptr<Timed> timed_;
  std::string window_;
  long clocks_ = 0;

  void clock(const std::vector<std::uint8_t>& inputs) {
    if (!settled_) {
      settled_ = std::make_unique<Settled>(network_, inputs);
      timed_ = std::make_unique<Timed>(network_, settled_->values(), settled_->states());
    }
    settled_->clock(inputs);
    timed_->clock(inputs);
    ++clocks_;
  }

  // After a clock the timed circuit's clock is low.
  std::vector<std::uint8_t> settled_values() const {
    auto values = settled_->values();
    if (network_.circuit().clock >= 0) values[std::size_t(network_.circuit().clock)] = 0;
    return values;
  }

  void show() const {
    std::printf("output ");
    for (int net : network_.circuit().outputs) std::putchar(timed_->values()[std::size_t(net)] ? '1' : '0');
    std::printf("\n");
  }

  void end_window() {
    if (settled_) {
      const Energy timed = timed_->take(), settled = settled_->take();
      if (!window_.empty()) {
        std::printf("window %s %ld", window_.c_str(), clocks_);
        print(timed);
        print(settled);
        std::printf("\n");
      }
    }
    clocks_ = 0;
  }
};

int run(int count, char** arguments) {
  if (count != 2) throw std::runtime_error("usage: gatesim CIRCUIT < STIMULUS");
  std::ifstream file(arguments[1]);
  if (!file) throw std::runtime_error(std::string(arguments[1]) + ": cannot be read");
  const Network network(read_circuit(file));
  if (Run(network).all(std::cin)) return 0;
  std::fprintf(stderr, "gatesim: the circuit settles otherwise in time than without delays\n");
  return 3;
}

}  // namespace

}  // namespace gatesim

int main(int count, char** arguments) {
  try {
    return gatesim::run(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gatesim: %s\n", error.what());
    return 2;
  }
}
