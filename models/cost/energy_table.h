// SPDX-License-Identifier: Apache-2.0
// The table of energy figures (published.csv): one figure and one citation a row.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace binade::cost {

enum class Provenance { Read, Recalled, Derived };

struct TableRow {
  double value = 0;
  std::string unit;  ///< pJ, pJ/64bit, pJ/byte or mW
  Provenance provenance = Provenance::Read;
  std::string source;
};

class EnergyTable {
 public:
  /// Reads `path`. Throws InputError with file, line and what is allowed; the rows that energy() needs in every platform
  /// (arithmetic, two SRAM capacities) must be there.
  /// `called`: its name in reports; empty: the path.
  static EnergyTable load(const std::string& path, const std::string& called = {});

  const std::string& name() const { return name_; }
  const std::map<std::string, TableRow, std::less<>>& rows() const { return rows_; }
  /// Throws InputError where the row is missing or its unit is another.
  double value(std::string_view name, std::string_view unit) const;
  std::optional<double> find(std::string_view name, std::string_view unit) const;
  /// Capacity in bytes and pJ per 64-bit access of the rows `sram_<bytes>`, at least two.
  const std::map<std::int64_t, double>& sram() const { return sram_; }

 private:
  std::string name_;
  std::map<std::string, TableRow, std::less<>> rows_;
  std::map<std::int64_t, double> sram_;
};

}  // namespace binade::cost
