// SPDX-License-Identifier: Apache-2.0
#include "sim/train/train_state.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace binade::sim {
namespace {

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

/// The row of a tensor and pass; made of `fresh` where there is none. Sessions tell of tensors in one order, so it is mostly at
/// `place`, behind the one before.
template <typename Row>
typename std::vector<Row>::iterator row_of(std::vector<Row>& rows, const TensorHistory& count, std::size_t& place, Row fresh) {
  const auto is_it = [&](const Row& each) { return each.tensor == count.tensor && each.pass == count.pass; };
  auto row = place < rows.size() && is_it(rows[place]) ? rows.begin() + static_cast<std::ptrdiff_t>(place)
                                                       : std::find_if(rows.begin(), rows.end(), is_it);
  if (row == rows.end()) {
    fresh.tensor = count.tensor;
    fresh.pass = count.pass;
    row = rows.insert(row, std::move(fresh));
  }
  place = static_cast<std::size_t>(row - rows.begin()) + 1;
  return row;
}

}  // namespace

std::string TrainState::problem(std::int64_t samples, std::int64_t batch) const {
  const auto steps_for = [&](std::int64_t count) { return static_cast<std::uint64_t>((count + batch - 1) / batch); };
  if (epoch < 0 || static_cast<std::uint64_t>(epoch) != history.size()) return "epochs that are not those of its history";
  if (position < 0 || position > samples || (position % batch != 0 && position != samples))
    return "a position that is no batch's end";
  if (step != static_cast<std::uint64_t>(epoch) * steps_for(samples) + steps_for(position))
    return "a count of steps that is not that of its epochs";
  if (correct < 0 || correct > position || !std::isfinite(loss_sum) || !std::isfinite(lr) || !(seconds >= 0))
    return "figures that no epoch has";
  for (std::size_t i = 0; i < history.size(); ++i)
    if (history[i].epoch != static_cast<std::int64_t>(i) + 1) return "epochs out of order";
  if (std::any_of(current.begin(), current.end(), [&](const TensorRow& row) { return row.epoch != epoch + 1; }) ||
      std::any_of(tensors.begin(), tensors.end(), [&](const TensorRow& row) { return row.epoch < 1 || row.epoch > epoch; }))
    return "tensors of no epoch";
  if (std::any_of(exponents.begin(), exponents.end(), [&](const ExponentSeries& each) { return each.steps.back() > step; }))
    return "exponents of steps to come";
  return {};
}

void TrainState::add(const StepResult& result, double rate, double took) {
  loss_sum += result.loss * static_cast<double>(result.samples);
  correct += result.correct;
  position += result.samples;
  lr = rate;
  seconds += took;
  ++step;
}

void TrainState::add(std::span<const TensorHistory> counts) {
  std::size_t place = 0;
  for (const auto& count : counts) {
    const auto row = row_of(current, count, place, TensorRow{.epoch = epoch + 1});
    if (count.exponent) row->exponent = count.exponent;
    row->writes += count.writes;
    row->overflows += count.overflows;
    row->underflows += count.underflows;
  }
}

void TrainState::record(std::span<const TensorHistory> counts) {
  std::size_t place = 0;
  for (const auto& count : counts)
    if (count.exponent) row_of(exponents, count, place, ExponentSeries())->record(step, *count.exponent);
}

EpochRow TrainState::row(const StepResult* test) const {
  EpochRow row{.epoch = epoch + 1,
               .step = step,
               .samples = position,
               .train_loss = position > 0 ? loss_sum / static_cast<double>(position) : 0.0,
               .train_accuracy = share(correct, position),
               .lr = lr,
               .images_per_second = seconds > 0 ? static_cast<double>(position) / seconds : 0.0,
               .train_seconds = seconds};
  if (test != nullptr) row.test_loss = test->loss, row.test_accuracy = share(test->correct, test->samples);
  for (const auto& tensor : current) row.overflows += tensor.overflows, row.underflows += tensor.underflows;
  return row;
}

void TrainState::finish_epoch(const StepResult* test) {
  history.push_back(row(test));
  tensors.insert(tensors.end(), std::make_move_iterator(current.begin()), std::make_move_iterator(current.end()));
  current.clear();
  loss_sum = seconds = 0;
  correct = position = 0;
  ++epoch;
}

}  // namespace binade::sim
