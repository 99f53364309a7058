// SPDX-License-Identifier: Apache-2.0
#include "models/cost/regression.h"

#include <algorithm>

namespace binade::cost {

std::string_view to_string(Standing standing) {
  switch (standing) {
    case Standing::Exact:
      return "exact";
    case Standing::Interpolated:
      return "interpolated";
    case Standing::Extrapolated:
      break;
  }
  return "extrapolated";
}

bool Regression::covers(const Variables& parameters) const {
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) { return parameters.contains(name); });
}

Figure Regression::operator()(const Variables& parameters, bool beyond) const {
  const bool inside = !beyond && std::all_of(range.begin(), range.end(), [&](const auto& row) {
    const double value = parameters.at(row.first);
    return row.second.first <= value && value <= row.second.second;
  });
  Figure figure{0, inside ? Standing::Interpolated : Standing::Extrapolated, inside ? held_out_rms_percent : held_out_max_percent};
  for (std::size_t i = 0; i < terms.size(); ++i) figure.value += coefficients[i] * evaluate(terms[i], parameters);
  return figure;
}

}  // namespace binade::cost
