// SPDX-License-Identifier: Apache-2.0
// Each DRAM figure of published.csv, computed again from the currents, voltages and timings of dram_devices.csv.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "models/cost/energy_table.h"

namespace binade::cost {
namespace {

struct Quantity {
  double value = 0;
  std::string unit, io, provenance, source;
};
using Device = std::map<std::string, Quantity>;

std::map<std::string, Device> devices() {
  std::ifstream file(BINADE_DRAM_DEVICES);
  std::map<std::string, Device> result;
  std::string line;
  bool header = true;
  while (std::getline(file, line)) {
    if (line.empty() || line.front() == '#') continue;
    if (std::exchange(header, false)) {
      EXPECT_EQ(line, "preset,quantity,value,unit,io,provenance,source");
      continue;
    }
    std::istringstream text(line);
    std::vector<std::string> fields(7);
    for (std::size_t i = 0; i < 6; ++i) std::getline(text, fields[i], ',');
    std::getline(text, fields[6]);
    const Quantity quantity{std::stod(fields[2]), fields[3], fields[4], fields[5], fields[6]};
    EXPECT_TRUE(result[fields[0]].emplace(fields[1], quantity).second) << line;
  }
  return result;
}

/// What may be counted: nothing of I/O and termination.
double core(const Device& device, const std::string& name) {
  const auto row = device.find(name);
  if (row == device.end()) return 0;
  EXPECT_EQ(row->second.io, "no") << name;
  return row->second.value;
}

TEST(DramDevices, PublishedFiguresFollowFromThem) {
  const EnergyTable table = EnergyTable::load(BINADE_ENERGY_TABLE);
  const auto all = devices();
  ASSERT_EQ(all.size(), 3U);
  for (const auto& [preset, device] : all) {
    const auto of = [&, &d = device](const std::string& name) { return core(d, name); };
    const double ras = of("tras"), rc = ras + of("trp"), count = of("devices");
    // mA V ns = pJ, over both supplies.
    const auto supplies = [&](const auto& charge) { return of("vdd") * charge("") + of("vdd1") * charge("_1"); };
    double transfer =
        supplies([&](const std::string& s) { return of("idd4r" + s) - of("idd3n" + s); }) * of("burst") * count / of("burst_bytes");
    double activate = supplies([&](const std::string& s) {
                        return of("idd0" + s) * rc - of("idd3n" + s) * ras - of("idd2n" + s) * (rc - ras);
                      }) * count +
                      of("ipp0") * of("vpp") * rc * count;
    if (device.contains("pre_gsa")) transfer = 8 * (of("pre_gsa") + of("post_gsa"));
    if (device.contains("activate")) activate = of("activate");
    const double refresh = supplies([&](const std::string& s) { return of("idd5" + s) - of("idd3n" + s); }) * of("trfc") * count;
    const double closed = supplies([&](const std::string& s) { return of("idd2n" + s); }) * count;
    const double open = supplies([&](const std::string& s) { return of("idd3n" + s); }) * count;
    const auto expect = [&, &p = preset](const char* figure, const char* unit, double value) {
      EXPECT_GT(value, 0) << p << figure;
      EXPECT_NEAR(table.value(p + figure, unit), value, value * 1e-4) << p << figure;
      EXPECT_EQ(table.rows().at(p + figure).provenance, Provenance::Derived) << p << figure;
    };
    expect("_transfer", "pJ/byte", transfer);
    expect("_activate", "pJ", activate);
    expect("_refresh", "pJ", refresh);
    expect("_precharge_standby", "mW", closed);
    expect("_active_standby", "mW", open);
  }
}

TEST(DramDevices, EveryRowHasItsSource) {
  for (const auto& [preset, device] : devices()) {
    for (const auto& [name, row] : device) {
      EXPECT_TRUE(row.io == "yes" || row.io == "no") << preset << ' ' << name;
      EXPECT_TRUE(row.provenance == "read" || row.provenance == "recalled") << preset << ' ' << name;
      EXPECT_GT(row.source.size(), 15U) << preset << ' ' << name;
    }
  }
}

}  // namespace
}  // namespace binade::cost
