// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/vector_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "models/numerics/error.h"
#include "sim/verify/scoreboard.h"

namespace binade::verify {
namespace {

constexpr std::string_view kReset = "rst_ni";

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  return cells;
}

std::string names_of(const Pins& pins) {
  std::string names;
  for (const Pin& pin : pins.list()) names.append(names.empty() ? "" : ",").append(pin.name);
  return names;
}

/// Reads one file; the position is for messages.
class Reader {
 public:
  Reader(const Pins& pins, const std::filesystem::path& file) : pins_(pins), file_(file.string()), stream_(file) {
    if (!stream_) throw InputError(file_ + ": cannot read; allowed: a CSV file of input rows");
  }

  std::vector<Row> rows() {
    header();
    std::vector<Row> rows;
    const Pin* const reset = pins_.find(kReset);
    const bool given = reset == nullptr || std::find(columns_.begin(), columns_.end(), reset) != columns_.end();
    if (!given) rows.emplace_back(pins_.words());
    while (line()) {
      const auto values = cells(text_);
      if (values.size() != columns_.size())
        fail(fmt::format("{} values", values.size()), fmt::format("{}, one a column", columns_.size()));
      Row row(pins_.words());
      if (!given) row[reset->word] = 1;
      for (std::size_t i = 0; i < values.size(); ++i) put(row, *columns_[i], values[i]);
      rows.push_back(std::move(row));
    }
    if (rows.size() == (given ? 0 : 1)) fail("no rows", "one row a clock");
    return rows;
  }

 private:
  bool line() {
    while (std::getline(stream_, text_)) {
      ++number_;
      if (!text_.empty() && text_.back() == '\r') text_.pop_back();
      if (!text_.empty() && text_.front() != '#') return true;
    }
    return false;
  }

  void header() {
    if (!line()) fail("no header", names_of(pins_));
    for (const auto& name : cells(text_)) {
      const Pin* const pin = pins_.find(name);
      if (pin == nullptr) fail(fmt::format("unknown port '{}'", name), names_of(pins_));
      columns_.push_back(pin);
    }
    for (const Pin& pin : pins_.list())
      if (pin.name != kReset && std::find(columns_.begin(), columns_.end(), &pin) == columns_.end())
        fail(fmt::format("port '{}' is missing", pin.name), names_of(pins_));
  }

  void put(Row& row, const Pin& pin, const std::string& value) {
    const std::string digits = value.starts_with("0x") ? value.substr(2) : value;
    const bool valid = !digits.empty() && digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (!valid) fail(fmt::format("{}: '{}' is no number", pin.name, value), "hexadecimal digits");
    constexpr std::size_t kDigits = 16;
    std::string rest = digits;
    for (std::size_t word = 0; !rest.empty(); ++word) {
      const std::size_t take = std::min(rest.size(), kDigits);
      const std::uint64_t part = std::stoull(rest.substr(rest.size() - take), nullptr, 16);
      rest.resize(rest.size() - take);
      if (word < pin.words() && (part & ~word_mask(pin, word)) == 0) {
        row[pin.word + word] = part;
      } else if (part != 0) {
        fail(fmt::format("{}: {} is too wide", pin.name, value), fmt::format("{} bits", pin.bits));
      }
    }
  }

  [[noreturn]] void fail(const std::string& what, const std::string& allowed) const {
    throw InputError(fmt::format("{}:{}: {}; allowed: {}", file_, number_, what, allowed));
  }

  const Pins& pins_;
  const std::string file_;
  std::ifstream stream_;
  std::string text_;
  std::size_t number_ = 0;
  std::vector<const Pin*> columns_;
};

}  // namespace

std::string to_csv(const Pins& pins, const std::vector<Row>& rows, const std::string& comment) {
  std::string text;
  std::istringstream lines(comment);
  for (std::string line; std::getline(lines, line);) text += "# " + line + "\n";
  text += names_of(pins) + "\n";
  for (const Row& row : rows) {
    std::string values;
    for (const Pin& pin : pins.list()) values.append(values.empty() ? "" : ",").append(hex(pin, &row[pin.word]).substr(2));
    text += values + "\n";
  }
  return text;
}

std::vector<Row> read_csv(const Pins& pins, const std::filesystem::path& file) { return Reader(pins, file).rows(); }

}  // namespace binade::verify
