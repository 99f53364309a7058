// SPDX-License-Identifier: Apache-2.0
// Training runs in words: what the terminal shows of one and of several, and what differs between their configurations.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/configuration_text.h"
#include "sim/report/training_report.h"

namespace binade::sim {

/// "2.3026"; a power of ten where the loss is a large number, "-" where there is none.
std::string loss_text(const std::optional<double>& loss);
/// The value of a configuration key; empty where the report has none.
std::string config_value(const TrainingReport& report, std::string_view key);
/// "sgd, lr 0.0625 constant, momentum 0.5; loss cross-entropy; batch 64".
std::string optimiser_text(const TrainingReport& report);
/// "train.lr=0.1, train.batch=32", or "none".
std::string overrides_text(const TrainingReport& report);

/// Words of the run (network, recipe, data, initialisation, seed, order, augmentation) and configuration keys that are not equal in
/// all reports, in this order.
std::vector<Difference> differences(std::span<const TrainingReport> reports);
/// A name a report that no other has: its recipe; where recipes repeat, also what differs; where nothing does, a number.
std::vector<std::string> run_labels(std::span<const TrainingReport> reports);

/// Whether any has one.
bool has_costs(std::span<const TrainingReport> reports);

/// The last row with a test accuracy, and the best test accuracy of all; null and nothing where there is none.
const EpochRow* last_tested(const TrainingReport& report);
std::optional<double> best_accuracy(const TrainingReport& report);

std::string to_text(const TrainingReport& report);
/// At least one run: a row a run, then what differs.
std::string comparison_to_text(std::span<const TrainingReport> reports);
/// The epochs of all runs below one another, the run's label first (RFC 4180).
std::string comparison_to_csv(std::span<const TrainingReport> reports);

}  // namespace binade::sim
