// SPDX-License-Identifier: Apache-2.0
#include "models/cost/energy_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"

namespace binade::cost {
namespace {

constexpr std::string_view kHeader = "name,value,unit,provenance,source";
/// A joule an event, a gigawatt: counters of 64 bits times it stay far below what binary64 holds.
constexpr double kMostValue = 1e12;
constexpr std::string_view kSramPrefix = "sram_";
constexpr std::array<std::string_view, 4> kUnits{"pJ", "pJ/64bit", "pJ/byte", "mW"};
constexpr std::array<std::string_view, 8> kArithmeticRows{"int_add_8", "int_add_32", "int_mul_8", "int_mul_32",
                                                          "fp16_add",  "fp32_add",   "fp16_mul",  "fp32_mul"};

std::string_view take_field(std::string_view& line) {
  const auto comma = line.find(',');
  const auto field = line.substr(0, comma);
  line = comma == std::string_view::npos ? std::string_view() : line.substr(comma + 1);
  return field;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Provenance> parse_provenance(std::string_view word) {
  if (word == "read") return Provenance::Read;
  if (word == "recalled") return Provenance::Recalled;
  if (word == "derived") return Provenance::Derived;
  return std::nullopt;
}

}  // namespace

EnergyTable EnergyTable::load(const std::string& path, const std::string& called) {
  std::error_code ignored;
  std::ifstream stream(path, std::ios::binary);
  if (!stream || std::filesystem::is_directory(path, ignored))
    throw InputError("energy table " + path + ": cannot be read; allowed: a CSV file");
  std::istringstream file(read_text(stream, "energy table " + path));
  EnergyTable table;
  table.name_ = called.empty() ? path : called;
  std::string text;
  bool header_seen = false;
  for (int number = 1; std::getline(file, text); ++number) {
    const auto fail = [&](const std::string& what) {
      throw InputError(fmt::format("energy table {}, line {}: {}", path, number, what));
    };
    if (!text.empty() && text.back() == '\r') text.pop_back();
    if (text.empty() || text.front() == '#') continue;
    if (!header_seen) {
      if (text != kHeader) fail("the first row must be '" + std::string(kHeader) + "'");
      header_seen = true;
      continue;
    }
    std::string_view line = text;
    const std::string name(take_field(line));
    const auto value = parse_number<double>(take_field(line));
    TableRow row;
    row.unit = take_field(line);
    const auto provenance = parse_provenance(take_field(line));
    row.source = line;
    if (name.empty()) fail("the name is empty");
    if (!value || !(*value >= 0 && *value <= kMostValue)) fail(fmt::format("the value must be a number in 0..{:g}", kMostValue));
    if (std::find(kUnits.begin(), kUnits.end(), row.unit) == kUnits.end()) fail("the unit must be pJ, pJ/64bit, pJ/byte or mW");
    if (!provenance) fail("the provenance must be read, recalled or derived");
    if (row.source.empty()) fail("the source is missing; every figure needs one");
    row.value = *value;
    row.provenance = *provenance;
    if (name.starts_with(kSramPrefix)) {
      const auto bytes = parse_number<std::int64_t>(std::string_view(name).substr(kSramPrefix.size()));
      if (!bytes || *bytes < 1) fail("'" + name + "' must be sram_<bytes>");
      if (row.unit != "pJ/64bit") fail("the unit of an SRAM row must be pJ/64bit");
      if (row.value <= 0) fail("the value of an SRAM row must be above 0");
      table.sram_[*bytes] = row.value;
    }
    if (!table.rows_.emplace(name, std::move(row)).second) fail("'" + name + "' is there twice");
  }
  for (const auto name : kArithmeticRows) table.value(name, "pJ");
  if (table.sram_.size() < 2) throw InputError("energy table " + path + ": at least two rows sram_<bytes> are needed");
  return table;
}

std::optional<double> EnergyTable::find(std::string_view name, std::string_view unit) const {
  const auto row = rows_.find(name);
  if (row == rows_.end()) return std::nullopt;
  if (row->second.unit != unit) {
    throw InputError("energy table " + name_ + ": '" + row->first + "' is in " + row->second.unit + "; " + std::string(unit) +
                     " is needed");
  }
  return row->second.value;
}

double EnergyTable::value(std::string_view name, std::string_view unit) const {
  const auto found = find(name, unit);
  if (!found) throw InputError("energy table " + name_ + ": the row '" + std::string(name) + "' is missing");
  return *found;
}

}  // namespace binade::cost
