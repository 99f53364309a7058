// SPDX-License-Identifier: Apache-2.0
// Training steps on the literal device: golden = device for every recipe and every kind of layer that trains, the first step and
// one with histories; what of a step its rows say; and the check itself, with faults planted.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

#include "models/numerics/error.h"
#include "models/programs/golden_machine.h"
#include "models/programs/storage.h"
#include "models/programs/training/encoded_executor.h"
#include "models/programs/training/network_training.h"
#include "sim/host/digest.h"
#include "sim/host/run.h"
#include "sim/host/step_program.h"
#include "sim/report/passes.h"
#include "tests/support/faulty_device.h"
#include "tests/support/training_networks.h"
#include "tests/support/training_step.h"

namespace binade::sim {
namespace {

using support::next_step;
using support::step_spec;

RunReport run_literally(RunSpec spec) {
  tests::LiteralDevice device(spec.platform, 3);
  return run_network(spec, device);
}

struct Point {
  std::string network, recipe;
  std::string format = "posit8";  ///< of every tensor, without a recipe
};
void PrintTo(const Point& point, std::ostream* out) { *out << point.network << ' ' << point.recipe << ' ' << point.format; }

class StepOnDevice : public testing::TestWithParam<Point> {};

TEST_P(StepOnDevice, IsTheGoldenStep) {
  RunSpec spec = step_spec({.network = GetParam().network, .recipe = GetParam().recipe, .format = GetParam().format});
  spec.check = true;
  const RunReport first = run_literally(spec);
  EXPECT_EQ(first.layers.size(), StepProgram(spec).steps().size());
  RunSpec second = next_step(spec);
  const RunReport after = run_literally(second);
  EXPECT_NE(first.digest, after.digest);
}

std::vector<Point> points() {
  std::vector<Point> all;
  for (const support::TrainingNetwork& network : support::training_networks()) {
    for (const char* const recipe : {"positnn", "flexpoint", "bf16", "fp8", "dfp8"}) all.push_back({network.name, recipe});
    all.push_back({network.name, "", "dfp12"});
  }
  for (const char* const recipe :
       {"flexpoint,preset=ngraph", "dfp16", "sdfp8", "hill", "fp16", "fp32", "fp8-e4m3-e5m2", "fp8,history=2,margin=1"})
    for (const char* const network : {"mlp", "convolutions"}) all.push_back({network, recipe});
  return all;
}
INSTANTIATE_TEST_SUITE_P(Points, StepOnDevice, testing::ValuesIn(points()), [](const auto& tested) {
  std::string name = tested.param.network + "_" + (tested.param.recipe.empty() ? tested.param.format : tested.param.recipe);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
});

/// Digests of what each step of golden training makes, by step.
class Digests final : public programs::StepObserver {
 public:
  explicit Digests(programs::Machine& machine) : machine_(machine) {}
  void begins(const programs::StepExecution&) override {}
  void executed(const programs::StepExecution& execution) override {
    Digest digest;
    for (std::size_t i = 0; i < execution.step().results.size(); ++i) digest.update(read_bytes(machine_, execution.result(i)));
    of_[execution.step().name] = digest.hex();
  }
  std::map<std::string, std::string> take() { return std::exchange(of_, {}); }

