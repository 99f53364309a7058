// SPDX-License-Identifier: Apache-2.0
#include "models/programs/learning_rate.h"

#include <algorithm>
#include <charconv>
#include <numbers>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/text.h"

namespace binade::programs {

namespace {

using Decay = LearningRate::Decay;

constexpr std::int64_t kMostEpochs = 1'000'000;
constexpr std::string_view kAllowed =
    "constant, step:EPOCHS:FACTOR, halving:EPOCHS or cosine, and with a plus warmup:EPOCHS; epochs from 1 to 1000000, factors "
    "above 0 "
    "up to 1";

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t first = 0; first <= text.size();) {
    const auto end = std::min(text.find(separator, first), text.size());
    parts.push_back(text.substr(first, end - first));
    first = end + 1;
  }
  return parts;
}

template <typename T>
bool read(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_epochs(std::string_view text, std::int64_t& epochs) { return read(text, epochs) && epochs >= 1 && epochs <= kMostEpochs; }

/// cos(pi x) for x in 0..1: -sin(pi (x - 1/2)) by its series, whose first term left out is below 2^-60 of |argument| <= pi / 2.
double cosine_of_half_turns(double x) {
  const double z = std::numbers::pi * (x - 0.5), square = z * z;
  double term = z, sum = z;
  for (int k = 1; k <= 11; ++k) {
    term = -term * square / ((2 * k) * (2 * k + 1));
    sum += term;
  }
  return -sum;
}

std::string shortest(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// What is read so far, and whether it was said or is the default.
struct Reader {
  LearningRate rate;
  bool decay = false;

  /// What is wrong with a part, as the end of a sentence; empty: nothing.
  std::string_view take(std::string_view part) {
    const auto words = split(part, ':');
    if (words[0] == "warmup") {
      if (rate.warmup != 0) return "is a second warm-up";
      return words.size() == 2 && read_epochs(words[1], rate.warmup) ? "" : "lacks a number of epochs";
    }
    if (decay) return "is a second decay";
    decay = true;
    if (part == "constant") return "";
    if (part == "cosine") {
      rate.decay = Decay::Cosine;
      return "";
    }
    rate.decay = Decay::Step;
    if (words[0] == "halving") {
      rate.times = 0.5;
      return words.size() == 2 && read_epochs(words[1], rate.every) ? "" : "lacks a number of epochs";
    }
    if (words[0] != "step") return "is no schedule";
    const bool good =
        words.size() == 3 && read_epochs(words[1], rate.every) && read(words[2], rate.times) && rate.times > 0 && rate.times <= 1;
    return good ? "" : "lacks epochs and a factor";
  }
};

double decayed(const LearningRate& rate, const Moment& at) {
  switch (rate.decay) {
    case Decay::Constant:
      return 1;
    case Decay::Step: {
      double factor = 1;
      for (std::int64_t i = 0; i < at.epoch() / rate.every && factor != 0; ++i) factor *= rate.times;
      return factor;
    }
    case Decay::Cosine: {
      const auto steps = static_cast<double>(at.epochs * at.steps_per_epoch);
      return std::max(0.0, 0.5 + 0.5 * cosine_of_half_turns(std::min(1.0, static_cast<double>(at.step) / steps)));
    }
  }
  throw InvariantError("LearningRate: no such decay");
}

}  // namespace

LearningRate parse_learning_rate(std::string_view words, std::string_view where) {
  Reader reader;
  for (const auto part : split(words, '+'))
    if (const auto problem = reader.take(part); !problem.empty())
      throw InputError(std::string(where) + " '" + printable(words) + "': '" + printable(part) + "' " + std::string(problem) +
                       "; allowed: " + std::string(kAllowed));
  return reader.rate;
}

std::string LearningRate::text() const {
  std::string words = "constant";
  if (decay == Decay::Cosine) words = "cosine";
  if (decay == Decay::Step) words = "step:" + std::to_string(every) + ":" + shortest(times);
  if (warmup != 0) words += "+warmup:" + std::to_string(warmup);
  return words;
}

double LearningRate::factor(const Moment& at) const {
  const auto steps = static_cast<std::uint64_t>(warmup * at.steps_per_epoch);
  const double warm = at.step < steps ? static_cast<double>(at.step + 1) / static_cast<double>(steps) : 1;
  return warm * decayed(*this, at);
}

}  // namespace binade::programs
