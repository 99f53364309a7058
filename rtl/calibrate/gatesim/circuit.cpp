// SPDX-License-Identifier: Apache-2.0
#include "circuit.h"

#include <map>
#include <stdexcept>

namespace gatesim {

namespace {

class Reader {
 public:
  explicit Reader(std::istream& in) : in_(in) {}

  Circuit circuit();

 private:
  std::istream& in_;
  Circuit circuit_;
  std::map<std::string, int> cells_;

  template <class T>
  T next(const char* what) {
    T value;
    if (!(in_ >> value)) throw std::runtime_error(std::string("circuit: no ") + what);
    return value;
  }

  int index(const char* what, std::size_t bound) {
    const int value = next<int>(what);
    if (value < 0 || std::size_t(value) >= bound) throw std::runtime_error(std::string("circuit: ") + what + " outside its range");
    return value;
  }

  int net() { return index("net", std::size_t(circuit_.nets)); }
  std::vector<int> nets();
  int cell_name();
  Function function(std::size_t variables);
  Table table();
  void cell();
  void flip_flop(Cell& cell);
  void gate();
};

std::vector<int> Reader::nets() {
  std::vector<int> found(next<std::size_t>("count of nets"));
  for (int& one : found) one = net();
  return found;
}

int Reader::cell_name() {
  const auto name = next<std::string>("cell");
  const auto found = cells_.find(name);
  if (found == cells_.end()) throw std::runtime_error("circuit: cell " + name + " is not described before it");
  return found->second;
}

Function Reader::function(std::size_t variables) {
  auto table = next<std::string>("function");
  if (table == "-") return {};
  if (table.size() != std::size_t(1) << variables) throw std::runtime_error("circuit: a function of another number of variables");
  return {table};
}

Table Reader::table() {
  Table table;
  for (auto* nodes : {&table.slews, &table.loads}) {
    nodes->resize(next<std::size_t>("size of a table"));
    if (nodes->empty()) throw std::runtime_error("circuit: an empty table");
    for (double& node : *nodes) node = next<double>("node of a table");
  }
  table.values.resize(table.slews.size() * table.loads.size());
  for (double& value : table.values) value = next<double>("value of a table");
  return table;
}

void Reader::flip_flop(Cell& cell) {
  const std::size_t variables = cell.input_ff.size() + 1;
  cell.flip_flop = true;
  cell.clock = index("clock pin", cell.input_ff.size());
  cell.next = function(variables);
  for (auto [has, one] : {std::pair{&cell.has_clear, &cell.clear}, std::pair{&cell.has_preset, &cell.preset}}) {
    *has = next<int>("flag") != 0;
    if (*has) *one = function(variables);
  }
}

// cell NAME (INPUTS CAPACITANCE...) (OUTPUTS FUNCTION...) then rows of flop, delay, power, until end.
void Reader::cell() {
  Cell cell;
  cell.name = next<std::string>("name of a cell");
  cell.input_ff.resize(next<std::size_t>("count of inputs"));
  for (double& one : cell.input_ff) one = next<double>("capacitance");
  const std::size_t inputs = cell.input_ff.size();
  cell.outputs.resize(next<std::size_t>("count of outputs"));
  const std::size_t outputs = cell.outputs.size();
  for (Function& one : cell.outputs) one = function(inputs + 1);
  for (auto word = next<std::string>("row of a cell"); word != "end"; word = next<std::string>("row of a cell")) {
    if (word == "flop") {
      flip_flop(cell);
    } else if (word == "delay") {
      DelayArc arc;
      arc.output = index("output", outputs);
      arc.input = index("input", inputs);
      arc.when = function(inputs + outputs);
      for (Table* table : {&arc.delay[1], &arc.slew[1], &arc.delay[0], &arc.slew[0]}) *table = this->table();
      cell.delays.push_back(std::move(arc));
    } else if (word == "power") {
      PowerArc arc;
      arc.output = index("output", outputs + 1) - 1;
      arc.input = index("input", inputs);
      arc.rail = index("rail", 32);
      arc.when = function(inputs + outputs);
      for (Table* table : {&arc.energy[1], &arc.energy[0]}) *table = this->table();
      cell.powers.push_back(std::move(arc));
    } else {
      throw std::runtime_error("circuit: " + word + ": no row of a cell");
    }
  }
  cells_[cell.name] = int(circuit_.cells.size());
  circuit_.cells.push_back(std::move(cell));
}

void Reader::gate() {
  Gate gate;
  gate.cell = cell_name();
  const Cell& cell = circuit_.cells[std::size_t(gate.cell)];
  for (std::size_t i = 0; i < cell.input_ff.size(); ++i) gate.inputs.push_back(net());
  for (std::size_t i = 0; i < cell.outputs.size(); ++i) gate.outputs.push_back(next<int>("net"));
  for (int out : gate.outputs)
    if (out < -1 || out >= circuit_.nets || out == Zero || out == One) throw std::runtime_error("circuit: an output on no net");
  circuit_.gates.push_back(std::move(gate));
}

Circuit Reader::circuit() {
  std::string word;
  while (in_ >> word) {
    if (word == "voltage") {
      circuit_.voltage = next<double>("voltage");
    } else if (word == "period") {
      circuit_.period_ps = next<double>("period");
    } else if (word == "load") {
      circuit_.load_ff = next<double>("load");
    } else if (word == "driver") {
      circuit_.driver = cell_name();
    } else if (word == "nets") {
      circuit_.nets = next<int>("count of nets");
    } else if (word == "clock") {
      circuit_.clock = net();
    } else if (word == "inputs") {
      circuit_.inputs = nets();
    } else if (word == "outputs") {
      circuit_.outputs = nets();
    } else if (word == "cell") {
      cell();
    } else if (word == "gate") {
      gate();
    } else {
      throw std::runtime_error("circuit: " + word + ": no word of it");
    }
  }
  if (circuit_.cells.empty() || circuit_.voltage <= 0) throw std::runtime_error("circuit: no cells, or no voltage");
  return std::move(circuit_);
}

}  // namespace

Circuit read_circuit(std::istream& in) { return Reader(in).circuit(); }

}  // namespace gatesim
