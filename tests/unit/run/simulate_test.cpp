// SPDX-License-Identifier: Apache-2.0
// A run as a library call, beside the command's. SystemC elaborates once per process: one simulate() a test, others in processes.
#include "sim/run/simulate.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "models/numerics/error.h"
#include "sim/data/array_file.h"
#include "sim/report/json_report.h"
#include "sim/report/version.h"
#include "sim/run/identity.h"
#include "sim/run/make_spec.h"
#include "sim/run/processes.h"
#include "sim/run/spec_settings.h"
#include "tests/unit/run/small_spec.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;
using tests::small_settings;
using tests::small_spec;

/// Without what no two runs have in common.
Json timeless(Json report) {
  for (const char* key : {"wall_seconds", "wall_parts", "checksum", "timeline"}) report.erase(key);
  return report;
}

/// The reports of `jobs`, each from a process of its own.
std::vector<Json> reports_of(const std::vector<std::function<RunReport()>>& jobs) {
  std::vector<Json> reports(jobs.size());
  run_in_processes(
      jobs.size(), {.at_a_time = 2, .remedy = {}}, [&](std::size_t i, const ProgressSink&) { return jobs[i](); },
      [&](std::size_t i, ProcessResult result) {
        EXPECT_TRUE(result.report) << result.error;
        if (result.report) reports[i] = timeless(to_json(*result.report));
      },
      [](const Progress&) {});
  return reports;
}

/// A folder for one test.
class Folder {
 public:
  explicit Folder(const std::string& name) : path_(std::filesystem::path(testing::TempDir()) / name) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
};

TEST(Simulate, IsWhatTheCommandDoes) {
  const Folder folder("simulate_command");
  const auto command = fmt::format(
      "'{}' run --network lenet5 --format posit8 --samples 3 --batch 2 --seed 5 --set core.rows=8 --set core.dataflow=ws --layers "
      "'conv*,fc2' "
      "--out '{}' --save '{}' > /dev/null",
      BINADE_PROGRAM, folder.path().string(), (folder.path() / "saved.npz").string());
  ASSERT_EQ(std::system(command.c_str()), 0);

  SpecWords words;
  words.network = "lenet5";
  words.samples = 3;
  words.batch = 2;
  words.seed = 5;
  words.layers = {"conv*", "fc2"};
  auto spec = make_spec(words);
  Settings settings;
  std::vector<std::string> problems;
  set_formats(settings, {"posit8"});
  apply_assignment(settings, "core.rows=8", problems);
  apply_assignment(settings, "core.dataflow=ws", problems);
  apply_settings(resolved_for(settings, "posit8"), spec);
  check(spec);
  std::map<std::string, std::vector<double>> values;
  SimulateHooks hooks;
  hooks.run.output = [&](const LayerOutput& output) {
    auto& all = values[output.layer];
    all.insert(all.end(), output.values.begin(), output.values.end());
  };
  const auto report = simulate(spec, hooks);

  std::ifstream file(folder.path() / "report.json");
  auto theirs = timeless(Json::parse(file)), ours = timeless(to_json(report));
  // Of a modified tree the identity holds the program's own bytes, and the test is another program.
  if (tool_revision().ends_with('+') || tool_revision() == "unknown") ours["identity"] = theirs["identity"];
  EXPECT_EQ(ours.dump(1), theirs.dump(1));
  const auto saved = open_arrays(folder.path() / "saved.npz");
  EXPECT_FALSE(values.empty());
  EXPECT_EQ(saved->names().size(), 2 * values.size());  // and the codes
  for (const auto& [layer, all] : values) {
    ASSERT_TRUE(saved->contains(layer)) << layer;
    EXPECT_EQ(to_tensor(saved->read(layer, 3), layer).values, all) << layer;
  }
}

TEST(Simulate, SeveralRunInProcesses) {
  const auto reports = reports_of({[] { return simulate(small_spec("posit8")); }, [] { return simulate(small_spec("dfp8")); },
                                   [] { return simulate(small_spec("posit8")); }});
  EXPECT_EQ(reports[0], reports[2]);
  EXPECT_NE(reports[0]["digest"], reports[1]["digest"]);
  EXPECT_NE(reports[0]["identity"], reports[1]["identity"]);
  EXPECT_EQ(timeless(to_json(simulate(small_spec("posit8")))), reports[0]);
}

TEST(Simulate, HooksChangeNothing) {
  const Folder folder("simulate_hooks");
  const auto hooked = [&] {
    std::int64_t steps = 0, tiles = 0, outputs = 0;
    SimulateHooks hooks;
    hooks.timeline = folder.path() / "trace.json";
    hooks.mismatch_directory = folder.path();
    hooks.run.threads = 2;
    hooks.run.progress = [&](const Progress&) { ++steps; };
    hooks.run.before_gemm = [&](const std::string&, std::int64_t n) { tiles += n; };
    hooks.run.output = [&](const LayerOutput&) { ++outputs; };
    auto report = simulate(small_spec("dfp8"), hooks);
    if (steps == 0 || tiles == 0 || outputs != steps || !report.timeline) throw InvariantError("a hook was not called");
    return report;
  };
  const auto reports = reports_of({[] { return simulate(small_spec("dfp8")); }, hooked});
  EXPECT_EQ(reports[0], reports[1]);
  EXPECT_EQ(reports[0]["identity"], run_identity(small_spec("dfp8")));
}

TEST(Simulate, StopsWhereItIsTold) {
  std::atomic<bool> stop = false;
  SimulateHooks hooks;
  hooks.run.stop = &stop;
  hooks.run.progress = [&](const Progress&) { stop = true; };
  const auto report = simulate(small_spec("posit8"), hooks);
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.layers.size(), 1U);
}

TEST(Simulate, AMismatchOfAProcessIsSaid) {
  ProcessResult ended;
  run_in_processes(
      1, {}, [](std::size_t, const ProgressSink&) -> RunReport { throw MismatchError("planted"); },
      [&](std::size_t, ProcessResult result) { ended = std::move(result); }, [](const Progress&) {});
  EXPECT_FALSE(ended.report);
  EXPECT_EQ(ended.error, "planted");
  EXPECT_EQ(ended.exit_code, 1);
}

}  // namespace
}  // namespace binade::sim
