// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/vector_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "models/numerics/error.h"
#include "models/numerics/rounding.h"
#include "sim/verify/scoreboard.h"

namespace binade::verify {
namespace {

constexpr std::string_view kRounding = "rounding_i", kRandom = "random_i";

/// The codes of rounding_i that take turns; empty where there is no such pin.
std::vector<std::uint64_t> modes_of(const Unit& unit, const std::vector<std::string>& words) {
  const Pin* const pin = unit.inputs().find(kRounding);
  std::vector<std::uint64_t> modes;
  if (pin == nullptr) {
    if (!words.empty()) throw InputError(fmt::format("--rounding: {} does not round; allowed: none", unit.name()));
    return modes;
  }
  std::vector<std::string> named;
  for (const auto& name : pin->names)
    if (!name.empty()) named.push_back(name);
  for (const auto& word : words.empty() ? named : words) {
    const auto found = std::find(pin->names.begin(), pin->names.end(), word);
    if (word.empty() || found == pin->names.end())
      throw InputError(fmt::format("--rounding {}: {} has no such mode; allowed: {}", word, unit.name(), fmt::join(named, " ")));
    modes.push_back(static_cast<std::uint64_t>(found - pin->names.begin()));
  }
  return modes;
}

class Drawing {
 public:
  Drawing(const Unit& unit, const VectorChoice& choice, VectorRows& vectors)
      : unit_(unit), choice_(choice), modes_(modes_of(unit, choice.roundings)), model_(unit.make_model()), vectors_(vectors) {
    if (const Pin* const pin = unit.inputs().find(kRounding)) rounding_ = pin->word;
    if (const Pin* const pin = unit.inputs().find(kRandom)) random_ = pin->word;
  }

  void draw() {
    const std::uint64_t all = unit_.exhaustive_vectors();
    const std::uint64_t operands = modes_.empty() ? all : all / named_modes();
    if (all != 0 && operands * std::max<std::size_t>(modes_.size(), 1) <= choice_.count) {
      vectors_.exhaustive = true;
      return take(StimulusKind::Exhaustive, all, all);
    }
    const std::uint64_t random = choice_.level == 1 ? 0 : choice_.count / 2;
    take(StimulusKind::Corner, std::max(unit_.corner_vectors(), choice_.count - random), choice_.count - random);
    take(StimulusKind::Random, random, random);
  }

 private:
  std::uint64_t named_modes() const {
    const auto& names = unit_.inputs().find(kRounding)->names;
    return static_cast<std::uint64_t>(std::count_if(names.begin(), names.end(), [](const auto& name) { return !name.empty(); }));
  }

  /// `count` of `all` vectors, evenly spaced; of an exhaustive run those in a mode that is wanted.
  void take(StimulusKind kind, std::uint64_t all, std::uint64_t count) {
    if (all == 0) return;
    const auto stimulus = unit_.make_stimulus({kind, Stalls::None, 0, all, choice_.seed + static_cast<std::uint64_t>(kind)});
    Row in(unit_.inputs().words()), out(unit_.outputs().words()), care(unit_.outputs().words());
    for (std::uint64_t i = 0; stimulus->next(in, out); ++i) {
      if (!wanted(kind, i, all, count, in)) continue;
      if (rounding_ && random_ && in[*rounding_] != static_cast<std::uint64_t>(numerics::Rounding::Sr)) in[*random_] = 0;
      model_->clock(in, out, care);
      vectors_.rows.emplace_back(in, out);
    }
  }
  bool wanted(StimulusKind kind, std::uint64_t i, std::uint64_t all, std::uint64_t count, Row& in) const {
    if (kind == StimulusKind::Exhaustive)
      return modes_.empty() || std::find(modes_.begin(), modes_.end(), in[*rounding_]) != modes_.end();
    const auto share = [&](std::uint64_t index) {
      return static_cast<std::uint64_t>(static_cast<long double>(index) * static_cast<long double>(count) /
                                        static_cast<long double>(all));
    };
    if (share(i) == share(i + 1)) return false;
    if (!modes_.empty()) in[*rounding_] = modes_[vectors_.rows.size() % modes_.size()];
    return true;
  }

  const Unit& unit_;
  const VectorChoice& choice_;
  const std::vector<std::uint64_t> modes_;
  const std::unique_ptr<UnitModel> model_;
  VectorRows& vectors_;
  std::optional<std::size_t> rounding_, random_;
};

}  // namespace

std::string VectorRows::rounding_of(const Row& in) const {
  const Pin* const pin = inputs.find(kRounding);
  return pin == nullptr ? std::string() : pin->names.at(in[pin->word]);
}

VectorRows draw_vectors(const Unit& unit, const VectorChoice& choice) {
  VectorRows vectors{unit.inputs(), unit.outputs(), {}, false};
  Drawing(unit, choice, vectors).draw();
  return vectors;
}

std::string names_of(const Pins& pins) {
  std::string names;
  for (const Pin& pin : pins.list()) names.append(names.empty() ? "" : ",").append(pin.name);
  return names;
}

std::string cells_of(const Pins& pins, const Row& row) {
  std::string cells;
  for (const Pin& pin : pins.list()) cells.append(cells.empty() ? "" : ",").append(hex(pin, &row[pin.word]).substr(2));
  return cells;
}

int bits_of(const Pins& pins) {
  int bits = 0;
  for (const Pin& pin : pins.list()) bits += pin.bits;
  return bits;
}

std::string packed_of(const Pins& pins, const Row& row) {
  const int bits = bits_of(pins);
  Row packed(static_cast<std::size_t>(bits + 63) / 64);
  int lsb = bits;
  for (const Pin& pin : pins.list()) {
    lsb -= pin.bits;
    for (int first = 0; first < pin.bits; first += 32) {
      const int width = std::min(32, pin.bits - first);
      set_field(packed.data(), lsb + first, width, field(&row[pin.word], first, width));
    }
  }
  std::string digits;
  for (int digit = (bits + 3) / 4 - 1; digit >= 0; --digit)
    digits += "0123456789abcdef"[field(packed.data(), 4 * digit, std::min(4, bits - 4 * digit))];
  return digits;
}

}  // namespace binade::verify
