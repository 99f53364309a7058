// SPDX-License-Identifier: Apache-2.0
#include "sim/report/training_columns.h"

#include <string>
#include <utility>

#include "sim/report/column_parts.h"

namespace binade::sim {

using namespace column_parts;

namespace {

/// What follows from other figures of a cost.
CostColumn of_cost(const std::string& name, Words words, std::optional<double> (*get)(const CostRow&)) {
  return {facts(own(name), ColumnType::Real, std::move(words)), [get](const CostRow& row) { return cell_of(get(row)); }, {}};
}

Constraint part_words() {
  Constraint words = row_pass_words();
  for (const char* const part : {kStepPart, kFirstStepPart, kLastStepPart, kEpochPart}) words.words.emplace_back(part);
  return words;
}

Constraint share() { return {.minimum = 0, .maximum = 1}; }

}  // namespace

const std::vector<EpochColumn>& epoch_columns() {
  static const std::vector<EpochColumn> columns{
      plain("epoch", &EpochRow::epoch, {{}, "of the training data, from 1", {}, at_least(1)}),
      plain("step", &EpochRow::step, {"steps", "done by its end", {}, at_least(0)}),
      plain("samples", &EpochRow::samples, {{}, "trained on in it: all, but where the run ended within it", {}, at_least(0)}),
      plain("train_loss", &EpochRow::train_loss, {{}, "mean over its samples, each before the step that it is part of"}),
      plain("train_accuracy", &EpochRow::train_accuracy, {{}, "share of them that was classified correctly then", {}, share()}),
      plain("test_loss", &EpochRow::test_loss, {{}, "mean over the test set, after its last step", "runs without a test set"}),
      plain("test_accuracy", &EpochRow::test_accuracy,
            {{}, "share of the test set that is classified correctly then", "runs without a test set", share()}),
      plain("lr", &EpochRow::lr, {{}, "learning rate of its last step", {}, {}}),
      plain("overflows", &EpochRow::overflows,
            {"elements", "written in it that were clamped, or became an infinity, NaN or NaR", {}, at_least(0)}),
      plain("underflows", &EpochRow::underflows,
            {"elements", "written in it that became zero, or were raised to the least value", {}, at_least(0)}),
      plain("images_per_second", &EpochRow::images_per_second,
            {"images/s", "through its steps, by the wall clock", {}, at_least(0)}),
      plain("train_seconds", &EpochRow::train_seconds, {"s", "that its steps took, by the wall clock", {}, at_least(0)}),
      plain("accelerator_cycles", &EpochRow::accelerator_cycles,
            {"cycles", "its steps on the accelerator: the figures of cost.csv times their number", "runs without --cost",
             at_least(0)}),
      plain("accelerator_energy_pj", &EpochRow::accelerator_energy_pj,
            {"pJ", "the energy of the same", "runs without --cost", at_least(0)}),
  };
  return columns;
}

const std::vector<TensorColumn>& tensor_columns() {
  static const std::vector<TensorColumn> columns{
      plain("epoch", &TensorRow::epoch, {{}, "of the training data, from 1", {}, at_least(1)}),
      plain("tensor", &TensorRow::tensor, {{}, "its name in the network"}),
      plain("pass", &TensorRow::pass, {{}, "that writes it", {}, pass_words()}),
      plain("exponent", &TensorRow::exponent,
            {{},
             "LSB exponent, or exponent of its scale, of its last write in the epoch",
             "formats without a shared exponent or scale"}),
      plain("writes", &TensorRow::writes, {"elements", "written in the epoch", {}, at_least(0)}),
      plain("overflows", &TensorRow::overflows,
            {"elements", "of them that were clamped, or became an infinity, NaN or NaR", {}, at_least(0)}),
      plain("underflows", &TensorRow::underflows,
            {"elements", "of them that became zero, or were raised to the least value", {}, at_least(0)}),
  };
  return columns;
}

const std::vector<CostColumn>& cost_columns() {
  static const std::vector<CostColumn> columns{
      plain("part", &CostRow::part,
            {{},
             "a pass of a step; a whole step; the first of the run, where it takes less or more; the last of an epoch, where it "
             "has fewer "
             "samples; an epoch after the first: its steps added up",
             {},
             part_words()}),
      plain("steps", &CostRow::steps, {{}, "that it is, or is part of", {}, at_least(1)}),
      plain("samples", &CostRow::samples, {"samples", "that are trained on", {}, at_least(1)}),
      plain("macs", &CostRow::macs, {{}, "multiply-accumulates", {}, at_least(0)}),
      plain("cycles", &CostRow::cycles, {"cycles", "doorbell to interrupt, all operations", {}, at_least(0)}),
      plain("seconds", &CostRow::seconds, {"s", "of those cycles, at the accelerator's clock", {}, at_least(0)}),
      of_cost("images_per_second", {"images/s", "samples over seconds", "parts that take no time", at_least(0)}, images_per_second),
      plain("energy_pj", &CostRow::energy_pj, {"pJ", "all components", {}, at_least(0)}),
      {facts(own("energy_per_image_pj"), ColumnType::Real, {"pJ", "energy over samples", {}, at_least(0)}),
       [](const CostRow& row) -> Cell { return energy_per_image_pj(row); },
       {}},
      of_cost("pj_per_mac", {"pJ", "energy over multiply-accumulates", "parts without multiply-accumulates", at_least(0)},
              pj_per_mac),
      plain("dram_requested_bytes", &CostRow::dram_requested_bytes,
            {"bytes", "what the engines and the descriptor fetch asked for", {}, at_least(0)}),
      plain("dram_burst_bytes", &CostRow::dram_burst_bytes,
            {"bytes", "in whole device bursts; as requested where memory is ideal", {}, at_least(0)}),
      plain("bus_bytes", &CostRow::bus_bytes, {"bytes", "carried by the bus, both directions", {}, at_least(0)}),
      plain("bound_by", &CostRow::bound_by, {{}, "what most clocks go to (report.md)", {}, bound_words()}),
      plain("energy_standing", &CostRow::energy_standing,
            {{},
             "how the energy came about: published, or the standing of the core's figures, with its units that are extrapolated "
             "or not modelled"}),
  };
  return columns;
}

const std::vector<TrainingColumn>& training_columns() {
  static const std::vector<TrainingColumn> columns{
      plain("network", &TrainingReport::network, {{}, "its name"}),
      plain("network_source", &TrainingReport::network_source, {{}, "where its definition comes from"}),
      plain("recipe", &TrainingReport::recipe, {{}, "name, and what its parameters were given"}),
      plain("data", &TrainingReport::data, {{}, "where the samples come from, in words"}),
      plain("initialisation", &TrainingReport::initialisation, {{}, "where the first weights come from, in words"}),
      plain("train_samples", &TrainingReport::train_samples, {"samples", "of the training set", {}, at_least(1)}),
      plain("test_samples", &TrainingReport::test_samples, {"samples", "of the test set; 0: there is none", {}, at_least(0)}),
      plain("seed", &TrainingReport::seed,
            {{}, "of weights, order, augmentation, dropout and stochastic rounding", {}, at_least(0)}),
      plain("order", &TrainingReport::order, {{}, "of the samples in an epoch"}),
      plain("augmentation", &TrainingReport::augmentation, {{}, "of the training images"}),
      plain("status", &TrainingReport::status, {{}, "complete, interrupted, or why the run ended before its last step"}),
      plain("identity", &TrainingReport::identity,
            {{}, "SHA-256 of everything that the results follow from", {}, {.pattern = kDigestPattern}}),
  };
  return columns;
}

}  // namespace binade::sim
