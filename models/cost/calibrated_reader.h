// SPDX-License-Identifier: Apache-2.0
// fit.json into a CalibratedTable.
#pragma once

#include <string>

#include "models/cost/calibrated_table.h"
#include "models/cost/json_place.h"

namespace binade::cost {

class CalibratedTable::Reader {
 public:
  explicit Reader(CalibratedTable& table) : table_(table) {}
  void read(const JsonPlace& root);

 private:
  void read_technology(const JsonPlace& place);
  void read_shape(const JsonPlace& place);
  /// Of a shape that keeps modules apart, what it has beside them.
  void read_glue(const JsonPlace& place, const Shape& whole);
  void read_regression(const std::string& unit, const std::string& quantity, const JsonPlace& place);
  Regression regression_of(const std::string& unit, const JsonPlace& place) const;
  /// Of terms and ranges: a parameter of the unit's shapes.
  void check_name(const std::string& unit, const std::string& name, const JsonPlace& place) const;

  CalibratedTable& table_;
};

}  // namespace binade::cost
