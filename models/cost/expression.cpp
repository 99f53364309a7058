// SPDX-License-Identifier: Apache-2.0
#include "models/cost/expression.h"

#include <fmt/format.h>
#include <muParser.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string_view>

#include "models/numerics/error.h"
#include "models/numerics/text.h"

namespace binade::cost {
namespace {

double ceiling(double value) { return std::ceil(value); }

[[noreturn]] void refuse(const std::string& text, const std::string& what) {
  throw InputError(fmt::format("'{}': {}; allowed: numbers, names, + - * / ( ) log2 sqrt min max ceil", text, what));
}

/// The parser knows assignments and conditions too, which a term is not.
mu::Parser parser_of(const std::string& text) {
  const auto other = std::find_if_not(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view(" _.,+-*/()").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (other != text.end()) refuse(text, fmt::format("'{}'", printable(std::string(1, *other))));
  mu::Parser parser;
  parser.DefineFun("ceil", ceiling);
  parser.SetExpr(text);
  return parser;
}

}  // namespace

double evaluate(const std::string& text, const Variables& variables) {
  try {
    mu::Parser parser = parser_of(text);
    for (const auto& [name, value] : variables) parser.DefineConst(name, value);
    const double value = parser.Eval();
    if (!std::isfinite(value)) throw InputError(fmt::format("'{}': {} here; allowed: a finite number", text, value));
    return value;
  } catch (const mu::Parser::exception_type& error) {
    refuse(text, error.GetMsg());
  }
}

std::vector<std::string> names_in(const std::string& text) {
  try {
    std::vector<std::string> names;
    const mu::Parser parser = parser_of(text);
    for (const auto& [name, unused] : parser.GetUsedVar()) names.push_back(name);
    return names;
  } catch (const mu::Parser::exception_type& error) {
    refuse(text, error.GetMsg());
  }
}

}  // namespace binade::cost
