// SPDX-License-Identifier: Apache-2.0
#include "sim/report/training_columns.h"

#include <string>
#include <utility>

#include "sim/report/column_parts.h"

namespace binade::sim {

using namespace column_parts;

namespace {

template <typename Row, typename T>
PlainColumn<Row> plain(const std::string& name, T Row::*member, Words words) {
  return {facts(own(name), type_of<T>(), std::move(words)), [member](const Row& row) { return cell_of(row.*member); },
          [member](Row& row, const Cell& cell) { take(row.*member, cell); }};
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
  };
  return columns;
}

const std::vector<TensorColumn>& tensor_columns() {
  static const std::vector<TensorColumn> columns{
      plain("epoch", &TensorRow::epoch, {{}, "of the training data, from 1", {}, at_least(1)}),
      plain("tensor", &TensorRow::tensor, {{}, "its name in the network"}),
      plain("pass", &TensorRow::pass, {{}, "that writes it", {}, pass_words()}),
      plain("exponent", &TensorRow::exponent,
            {{}, "LSB exponent of its last write in the epoch", "formats without a shared exponent"}),
      plain("writes", &TensorRow::writes, {"elements", "written in the epoch", {}, at_least(0)}),
      plain("overflows", &TensorRow::overflows,
            {"elements", "of them that were clamped, or became an infinity, NaN or NaR", {}, at_least(0)}),
      plain("underflows", &TensorRow::underflows,
            {"elements", "of them that became zero, or were raised to the least value", {}, at_least(0)}),
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
