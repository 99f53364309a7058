// SPDX-License-Identifier: Apache-2.0
// A fit between calibrated shapes: a sum of stated terms in a module's parameters, with its statistics.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/cost/expression.h"
#include "models/cost/figure.h"

namespace binade::cost {

struct Regression {
  std::vector<std::string> terms;
  std::vector<double> coefficients;  ///< one a term
  double held_out_rms_percent = 0, held_out_max_percent = 0;
  std::map<std::string, std::pair<double, double>> range;  ///< of a parameter, over the samples
  std::vector<std::string> names;                          ///< of parameters in terms and range
  std::string where;                                       ///< it was read from, for messages

  /// Whether the fit can be asked of a module at all: it has every name.
  bool covers(const Variables& parameters) const;
  /// Interpolated where each parameter lies in the range of the samples, unless the caller knows that it is `beyond` them.
  /// Throws InputError where a term is not finite there. Precondition: covers(parameters).
  Figure operator()(const Variables& parameters, bool beyond) const;
  /// The same, but beyond the range no less than at its nearest place: of paths, whose logarithms would make little modules
  /// infinitely fast.
  Figure no_less_than_nearest(const Variables& parameters, bool beyond) const;

 private:
  double value(const Variables& parameters) const;
};

}  // namespace binade::cost