 private:
  programs::Machine& machine_;
  std::map<std::string, std::string> of_;
};

std::map<std::string, std::string> digests_of(const RunReport& report) {
  std::map<std::string, std::string> digests;
  for (const LayerReport& row : report.layers) digests[row.name] = row.digest;
  return digests;
}

// Two steps of golden training in one go: the device's are the same, the second from the state that the first leaves.
TEST_P(StepOnDevice, MakesWhatGoldenTrainingMakes) {
  const RunSpec spec = step_spec({.network = GetParam().network, .recipe = GetParam().recipe, .format = GetParam().format});
  const auto seed = static_cast<std::uint32_t>(spec.seed);
  programs::GoldenMachine machine(spec.platform.core);
  programs::ExponentBook book(exponent_options(*spec.step, spec.flex, spec.sdfp, spec.seed));
  const programs::ExecutionOptions options{.core = spec.platform.core, .seed = seed, .initialise_on_machine = true};
  programs::EncodedExecutor executor(machine, book, options);
  programs::NetworkTraining training(spec.network, training_choice(*spec.step, *spec.formats), executor, seed, false);
  training.set_parameters(spec.parameters);
  Digests digests(machine);
  executor.observe(&digests);
  std::vector<double> room;
  const std::span<const double> values = spec.inputs.begin()->second.reals().all(room);
  const std::vector<float> x(values.begin(), values.end());
  training.step(x, targets_of(spec), spec.step->rate, 1, {});
  EXPECT_EQ(digests.take(), digests_of(run_literally(spec)));
  training.step(x, targets_of(spec), spec.step->rate, 2, {});
  EXPECT_EQ(digests.take(), digests_of(run_literally(next_step(spec))));
}

TEST(StepRun, RowsAreTheStepsOfThePassesAskedFor) {
  RunSpec spec = step_spec({.network = "normalised", .recipe = "positnn"});
  const RunReport whole = run_literally(spec);
  std::set<std::string> names;
  std::uint64_t cycles = 0;
  for (const LayerReport& row : whole.layers) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(row.macs, row.counters[spec::Counter::CoreMacs]) << row.name;
    cycles += row.total_cycles;
  }
  EXPECT_EQ(cycles, whole.counters[spec::Counter::TotalCycles]);
  std::size_t rows = 0;
  for (const std::string_view part : row_passes()) {
    spec.step->passes = {std::string(part)};
    const RunReport of_part = run_literally(spec);
    EXPECT_FALSE(of_part.layers.empty()) << part;
    for (const LayerReport& row : of_part.layers) EXPECT_EQ(row.pass, part);
    rows += of_part.layers.size();
    EXPECT_TRUE(of_part.complete);
    for (const auto& [name, digest] : digests_of(of_part)) EXPECT_EQ(digest, digests_of(whole).at(name)) << name;
  }
  EXPECT_EQ(rows, whole.layers.size());
}

TEST(StepRun, ScoresWhatItWasLabelledWith) {
  RunSpec spec = step_spec({.network = "mlp", .samples = 8});
  EXPECT_FALSE(run_literally(spec).top1_correct);
  std::int64_t all = 0;
  for (int label = 0; label < 3; ++label) {
    spec.labels = std::vector<int>(8, label);
    spec.step->passes = {"forward"};
    all += run_literally(spec).top1_correct.value();
  }
  EXPECT_EQ(all, 8);
}

TEST(StepRun, EndsWhereItIsTold) {
  const RunSpec spec = step_spec({.network = "mlp"});
  const std::atomic<bool> stop = true;
  tests::LiteralDevice device(spec.platform, 3);
  RunHooks hooks;
  hooks.stop = &stop;
  const RunReport report = run_network(spec, device, hooks);
  EXPECT_FALSE(report.complete);
  EXPECT_TRUE(report.layers.empty());
}

TEST(StepRun, TheCheckSeesPlantedFaults) {
  RunSpec spec = step_spec({.network = "mlp"});
  spec.check = true;
  const std::size_t steps = StepProgram(spec).steps().size();
  const auto run = [&](tests::FaultyDevice::Fault fault, std::uint64_t at) {
    tests::FaultyDevice device(spec.platform, fault, at);
    run_network(spec, device);
  };
  EXPECT_NO_THROW(run(tests::FaultyDevice::Fault::None, 0));
  for (std::uint64_t at = 1; at <= steps; ++at) {
    EXPECT_THROW(run(tests::FaultyDevice::Fault::Byte, at), MismatchError) << at;
    EXPECT_THROW(run(tests::FaultyDevice::Fault::Events, at), MismatchError) << at;
  }
}

TEST(StepRun, SaysWhatIsWrongBeforeItRuns) {
  const RunSpec good = step_spec({.network = "mlp"});
  const auto says = [&](const std::string& what, void (*change)(RunSpec&)) {
    RunSpec spec = good;
    change(spec);
    try {
      validate(spec);
      ADD_FAILURE() << "nothing said of: " << what;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
  };
  EXPECT_NO_THROW(validate(good));
  says("in passes of 2; allowed: a batch of all", [](RunSpec& s) { s.batch = 2; });
  says("--layers: not of a training step", [](RunSpec& s) { s.layer_selection = {"fc1"}; });
  says("fold_batchnorm: not in training", [](RunSpec& s) { s.fold_batchnorm = true; });
  says("step 2 without the state", [](RunSpec& s) { s.step->step = 2; });
  says("pass 'sideways' is unknown; allowed: forward loss backward-data backward-weight update",
       [](RunSpec& s) { s.step->passes = {"sideways"}; });
  says("an inner layer", [](RunSpec& s) {
    operations::Tensor inner = s.inputs.begin()->second;
    inner.shape = {3, 7};
    inner.values.resize(21);
    s.inputs = {{"relu1", inner}};
  });
  says("'fc1.weight' (7, 5) is missing", [](RunSpec& s) { s.parameters.erase("fc1.weight"); });
  says("state: no 'velocity.fc2.bias'", [](RunSpec& s) {
    s = next_step(s);
    auto state = std::make_shared<StepState>(*s.step->state);
    state->tensors.erase("velocity.fc2.bias");
    s.step->state = state;
  });
  says("state: 'weight.fc2.bias' is 2 elements of posit8; allowed: 3 of posit8", [](RunSpec& s) {
    s = next_step(s);
    auto state = std::make_shared<StepState>(*s.step->state);
    state->tensors.at("weight.fc2.bias").codes.pop_back();
    s.step->state = state;
  });
  says("scratchpad.a_bytes", [](RunSpec& s) { s.platform.scratchpad.a_bytes = 64; });
}

}  // namespace
}  // namespace binade::sim
