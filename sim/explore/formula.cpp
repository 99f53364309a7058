// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/formula.h"

#include <fmt/format.h>
#include <muParser.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"

namespace binade::sim {
namespace {

constexpr const char* kNameCharacters = "0123456789_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

double ceiling(double value) { return std::ceil(value); }
double floor_of(double value) { return std::floor(value); }

[[noreturn]] void refuse(const std::string& text, const std::string& what) {
  throw InputError(fmt::format(
      "'{}': {}; allowed: numbers, names, 'words', + - * / ^ ( ), comparisons, && || ?:, log2 sqrt abs floor ceil min max",
      printable(text), what));
}

/// The text with words in quotes replaced by their numbers; the parser's assignments are refused.
std::string prepared(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\'' || c == '"') {
      const auto end = text.find(c, i + 1);
      if (end == std::string::npos) refuse(text, "a quote without its end");
      out += fmt::format("({:.0f})", value_of_word(std::string_view(text).substr(i + 1, end - i - 1)));
      i = end;
      continue;
    }
    if (c == '=' && i + 1 < text.size() && text[i + 1] == '=') {
      out += "==";
      ++i;
      continue;
    }
    if (c == '=' && (i == 0 || std::string_view("<>!").find(text[i - 1]) == std::string_view::npos))
      refuse(text, "'=' assigns; for a comparison write '=='");
    out += c;
  }
  return out;
}

}  // namespace

struct Formula::Parsed {
  std::string text;
  std::vector<std::string> names;
  std::vector<double> values;
  mutable mu::Parser parser;
};

Formula::Formula(const std::string& text) : parsed_(std::make_unique<Parsed>()) {
  try {
    mu::Parser& parser = parsed_->parser;
    parsed_->text = text;
    parser.DefineNameChars(kNameCharacters);
    parser.DefineFun("ceil", ceiling);
    parser.DefineFun("floor", floor_of);
    parser.DefineConst("true", 1);
    parser.DefineConst("false", 0);
    parser.SetExpr(prepared(text));
    for (const auto& [name, ignored] : parser.GetUsedVar()) parsed_->names.push_back(name);
    parsed_->values.assign(parsed_->names.size(), 1);
    for (std::size_t i = 0; i < parsed_->names.size(); ++i) parser.DefineVar(parsed_->names[i], &parsed_->values[i]);
    int results = 0;
    parser.Eval(results);
    if (results != 1) refuse(text, fmt::format("{} expressions", results));
  } catch (const mu::Parser::exception_type& error) {
    refuse(text, printable(error.GetMsg()));
  }
}

Formula::~Formula() = default;
Formula::Formula(Formula&&) noexcept = default;
Formula& Formula::operator=(Formula&&) noexcept = default;

const std::string& Formula::text() const { return parsed_->text; }
const std::vector<std::string>& Formula::names() const { return parsed_->names; }

double Formula::operator()(std::span<const double> values) const {
  for (const double value : values)
    if (std::isnan(value)) return std::numeric_limits<double>::quiet_NaN();
  std::copy(values.begin(), values.end(), parsed_->values.begin());
  return parsed_->parser.Eval();
}

double value_of_word(std::string_view word) {
  double value = 0;
  const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error == std::errc{} && stop == word.data() + word.size()) return value;
  if (word == "true") return 1;
  if (word == "false") return 0;
  static std::map<std::string, double, std::less<>> known;
  const auto found = known.find(word);
  if (found != known.end()) return found->second;
  const double fresh = -9e15 - 2 * static_cast<double>(known.size());
  return known.emplace(word, fresh).first->second;
}

}  // namespace binade::sim
