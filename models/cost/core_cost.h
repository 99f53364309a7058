// SPDX-License-Identifier: Apache-2.0
// Energy, area and clock of a core from a calibrated table.
//
//   core mac        each mode's elements: the table's terms times the sums over the operands of its multiply-accumulates
//   core idle       clocks of an element without one, those of modes that wait included
//   lanes           an energy for each output; without one a lane idles
//   exponent unit   statistics in clocks in which a vector leaves the lanes; in others they idle, as does throughout what
//                   chooses an exponent or a bias: once a tensor, and no run counts them
//   sequencer       clocks of the core's tiles; in others it idles
//   core glue       beats of the array, of what it has beside its modules; it idles in other clocks
//   core leakage    power of all of these times the time
// Energies are those of timed simulation, glitches included, where the table has them. Each mode of the core has elements, lanes
// and glue of its own; sequencer and the exponent unit's parts are shared by the modes for which they are the same module. What the
// table does not know is listed, and in no sum.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/cost/calibrated_table.h"
#include "models/cost/core_units.h"
#include "models/datapath/core_config.h"

namespace binade::cost {

/// What of a run the energy of its core follows from.
struct CoreActivity {
  std::uint64_t clocks = 0;       ///< of the run
  std::uint64_t tile_clocks = 0;  ///< of them, the core had a tile
  // By mode.
  std::vector<std::uint64_t> beats;        ///< clocks of a tile in which the array was enabled
  std::vector<std::uint64_t> out_vectors;  ///< clocks in which the lanes put out a vector
  std::vector<std::uint64_t> outputs;
  std::vector<OperandMatrix> operands;  ///< [0][0] is how many multiply-accumulates there were
};

/// A sum of figures. Its error is the sum of theirs, since errors of one fit go one way; it stands as the worst of them does.
class FigureSum {
 public:
  void add(const Figure& figure, double times = 1);
  Figure figure() const;

 private:
  double value_ = 0, error_ = 0;
  Standing standing_ = Standing::Exact;
};

struct CoreEnergyRow {
  std::string component;
  Figure picojoule;
  std::string rule;  ///< the figures behind it, in words
};
struct CoreAreaRow {
  /// Elements, lanes, ...; of several modes with the mode's formats, and how it sums where others have these too.
  std::string block;
  Figure um2;        ///< of all of them
  std::string rule;  ///< how many of which module
};

class CoreCost {
 public:
  /// Throws InputError where the table does not know the elements of a mode or what they switch. Preconditions: those of
  /// core_units().
  CoreCost(const CalibratedTable& table, const datapath::CoreConfig& core);

  /// A row for each component, always all of them in the same order.
  std::vector<CoreEnergyRow> energy(const CoreActivity& activity, double clock_ps) const;
  std::vector<CoreAreaRow> area() const;
  Figure total_area_um2() const;
  /// The longest path of any of the modules.
  Figure critical_path_ps() const;
  /// Modules of the core that the table lacks, or knows no energy of; in words, a line each.
  const std::vector<std::string>& not_modelled() const { return not_modelled_; }
  /// Modules with a figure beyond the table's samples, in words.
  std::vector<std::string> extrapolated() const;

 private:
  struct Part {
    CoreUnit unit;
    UnitCost cost;
    std::vector<std::size_t> modes;  ///< that it serves
    std::string of_mode;             ///< its words of the first; empty where the core has one mode
  };
  class Component;

  void add(const CalibratedTable& table, const CoreUnit& unit, std::size_t mode, const std::string& of_mode);

  std::vector<Part> parts_;
  std::vector<std::string> not_modelled_;
};

/// The fastest clock whose period is whole picoseconds and no shorter than this path.
double clock_ghz(const Figure& critical_path_ps);

}  // namespace binade::cost
