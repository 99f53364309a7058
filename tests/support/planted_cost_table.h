// SPDX-License-Identifier: Apache-2.0
// A cost table of a world whose figures are simple formulas, so that the right answers are known.
#pragma once

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace binade::tests {

/// Of dfp_pe; energies are those of a multiply-accumulate.
struct PlantedWorld {
  static double area(int a, int b, int acc, int latency) { return 2.0 * a * b + 3 * acc + 4 * (latency - 1) + 5; }
  static double delay(int a, int b, int latency) { return 100 * std::log2(a + b) - 50 * std::min(latency - 1, 1) + 200; }
  static double leakage(int a, int b) { return 1.5 * a * b; }
  static double timed(int a) { return 0.001 * a; }  ///< a bit of A that changes
  static constexpr double kConstant = 0.25, kIdle = 0.0625, kCross = 0.0005;
  /// What a measured area has beside the formula, which the regressions do not know.
  static constexpr double kMeasured = 1;
  static constexpr double kHeldOutRms = 2, kHeldOutMax = 7, kUnseen = 4;
};

inline nlohmann::json planted_shape(int bits, int acc, int latency) {
  using W = PlantedWorld;
  const nlohmann::json energy{{"terms", {"1", "hd_a", "hd_a*wt_b"}},
                              {"pj", {W::kConstant, W::timed(bits), W::kCross}},
                              {"rms_percent", 1},
                              {"unseen_mean_percent", W::kUnseen},
                              {"unseen_max_percent", 9}};
  return {{"unit", "dfp_pe"},
          {"format", "dfp" + std::to_string(bits)},
          {"settings", nlohmann::json::array()},
          {"parameters", {{"ABits", bits}, {"BBits", bits}, {"AccBits", acc}, {"Latency", latency}}},
          {"hierarchy", "flat"},
          {"target_ps", 1000},
          {"area_um2", W::area(bits, bits, acc, latency) + W::kMeasured},
          {"delay_ps", W::delay(bits, bits, latency)},
          {"leakage_nw", W::leakage(bits, bits)},
          {"cells", 100},
          {"flip_flops", 33},
          {"energy", {{"timed", energy}, {"zero_delay", energy}, {"idle_pj", W::kIdle}}}};
}

inline nlohmann::json planted_table() {
  using W = PlantedWorld;
  using nlohmann::json;
  const json range{{"ABits", {4, 16}}, {"BBits", {4, 16}}, {"AccBits", {32, 48}}, {"Latency", {1, 4}}};
  const auto fit = [&](const json& terms, const json& coefficients) {
    return json{{"terms", terms},
                {"coefficients", coefficients},
                {"samples", 9},
                {"rms_percent", 1},
                {"max_percent", 3},
                {"held_out_rms_percent", W::kHeldOutRms},
                {"held_out_max_percent", W::kHeldOutMax},
                {"range", range}};
  };
  json shapes = json::array();
  for (const int latency : {1, 2, 3, 4})
    for (const auto& [bits, acc] : {std::pair{4, 32}, {8, 32}, {16, 48}}) shapes.push_back(planted_shape(bits, acc, latency));
  return {{"schema", 2},
          {"technology",
           {{"name", "planted"},
            {"library", "a library"},
            {"corner", "typical"},
            {"voltage", 0.7},
            {"temperature", 25},
            {"rtl_revision", "0123456789abcdef"},
            {"date", "2026-01-01"},
            {"tools", {{"yosys", "0.23"}, {"sta", "2.0"}}},
            {"not_modelled", "wires"}}},
          {"shapes", shapes},
          {"regressions",
           {{"dfp_pe",
             {{"area_um2", fit({"ABits * BBits", "AccBits", "Latency - 1", "1"}, {2, 3, 4, 5})},
              {"delay_ps", fit({"log2(ABits + BBits)", "min(Latency - 1, 1)", "1"}, {100, -50, 200})},
              {"leakage_nw", fit({"ABits * BBits"}, {1.5})},
              {"energy.timed.1", fit({"1"}, {W::kConstant})},
              {"energy.timed.hd_a", fit({"ABits"}, {0.001})},
              {"energy.timed.hd_a*wt_b", fit({"1"}, {W::kCross})},
              {"energy.zero_delay.1", fit({"1"}, {W::kConstant / 2})},
              {"energy.idle_pj", fit({"1"}, {W::kIdle})}}}}}};
}

/// A folder with fit.json, gone with the object.
class PlantedFolder {
 public:
  PlantedFolder(const std::filesystem::path& folder, const nlohmann::json& table) : folder_(folder) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "fit.json") << table.dump(1);
  }
  PlantedFolder(const PlantedFolder&) = delete;
  PlantedFolder& operator=(const PlantedFolder&) = delete;
  ~PlantedFolder() { std::filesystem::remove_all(folder_); }
  std::string path() const { return folder_.string(); }

 private:
  std::filesystem::path folder_;
};

}  // namespace binade::tests
