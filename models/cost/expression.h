// SPDX-License-Identifier: Apache-2.0
// Terms of regressions as tables write them, in the parameters of a module: "log2(ABits + BBits)", "min(Latency - 1, 1)".
#pragma once

#include <map>
#include <string>
#include <vector>

namespace binade::cost {

using Variables = std::map<std::string, double, std::less<>>;

/// Numbers, names, + - * / ( ) and log2, sqrt, min, max, ceil. Throws InputError where the text is no such expression or names what
/// is no variable.
double evaluate(const std::string& text, const Variables& variables);
/// The names in it. Throws InputError where the text is no expression.
std::vector<std::string> names_in(const std::string& text);

}  // namespace binade::cost
