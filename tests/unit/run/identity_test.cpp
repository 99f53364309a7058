// SPDX-License-Identifier: Apache-2.0
// The identity of a run: another one wherever anything differs that its result follows from, and nowhere else.
#include "sim/run/identity.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "models/cost/calibrated_table.h"
#include "models/numerics/error.h"
#include "sim/config/keys.h"
#include "sim/run/share.h"
#include "sim/run/spec_settings.h"
#include "tests/support/planted_cost_table.h"
#include "tests/unit/run/small_spec.h"

namespace binade::sim {
namespace {

using tests::small_settings;
using tests::small_spec;
using Change = std::function<void(RunSpec&)>;

struct Case {
  const char* field;
  std::vector<Change> changes;
};

/// The published table with one figure changed.
cost::EnergyTable other_table() {
  const auto file = std::filesystem::path(testing::TempDir()) / "identity_energy.csv";
  std::ifstream published(shared_file(kPublishedEnergyTable));
  std::ofstream stream(file);
  for (std::string line; std::getline(published, line);)
    stream << (line.starts_with("int_add_8,") ? "int_add_8,77,pJ,derived,test" : line) << '\n';
  stream.close();
  auto table = cost::EnergyTable::load(file.string(), "models/cost/published.csv");
  std::filesystem::remove(file);
  return table;
}

/// A table of a core with that digest.
CalibratedCosts planted_costs(const std::string& digest) {
  const std::string folder = testing::TempDir() + "identity_costs";
  const tests::PlantedFolder files(folder, tests::planted_table());
  return {.table = std::make_shared<const cost::CalibratedTable>(cost::CalibratedTable::load(folder, "planted")), .digest = digest};
}

Change of_step(const std::function<void(StepSpec&)>& change) {
  return [change](RunSpec& spec) {
    spec.formats = programs::FormatChoice{.recipe = {}, .format = spec.platform.core.format.out};
    change(spec.step.emplace());
  };
}

std::shared_ptr<const StepState> small_state(numerics::Code code, std::uint64_t passes, int scale = 0) {
  StepState state;
  state.tensors["weight.fc.bias"] = {.format = numerics::kBinary32, .shape = {1}, .exponents = {}, .codes = {code}};
  state.exponents.passes = passes;
  if (scale != 0) state.exponents.scales[7] = {.scale = scale, .maxima = {}};
  return std::make_shared<const StepState>(std::move(state));
}

std::shared_ptr<const StepRecord> small_record(const char* digest) {
  return std::make_shared<const StepRecord>(StepRecord{.name = "step.npz", .digest = digest, .tensors = {}});
}

/// Every field of RunSpec that its result follows from.
std::vector<Case> cases() {
  {
    // A field that joins RunSpec does not compile here until this list has it.
    RunSpec spec;
    [[maybe_unused]] const auto& [format, network, parameters, inputs, labels, tensors, tensors_digest, batch, layer_selection,
                                  platform, formats, core, rtl_sample, flex, sdfp, seed, energy_table, calibrated, clock_of_table,
                                  reference, fold_batchnorm, check, tiling, step] = spec;
  }
  {
    StepSpec step;
    [[maybe_unused]] const auto& [policy, optimiser, loss, loss_scale, rate, number, sdfp_gradients, passes_age, passes, state,
                                  record] = step;
  }
  return {
      {"network",
       {[](RunSpec& s) { s.network.name = "other"; }, [](RunSpec& s) { s.network.classes = 4; },
        [](RunSpec& s) { s.network.layers.back().name = "other"; }, [](RunSpec& s) { s.network.layers[1].window.pad_h = 2; }}},
      {"parameters",
       {[](RunSpec& s) { s.parameters.at("conv.weight").values[7] += 1; }, [](RunSpec& s) { s.parameters.erase("fc.bias"); }}},
      {"inputs",
       {[](RunSpec& s) { s.inputs.at("input").values[7] += 1; },
        [](RunSpec& s) {
          s.inputs.at("input").shape = {2, 3, 36};
        },
        [](RunSpec& s) {
          s.inputs = {{"conv", s.inputs.at("input")}};
        }}},
      {"labels",
       {[](RunSpec& s) {
          s.labels = {1, 2};
        },
        [](RunSpec& s) {
          s.labels = {2, 1};
        }}},
      {"tensors_digest", {[](RunSpec& s) { s.tensors_digest = "a"; }, [](RunSpec& s) { s.tensors_digest = "b"; }}},
      {"batch", {[](RunSpec& s) { s.batch = 1; }}},
      {"layer_selection",
       {[](RunSpec& s) { s.layer_selection = {"conv"}; },
        [](RunSpec& s) {
          s.layer_selection = {"co", "nv"};
        }}},
      {"formats",
       {[](RunSpec& s) { s.formats = programs::choice_of(s.platform.core); },
        [](RunSpec& s) {
          s.formats = programs::choice_of(s.platform.core);
          s.formats->a = numerics::parse_format("flex8+5");
        },
        [](RunSpec& s) {
          s.formats = programs::choice_of(s.platform.core);
          s.formats->acc_bits = 40;
        },
        [](RunSpec& s) {
          s.formats = programs::choice_of(s.platform.core);
          programs::TensorRule to_zero;
          to_zero.rounding = numerics::Rounding::Rtz;
          s.formats->recipe.rules = {{.layers = {"fc"}, .classes = {}, .passes = {}, .says = to_zero, .where = {}}};
          s.formats->rounding.reset();
        },
        [](RunSpec& s) {
          s.formats = programs::choice_of(s.platform.core);
          s.formats->recipe.name = "another";
        },
        [](RunSpec& s) {
          s.formats = programs::choice_of(s.platform.core);
          s.fold_batchnorm = true;
        }}},
      {"platform.values", {[](RunSpec& s) { s.platform.values = false; }}},
      {"platform.core.further_modes",
       {[](RunSpec& s) {
          s.platform.core.further_modes = {{s.platform.core.format, s.platform.core.accumulate}};
        },
        [](RunSpec& s) {
          s.platform.core.further_modes = {{s.platform.core.format, {.policy = numerics::Accumulate::Fp32}}};
        }}},
      {"platform.further_formats",
       {[](RunSpec& s) { s.platform.further_formats = {{s.platform.core.format.out}}; },
        [](RunSpec& s) {
          s.platform.further_formats = {{s.platform.core.format.out, numerics::Rounding::Sr}};
        }}},
      {"core", {[](RunSpec& s) { s.core = CoreKind::Cycle; }, [](RunSpec& s) { s.core = CoreKind::Rtl; }}},
      {"rtl_sample",
       {[](RunSpec& s) { s.rtl_sample = lockstep::parse_sample_size("1"); },
        [](RunSpec& s) { s.rtl_sample = lockstep::parse_sample_size("1%"); }}},
      {"seed", {[](RunSpec& s) { s.seed = 5; }}},
      {"energy_table", {[](RunSpec& s) { s.energy_table = other_table(); }}},
      {"calibrated",
       {[](RunSpec& s) { s.calibrated = planted_costs("1"); }, [](RunSpec& s) { s.calibrated = planted_costs("2"); },
        [](RunSpec& s) {
          s.calibrated = planted_costs("1");
          s.calibrated->fixed_operands = true;
        }}},
      {"reference", {[](RunSpec& s) { s.reference = false; }}},
      {"fold_batchnorm", {[](RunSpec& s) { s.fold_batchnorm = true; }}},
      {"check", {[](RunSpec& s) { s.check = true; }}},
      {"tiling",
       {[](RunSpec& s) {
          s.tiling.layers = {{"conv", {4, 4, 4}}};
        },
        [](RunSpec& s) {
          s.tiling.layers = {{"conv", {4, 4, 4, false}}};
        }}},
      {"step",
       {of_step([](StepSpec&) {}),
        of_step([](StepSpec& s) { s.policy.stepwise = true; }),
        of_step([](StepSpec& s) { s.policy.weight_order = operations::KOrder::SamplesInnermost; }),
        of_step([](StepSpec& s) { s.policy.bias_per_sample = true; }),
        of_step([](StepSpec& s) { s.policy.average_gradients = true; }),
        of_step([](StepSpec& s) { s.optimiser.momentum = 0.25; }),
        of_step([](StepSpec& s) { s.optimiser.method = programs::Optimiser::Method::Adam; }),
        of_step([](StepSpec& s) { s.loss = programs::Loss::MeanSquare; }),
        of_step([](StepSpec& s) { s.loss_scale = 4; }),
        of_step([](StepSpec& s) { s.rate = 0.125; }),
        of_step([](StepSpec& s) { s.step = 2; }),
        of_step([](StepSpec& s) { s.sdfp_gradients = 3; }),
        of_step([](StepSpec& s) { s.passes_age = false; }),
        of_step([](StepSpec& s) { s.passes = {"update"}; }),
        of_step([](StepSpec& s) { s.state = small_state(1, 0); }),
        of_step([](StepSpec& s) { s.state = small_state(2, 0); }),
        of_step([](StepSpec& s) { s.state = small_state(2, 1); }),
        of_step([](StepSpec& s) { s.state = small_state(2, 1, 3); }),
        of_step([](StepSpec& s) { s.record = small_record("a"); }),
        of_step([](StepSpec& s) { s.record = small_record("b"); })}},
  };
}

TEST(Identity, EveryFieldIsInIt) {
  std::set<std::string> identities{run_identity(small_spec("flex16+5"))};
  for (const auto& [field, changes] : cases())
    for (std::size_t i = 0; i < changes.size(); ++i) {
      auto spec = small_spec("flex16+5");
      changes[i](spec);
      EXPECT_TRUE(identities.insert(run_identity(spec)).second) << field << ", change " << i;
    }
}

/// A value of the key that differs from the one that `settings` have; any of these words that it takes.
std::string other_value(const Key& key, const Settings& settings) {
  for (const char* word :
       {"posit16",    "serial",   "exact",    "rtz",    "ws",     "none",  "full", "hbm2", "ngraph",    "device",
        "round",      "true",     "0.5",      "0.25",   "2",      "3",     "4",    "8",    "64",        "128",
        "1024",       "1048576",  "first",    "cosine", "xavier", "mnist", "adam", "mse",  "gradients", "samples-innermost",
        "per-sample", "stepwise", "binary64", "step",   "search", "4x4x4", "nmk"}) {
    try {
      Settings changed = settings;
      key.set(changed, word);
      if (key.get(changed) != key.get(settings)) return word;
    } catch (const InputError&) {
    }
  }
  return "";
}

// Format, platform, flex and sdfp: what their keys say.
TEST(Identity, EveryKeyIsInIt) {
  const auto before = small_settings("flex16+5");
  std::set<std::string> identities{run_identity(small_spec("flex16+5")), run_identity(small_spec("posit8"))};
  for (const auto& key : configuration_keys()) {
    const auto value = other_value(key, before);
    ASSERT_FALSE(value.empty()) << key.name;
    const auto* const format = key.name.starts_with("posit.") ? "posit8" : "flex16+5";
    const bool fresh = identities.insert(run_identity(small_spec(format, {key.name + "=" + value}))).second;
    EXPECT_EQ(fresh, !key.of_training()) << key.name << "=" << value;
  }
}

TEST(Identity, SettingsOfASpecAreThoseThatItWasMadeOf) {
  const auto before = small_settings("flex16+5");
  for (const auto& key : configuration_keys()) {
    if (key.of_training()) continue;
    const std::vector<std::string> assignment{key.name + "=" + other_value(key, before)};
    EXPECT_EQ(key_values(settings_of(small_spec("flex16+5", assignment)), KeySet::Run),
              key_values(small_settings("flex16+5", assignment), KeySet::Run))
        << key.name;
  }
}

TEST(Identity, NamesAndOriginsAreNot) {
  auto spec = small_spec("posit8");
  const auto before = run_identity(spec);
  spec.tensors = "inputs: elsewhere.npz";
  EXPECT_EQ(run_identity(spec), before);
  spec.energy_table = cost::EnergyTable::load(shared_file(kPublishedEnergyTable).string(), "elsewhere.csv");
  EXPECT_EQ(run_identity(spec), before);
}

}  // namespace
}  // namespace binade::sim
