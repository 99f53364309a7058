// SPDX-License-Identifier: Apache-2.0
// The tables of a cell library: a figure over the slew of the input that causes it and the load of the output, linear between the
// nodes and beyond them.
#ifndef BINADE_RTL_CALIBRATE_GATESIM_NLDM_H
#define BINADE_RTL_CALIBRATE_GATESIM_NLDM_H

#include <cstddef>
#include <vector>

namespace gatesim {

// Where x lies between the nodes: lower * (1 - part) + upper * part of neighbours, part outside 0..1 beyond the ends.
struct Place {
  std::size_t lower = 0;
  double part = 0;
};

inline Place place(const std::vector<double>& nodes, double x) {
  if (nodes.size() < 2) return {};
  std::size_t lower = 0;
  while (lower + 2 < nodes.size() && nodes[lower + 1] <= x) ++lower;
  return {lower, (x - nodes[lower]) / (nodes[lower + 1] - nodes[lower])};
}

// A table at one load: what is left is a curve over the slew.
struct Curve {
  std::vector<double> slews, values;

  double at(double slew) const {
    if (values.empty()) return 0;
    if (values.size() == 1) return values[0];
    const Place p = place(slews, slew);
    return values[p.lower] + p.part * (values[p.lower + 1] - values[p.lower]);
  }
};

struct Table {
  std::vector<double> slews, loads;  // one node where the figure does not depend on it
  std::vector<double> values;        // a row a slew

  Curve at_load(double load) const {
    Curve curve{slews, {}};
    const Place p = place(loads, load);
    for (std::size_t row = 0; row < slews.size(); ++row) {
      const double* of_slew = &values[row * loads.size()];
      curve.values.push_back(loads.size() < 2 ? of_slew[0] : of_slew[p.lower] + p.part * (of_slew[p.lower + 1] - of_slew[p.lower]));
    }
    return curve;
  }
};

}  // namespace gatesim

#endif
