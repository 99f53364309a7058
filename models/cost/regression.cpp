// SPDX-License-Identifier: Apache-2.0
#include "models/cost/regression.h"

#include <algorithm>

#include "models/numerics/error.h"

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
  return {value(parameters), inside ? Standing::Interpolated : Standing::Extrapolated,
          inside ? held_out_rms_percent : held_out_max_percent};
}

Figure Regression::no_less_than_nearest(const Variables& parameters, bool beyond) const {
  Figure figure = (*this)(parameters, beyond);
  Variables nearest = parameters;
  for (const auto& [name, ends] : range) nearest[name] = std::clamp(nearest.at(name), ends.first, ends.second);
  figure.value = std::max(figure.value, value(nearest));
  return figure;
}

double Regression::value(const Variables& parameters) const {
  double sum = 0;
  try {
    for (std::size_t i = 0; i < terms.size(); ++i) sum += coefficients[i] * evaluate(terms[i], parameters);
  } catch (const InputError& error) {
    throw InputError(where + ": " + error.what());
  }
  return sum;
}

}  // namespace binade::cost
