// SPDX-License-Identifier: Apache-2.0
// What the modules of a core cost in a cell library: the table that rtl/calibrate makes of our own RTL (fit.json, schema 2), looked
// up by module and parameters. A shape that was measured answers for itself; between shapes the regressions answer, with their
// error on samples that they did not see; beyond their samples they answer too, and say so.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/cost/figure.h"
#include "models/cost/operand_energy.h"
#include "models/cost/regression.h"
#include "models/datapath/module_parameters.h"

namespace binade::cost {

/// Where the figures come from.
struct Technology {
  std::string name, library, corner;
  double voltage = 0;      ///< V
  double temperature = 0;  ///< degrees Celsius
  std::string rtl_revision, date;
  std::string tools;         ///< name and version of each
  std::string not_modelled;  ///< what no figure has in it
};

struct UnitCost {
  Figure area_um2, leakage_nw;
  std::optional<Figure> delay_ps;    ///< critical path, setup and clock-to-output included; glue has none
  std::optional<double> target_ps;   ///< the delay target of the point that was chosen, where it was measured
  std::optional<EnergyModel> timed;  ///< with glitches; of elements by multiply-accumulate, lanes by output, others by clock
  std::optional<EnergyModel> zero_delay;
  std::optional<Figure> idle_pj;  ///< of a clock without such an event
};

class CalibratedTable {
 public:
  static constexpr int kSchema = 2;

  /// The folder of a technology. Throws InputError with file and key where fit.json is none, is of another schema, lacks something
  /// or has a figure that cannot be. `called`: what messages and reports name it, empty: the folder.
  static CalibratedTable load(const std::string& folder, const std::string& called = {});

  const std::string& name() const { return name_; }
  const Technology& technology() const { return technology_; }
  /// One line: library, corner, voltage, temperature, revision, date, tools, what is not modelled.
  std::string provenance() const;

  /// Nothing where the module was not measured and has no regression, or where that gives no positive area, delay or leakage.
  std::optional<UnitCost> find(const datapath::Module& module) const;
  /// Throws InputError that names the module and what the table has.
  UnitCost at(const datapath::Module& module) const;
  /// What an array or a core of these fields of Config has beside the modules whose boundaries it keeps: `systolic_array`, `core`.
  std::optional<UnitCost> glue(const std::string& unit, const datapath::Parameters& fields) const;
  /// The largest value of a parameter among the shapes of a unit.
  std::optional<double> most(std::string_view unit, std::string_view parameter) const;

 private:
  struct Shape {
    std::string unit;  ///< "UNIT glue": what UNIT has beside its parts
    Variables parameters;
    UnitCost cost;
  };
  /// Of a term of a macro-model.
  struct TermRegression {
    std::size_t a = 0, b = 0;  ///< indices of OperandMatrix
    Regression regression;
  };
  /// Of a unit.
  struct Regressions {
    std::map<std::string, Regression, std::less<>> quantities;  ///< area_um2, delay_ps, leakage_nw, energy.idle_pj
    std::vector<TermRegression> timed, zero_delay;
  };

  class Reader;

  std::optional<UnitCost> look_up(const std::string& unit, const datapath::Parameters& parameters) const;
  const Shape* measured(const std::string& unit, const Variables& parameters) const;
  std::optional<UnitCost> fitted(const std::string& unit, const Variables& parameters) const;
  bool beyond_shapes(const std::string& unit, const Variables& parameters) const;

  std::string name_;
  Technology technology_;
  std::vector<Shape> shapes_;
  std::map<std::string, Regressions, std::less<>> regressions_;
};

}  // namespace binade::cost
