// SPDX-License-Identifier: Apache-2.0
#include "sim/train/saved_histories.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "models/exponent/autoflex.h"
#include "models/numerics/error.h"
#include "models/spec/ranges.h"

namespace binade::sim {
namespace {

const std::string kHistories = "autoflex/histories", kTouches = "autoflex/touches";
const std::string kScales = "scale/histories", kMaxima = "scale/maxima";
constexpr std::size_t kRow = 6, kTouch = 2, kScaleRow = 3;  // words

[[noreturn]] void refuse(const std::string& name, const std::string& what) { throw InputError("array '" + name + "' has " + what); }

template <class Word = std::int64_t>
std::vector<Word> words_of(const std::map<std::string, SavedArray>& arrays, const std::string& name) {
  const auto found = arrays.find(name);
  if (found == arrays.end()) throw InputError("no array '" + name + "'");
  return values_of<Word>(found->second);
}

bool is_exponent(std::int64_t word) { return word >= -spec::kFarthestExponent && word <= spec::kFarthestExponent; }

}  // namespace

std::map<std::string, SavedArray> saved_histories(const programs::ExponentBook::State& book) {
  std::vector<std::int64_t> rows{static_cast<std::int64_t>(book.passes)}, touches;
  for (const auto& [writer, state] : book.histories) {
    for (const std::int64_t value : {static_cast<std::int64_t>(writer), static_cast<std::int64_t>(state.lsb_exponent),
                                     static_cast<std::int64_t>(state.overflows), static_cast<std::int64_t>(state.adjustments),
                                     static_cast<std::int64_t>(state.dirty), static_cast<std::int64_t>(state.history.size())})
      rows.push_back(value);
    for (const exponent::AutoflexTouch& touch : state.history) {
      touches.push_back(static_cast<std::int64_t>(touch.max_abs));
      touches.push_back(touch.lsb_exponent);
    }
  }
  std::map<std::string, SavedArray> all{{kHistories, saved(rows)}, {kTouches, saved(touches)}};
  if (book.scales.empty()) return all;
  std::vector<std::int64_t> scales;
  std::vector<double> maxima;
  for (const auto& [writer, history] : book.scales) {
    for (const std::int64_t value : {static_cast<std::int64_t>(writer), static_cast<std::int64_t>(history.scale),
                                     static_cast<std::int64_t>(history.maxima.size())})
      scales.push_back(value);
    maxima.insert(maxima.end(), history.maxima.begin(), history.maxima.end());
  }
  all[kScales] = saved(scales);
  all[kMaxima] = saved(maxima);
  return all;
}

programs::ExponentBook::State histories_of(const std::map<std::string, SavedArray>& arrays,
                                           const std::function<int(std::int64_t writer)>& bits_of) {
  const auto rows = words_of(arrays, kHistories), touches = words_of(arrays, kTouches);
  if (rows.size() % kRow != 1 || rows.front() < 0) refuse(kHistories, "no whole rows");
  programs::ExponentBook::State book{.passes = static_cast<std::uint64_t>(rows.front()), .histories = {}};
  std::size_t touch = 0;
  for (std::size_t at = 1; at < rows.size(); at += kRow) {
    const std::int64_t writer = rows[at], lsb = rows[at + 1], overflows = rows[at + 2], adjustments = rows[at + 3],
                       dirty = rows[at + 4], count = rows[at + 5];
    const int bits = bits_of(writer);
    if (bits == 0) refuse(kHistories, "a writer that has no history here");
    const int window = exponent::AutoflexParameters{.bits = bits}.window;
    if (!is_exponent(lsb) || overflows < 0 || adjustments < 0 || dirty < 0 || dirty > 1 || count < 0 || count > window)
      refuse(kHistories, "a row that no history has");
    exponent::AutoflexState history{.lsb_exponent = static_cast<int>(lsb),
                                    .history = {},
                                    .overflows = static_cast<std::uint64_t>(overflows),
                                    .adjustments = static_cast<std::uint64_t>(adjustments),
                                    .dirty = dirty != 0};
    // A maximum is at most 2^(N-1), and counts twice where it overflowed.
    for (std::int64_t t = 0; t < count; ++t, touch += kTouch) {
      if (touch + kTouch > touches.size()) refuse(kTouches, "too few touches");
      const std::int64_t max_abs = touches[touch], exponent = touches[touch + 1];
      if (max_abs < 0 || max_abs > std::int64_t{1} << bits || !is_exponent(exponent))
        refuse(kTouches, "a touch that no write makes");
      history.history.push_back({static_cast<std::uint64_t>(max_abs), static_cast<int>(exponent)});
    }
    if (!book.histories.emplace(static_cast<int>(writer), std::move(history)).second) refuse(kHistories, "a writer twice");
  }
  if (touch != touches.size()) refuse(kTouches, "touches of no writer");
  return book;
}

std::map<int, exponent::ScaleHistory> scales_of(
    const std::map<std::string, SavedArray>& arrays,
    const std::function<std::optional<exponent::ScaleRule>(std::int64_t writer)>& rule_of) {
  const auto rows = words_of(arrays, kScales);
  const auto maxima = words_of<double>(arrays, kMaxima);
  if (rows.size() % kScaleRow != 0) refuse(kScales, "no whole rows");
  std::map<int, exponent::ScaleHistory> scales;
  auto next = maxima.begin();
  for (std::size_t at = 0; at < rows.size(); at += kScaleRow) {
    const std::int64_t writer = rows[at], scale = rows[at + 1], count = rows[at + 2];
    const auto rule = rule_of(writer);
    if (!rule) refuse(kScales, "a writer that has no scale here");
    if (scale < -exponent::kFarthestScale || scale > exponent::kFarthestScale || count < 0 || count > rule->history)
      refuse(kScales, "a row that no scale has");
    if (count > maxima.end() - next) refuse(kMaxima, "too few maxima");
    exponent::ScaleHistory history{.scale = static_cast<int>(scale), .maxima = {next, next + count}};
    next += count;
    if (!std::all_of(history.maxima.begin(), history.maxima.end(), [](double one) { return one >= 0 && std::isfinite(one); }))
      refuse(kMaxima, "a maximum that no write has");
    if (!scales.emplace(static_cast<int>(writer), std::move(history)).second) refuse(kScales, "a writer twice");
  }
  if (next != maxima.end()) refuse(kMaxima, "maxima of no writer");
  return scales;
}

}  // namespace binade::sim
