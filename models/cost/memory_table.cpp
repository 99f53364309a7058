// SPDX-License-Identifier: Apache-2.0
#include "models/cost/memory_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/text.h"

namespace binade::cost {
namespace {

constexpr std::string_view kHeader = "words,bits,area_um2,leakage_nw,read_pj,write_pj,access_ps,voltage,library";
constexpr std::string_view kSource = "# source: ";
constexpr double kMostValue = 1e15;  // what is more is no figure of a memory; sums of it stay far below what binary64 holds

constexpr std::size_t kNumbers = 8;  // before the last field

/// Nothing where it is no number that a memory can have: of words and bits a whole one.
std::optional<double> number_of(std::string_view text, bool whole) {
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size() || !(value > 0 && value <= kMostValue))
    return std::nullopt;
  return whole && std::floor(value) != value ? std::nullopt : std::optional(value);
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  for (std::size_t begin = 0; begin <= line.size();) {
    const auto end = std::min(line.find(',', begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return fields;
}

}  // namespace

MemoryTable MemoryTable::load(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw InputError(fmt::format("memories {}: cannot be read; allowed: a CSV file", path));
  std::istringstream file(read_text(stream, "memories " + path));
  MemoryTable table;
  const auto columns = fields_of(std::string(kHeader));
  bool header_seen = false;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    const auto fail = [&](std::string_view what) { throw InputError(fmt::format("memories {}, line {}: {}", path, number, what)); };
    if (line.starts_with(kSource)) table.source_ = printable(line.substr(kSource.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (!header_seen) {
      if (line != kHeader) fail(fmt::format("'{}'; allowed: the first row is '{}'", printable(line), kHeader));
      header_seen = true;
      continue;
    }
    const auto fields = fields_of(line);
    if (fields.size() != columns.size())
      fail(fmt::format("{} fields; allowed: {}, as the first row has them", fields.size(), columns.size()));
    std::array<double, kNumbers> numbers{};
    for (std::size_t i = 0; i < kNumbers; ++i) {
      const bool whole = i < 2;
      const auto value = number_of(fields[i], whole);
      if (!value)
        fail(fmt::format("{}: '{}'; allowed: a {} above 0, at most {:g}", columns[i], printable(fields[i]),
                         whole ? "whole number" : "number", kMostValue));
      numbers[i] = *value;
    }
    const auto& [words, bits, area, leakage, read, write, access, voltage] = numbers;
    if (bits != kBits) continue;
    if (!table.rows_.emplace(words, MemoryCost{area, leakage, read, write}).second)
      fail(fmt::format("{:g} words of {} bits are there twice", words, kBits));
  }
  if (table.source_.empty()) throw InputError(fmt::format("memories {}: no source; allowed: a line '{}...'", path, kSource));
  if (table.rows_.size() < 2)
    throw InputError(fmt::format("memories {}: {} rows of {} bits; allowed: two or more", path, table.rows_.size(), kBits));
  return table;
}

MemoryCost MemoryTable::bank(double words, double bits) const {
  const double most = rows_.rbegin()->first, least = rows_.begin()->first;
  const double banks = std::ceil(words / most);
  const double each = std::clamp(words / banks, least, most);
  const auto above = rows_.lower_bound(each);
  MemoryCost cost = above->second;
  if (above->first != each) {
    const auto& [low_words, low] = *std::prev(above);
    const double at = std::log(each / low_words) / std::log(above->first / low_words);
    const auto between = [at](double from, double to) { return from * std::pow(to / from, at); };
    cost = {between(low.area_um2, cost.area_um2), between(low.leakage_nw, cost.leakage_nw), between(low.read_pj, cost.read_pj),
            between(low.write_pj, cost.write_pj), Standing::Interpolated};
  }
  const double parts = bits / kBits;
  if (parts != 1) cost.standing = Standing::Interpolated;
  if (words < least) cost.standing = Standing::Extrapolated;
  cost.area_um2 *= banks * parts;
  cost.leakage_nw *= banks * parts;
  cost.read_pj *= parts;
  cost.write_pj *= parts;
  return cost;
}

}  // namespace binade::cost
