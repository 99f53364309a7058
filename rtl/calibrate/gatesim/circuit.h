// SPDX-License-Identifier: Apache-2.0
// A netlist of cells with the figures of its library, as rtl/calibrate/circuit.py writes it: words between blanks.
// Times are in ps, capacitances in fF, energies in fJ.
#ifndef BINADE_RTL_CALIBRATE_GATESIM_CIRCUIT_H
#define BINADE_RTL_CALIBRATE_GATESIM_CIRCUIT_H

#include <istream>
#include <string>
#include <vector>

#include "nldm.h"

namespace gatesim {

// A boolean function as its truth table: bit i of the index is variable i. Empty: always true.
struct Function {
  std::string table;

  bool at(unsigned index) const { return table.empty() || table[index] == '1'; }
};

// Delay and slew of an output that an input moves, while `when` holds of inputs, then outputs.
struct DelayArc {
  int output = 0, input = 0;
  Function when;
  Table delay[2], slew[2];  // of a falling and a rising output
};

// What a transition costs beside its load: of an output that an input moved, or (output -1) of an input alone.
struct PowerArc {
  int output = 0, input = 0, rail = 0;  // of each rail one arc counts: the first whose `when` holds, else the one without
  Function when;
  Table energy[2];  // of a falling and a rising pin
};

struct Cell {
  std::string name;
  std::vector<double> input_ff;
  std::vector<Function> outputs;  // of inputs, then the state
  std::vector<DelayArc> delays;
  std::vector<PowerArc> powers;
  // A flip-flop samples `next` on the rising edge of its clock pin; `clear` and `preset` act at any time, of both `clear` last.
  bool flip_flop = false;
  int clock = -1;
  Function next;
  bool has_clear = false, has_preset = false;
  Function clear, preset;
};

struct Gate {
  int cell = 0;
  std::vector<int> inputs, outputs;  // nets; an output that nothing reads is -1
};

constexpr int Zero = 0, One = 1;  // the nets of the constants

struct Circuit {
  double voltage = 0, period_ps = 0, load_ff = 0;
  int driver = 0;  // the cell, an inverter, before every input
  int nets = 2, clock = -1;
  std::vector<int> inputs, outputs;
  std::vector<Cell> cells;
  std::vector<Gate> gates;
};

// Throws std::runtime_error where the text is none.
Circuit read_circuit(std::istream& in);

}  // namespace gatesim

#endif
