// SPDX-License-Identifier: Apache-2.0
#include "tests/support/small_session.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace binade::support {

SmallSession::SmallSession(std::int64_t features, std::int64_t classes, double momentum)
    : features_(static_cast<std::size_t>(features)), classes_(static_cast<std::size_t>(classes)), momentum_(momentum) {
  std::mt19937_64 generator(7);
  for (std::size_t i = 0; i < features_ * classes_; ++i)
    weights_.push_back(std::ldexp(static_cast<double>(generator() >> 11), -53) - 0.5);
  velocity_.resize(weights_.size());
}

double SmallSession::sample(std::span<const float> x, std::int64_t label, std::vector<double>* gradient,
                            std::int64_t& correct) const {
  std::vector<double> z(classes_);
  for (std::size_t c = 0; c < classes_; ++c)
    for (std::size_t f = 0; f < features_; ++f) z[c] += weights_[c * features_ + f] * static_cast<double>(x[f]);
  const auto most = std::max_element(z.begin(), z.end());
  const auto target = static_cast<std::size_t>(label);
  if (static_cast<std::size_t>(most - z.begin()) == target) ++correct;
  double sum = 0;
  const double maximum = *most, of_target = z[target];
  for (auto& value : z) sum += value = std::exp(value - maximum);
  if (gradient != nullptr)
    for (std::size_t c = 0; c < classes_; ++c)
      for (std::size_t f = 0; f < features_; ++f)
        (*gradient)[c * features_ + f] += (z[c] / sum - (c == target ? 1.0 : 0.0)) * static_cast<double>(x[f]);
  return std::log(sum) - (of_target - maximum);
}

sim::StepResult SmallSession::step(std::span<const float> x, std::span<const std::int64_t> y, double lr, std::uint64_t step,
                                   std::vector<sim::Captured>* capture) {
  sim::StepResult result{.loss = 0, .correct = 0, .samples = static_cast<std::int64_t>(y.size())};
  std::vector<double> gradient(weights_.size());
  for (std::size_t i = 0; i < y.size(); ++i)
    result.loss += sample(x.subspan(i * features_, features_), y[i], &gradient, result.correct);
  const auto count = static_cast<double>(y.size());
  result.loss /= count;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    velocity_[i] = momentum_ * velocity_[i] + gradient[i] / count;
    weights_[i] -= lr * velocity_[i];
    ++writes_;
    if (std::abs(weights_[i]) > 1) ++overflows_;
    if ((step + i) % 5 == 0) ++underflows_;
  }
  result.lasts = std::all_of(weights_.begin(), weights_.end(), [](double weight) { return std::isfinite(weight); });
  if (!std::isfinite(result.loss))
    bad_ = "grad.fc.weight";
  else if (!result.lasts)
    bad_ = "weight.fc.weight";
  if (capture != nullptr) {
    capture->push_back(captured("grad.fc.weight", gradient));
    capture->push_back(captured("weight.fc.weight", weights_));
    capture->back().exponent = -3;
  }
  return result;
}

sim::StepResult SmallSession::evaluate(std::span<const float> x, std::span<const std::int64_t> y) {
  sim::StepResult result{.loss = 0, .correct = 0, .samples = static_cast<std::int64_t>(y.size())};
  for (std::size_t i = 0; i < y.size(); ++i)
    result.loss += sample(x.subspan(i * features_, features_), y[i], nullptr, result.correct);
  result.loss /= static_cast<double>(y.size());
  return result;
}

std::vector<sim::TensorHistory> SmallSession::history() {
  std::vector<sim::TensorHistory> rows{{.tensor = "fc.weight",
                                        .pass = "update",
                                        .exponent = std::ilogb(weights_.front()),
                                        .writes = writes_,
                                        .overflows = overflows_,
                                        .underflows = underflows_},
                                       {.tensor = "fc.weight", .pass = "backward-weight", .writes = writes_}};
  writes_ = overflows_ = underflows_ = 0;
  return rows;
}

sim::Captured SmallSession::captured(const std::string& key, const std::vector<double>& values) const {
  const auto bytes = std::as_bytes(std::span(values));
  return {.key = key,
          .shape = {static_cast<std::int64_t>(classes_), static_cast<std::int64_t>(features_)},
          .element_bytes = 8,
          .bytes = {bytes.begin(), bytes.end()},
          .exponent = {}};
}

std::vector<sim::Captured> SmallSession::parameter_codes() const { return {captured("fc.weight", weights_)}; }

operations::Parameters SmallSession::parameters() const {
  return {{"fc.weight", {{static_cast<std::int64_t>(classes_), static_cast<std::int64_t>(features_)}, weights_}}};
}

std::map<std::string, sim::SavedArray> SmallSession::save() const {
  return {{"fc.weight", sim::saved(weights_)}, {"fc.velocity", sim::saved(velocity_)}};
}

void SmallSession::restore(const std::map<std::string, sim::SavedArray>& saved, std::uint64_t /*steps*/) {
  weights_ = sim::values_of<double>(saved.at("fc.weight"));
  velocity_ = sim::values_of<double>(saved.at("fc.velocity"));
}

sim::Batch SmallBatches::make(std::uint64_t stream, std::int64_t first, std::int64_t count) const {
  sim::Batch batch;
  for (std::int64_t i = first; i < first + count; ++i) {
    std::mt19937_64 generator(seed_ * 1'000'003 + stream * 10'007 + static_cast<std::uint64_t>(i));
    double sum = 0;
    for (std::int64_t f = 0; f < features_; ++f) {
      const auto value = static_cast<float>(static_cast<double>(generator() >> 40) * 0x1p-23 - 1.0);
      batch.x.push_back(value);
      sum += static_cast<double>(value) * static_cast<double>(f + 1);
    }
    batch.y.push_back(sum > 0 ? 1 % classes_ : 0);
  }
  return batch;
}

sim::Batch SmallBatches::train(std::int64_t epoch, std::int64_t first, std::int64_t count) const {
  return make(static_cast<std::uint64_t>(epoch) + 1, first, count);
}
sim::Batch SmallBatches::test(std::int64_t first, std::int64_t count) const { return make(0, first, count); }

}  // namespace binade::support
