// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/survey.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/verify/scoreboard.h"

namespace binade::verify {

using Json = nlohmann::ordered_json;

void Survey::Constant::take(const Row& in) {
  for (std::size_t word = 0; word < ones.size(); ++word) {
    ones[word] &= in[word];
    zeros[word] &= ~in[word];
  }
}

void Survey::Constant::meet(const Constant& other) {
  for (std::size_t word = 0; word < ones.size(); ++word) {
    ones[word] &= other.ones[word];
    zeros[word] &= other.zeros[word];
  }
}

Survey::Survey(const Unit& unit) : unit_(&unit), words_(unit.inputs().words()), hits_(unit.classes().size()) {
  for (Constant* constant : {&all_, &failing_}) constant->ones = constant->zeros = Row(words_, ~std::uint64_t{0});
  for (const Pin& pin : unit.inputs().list()) {
    counts_.emplace_back(pin.bits <= kMostCodeBits ? std::size_t{1} << pin.bits : 0);
    code_classes_.emplace_back();
  }
}

void Survey::seen(const Row& in) { all_.take(in); }

void Survey::failed(const Row& in) {
  ++failures_;
  failing_.take(in);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const Pin& pin = unit_->inputs().list()[i];
    if (!counts_[i].empty()) ++counts_[i][in[pin.word]];
    if (pin.format) ++code_classes_[i][static_cast<std::size_t>(class_of(*pin.format, static_cast<numerics::Code>(in[pin.word])))];
  }
  const auto model = unit_->make_model();
  Row row(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(words_)), out(unit_->outputs().words()), care(out.size());
  model->clock(row, out, care);
  for (std::size_t i = 0; i < hits_.size(); ++i) hits_[i] += model->hits()[i] != 0 ? 1 : 0;
}

void Survey::merge(const Survey& other) {
  all_.meet(other.all_);
  failing_.meet(other.failing_);
  failures_ += other.failures_;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    for (std::size_t code = 0; code < counts_[i].size(); ++code) counts_[i][code] += other.counts_[i][code];
    for (std::size_t one = 0; one < code_classes_[i].size(); ++one) code_classes_[i][one] += other.code_classes_[i][one];
  }
  for (std::size_t i = 0; i < hits_.size(); ++i) hits_[i] += other.hits_[i];
}

std::uint64_t Survey::shared(const Pin& pin, std::size_t word) const {
  const std::uint64_t alike = failing_.ones[word] | failing_.zeros[word], all = word_mask(pin, word - pin.word);
  if (!pin.names.empty()) return (alike & all) == all && ((all_.ones[word] | all_.zeros[word]) & all) != all ? all : 0;
  return alike & ~(all_.ones[word] | all_.zeros[word]) & all;
}

bool Survey::alike(const Row& in) const {
  for (const Pin& pin : unit_->inputs().list())
    for (std::size_t word = pin.word; word < pin.word + pin.words(); ++word)
      if (((in[word] ^ failing_.ones[word]) & shared(pin, word)) != 0) return false;
  return true;
}

Pattern Survey::pattern(const std::vector<std::uint64_t>& hits, std::uint64_t vectors) const {
  Pattern pattern;
  pattern.failures = failures_;
  const auto& pins = unit_->inputs().list();
  for (std::size_t i = 0; i < pins.size() && failures_ > 0; ++i) {
    const Pin& pin = pins[i];
    for (std::size_t word = pin.word; word < pin.word + pin.words(); ++word)
      if (const std::uint64_t mask = shared(pin, word); mask != 0)
        pattern.shared.push_back({pin, word - pin.word, mask, failing_.ones[word] & mask});
    for (std::size_t one = 0; one < code_classes_[i].size(); ++one)
      if (code_classes_[i][one] == failures_) pattern.classes.push_back(fmt::format("{} {}", pin.name, kCodeClassNames[one]));
    Pattern::Codes codes{pin, {}};
    for (std::size_t code = 0; code < counts_[i].size(); ++code)
      if (counts_[i][code] != 0) codes.counts.emplace_back(code, counts_[i][code]);
    if (!codes.counts.empty()) pattern.codes.push_back(std::move(codes));
  }
  for (std::size_t i = 0; i < hits_.size() && failures_ > 0; ++i)
    if (hits_[i] == failures_ && hits[i] < vectors && !unit_->classes()[i].empty()) pattern.classes.push_back(unit_->classes()[i]);
  return pattern;
}

namespace {

std::string value_of(const Pin& pin, std::uint64_t code) {
  return code < pin.names.size() ? pin.names[code] : fmt::format("{:#x}", code);
}

/// "a_i[7]=1 a_i[2:0]=0x3", "rounding_i=rne": runs of bits.
std::string words_of(const Pattern::Bits& bits) {
  if (bits.word == 0 && bits.mask == low_bits(bits.pin.bits)) return bits.pin.name + "=" + value_of(bits.pin, bits.value);
  std::vector<std::string> runs;
  for (int high = 63; high >= 0; --high) {
    if ((bits.mask >> high & 1) == 0) continue;
    int low = high;
    while (low > 0 && (bits.mask >> (low - 1) & 1) != 0) --low;
    const int first = static_cast<int>(bits.word) * 64;
    const std::string range = high == low ? fmt::format("{}", first + low) : fmt::format("{}:{}", first + high, first + low);
    runs.push_back(fmt::format("{}[{}]={:#x}", bits.pin.name, range, bits.value >> low & low_bits(high - low + 1)));
    high = low;
  }
  return fmt::format("{}", fmt::join(runs, " "));
}

/// "0x80-0xff", "rne 512": codes that follow one another are a range, values with names have their counts.
std::vector<std::string> ranges_of(const Pattern::Codes& codes) {
  std::vector<std::string> ranges;
  for (std::size_t i = 0; i < codes.counts.size(); ++i) {
    const auto [first, failures] = codes.counts[i];
    if (!codes.pin.names.empty()) {
      ranges.push_back(fmt::format("{} {}", value_of(codes.pin, first), failures));
      continue;
    }
    while (i + 1 < codes.counts.size() && codes.counts[i + 1].first == codes.counts[i].first + 1) ++i;
    const std::uint64_t last = codes.counts[i].first;
    ranges.push_back(first == last ? fmt::format("{:#x}", first) : fmt::format("{:#x}-{:#x}", first, last));
  }
  return ranges;
}

}  // namespace

std::string to_text(const Pattern& pattern, std::uint64_t vectors) {
  std::string text = fmt::format("failing: {} of {} vectors\n", pattern.failures, vectors);
  if (!pattern.shared.empty()) {
    std::vector<std::string> shared;
    for (const auto& bits : pattern.shared) shared.push_back(words_of(bits));
    text += fmt::format("  all have {}", fmt::join(shared, " "));
    if (pattern.alike == pattern.failures) text += "; every vector that has, fails";
    if (pattern.alike > pattern.failures) text += fmt::format("; {} vectors have", pattern.alike);
    text += "\n";
  }
  if (!pattern.classes.empty()) text += fmt::format("  all are: {}\n", fmt::join(pattern.classes, ", "));
  for (const auto& codes : pattern.codes) {
    constexpr std::size_t kMost = 16;
    auto ranges = ranges_of(codes);
    const bool more = ranges.size() > kMost;
    if (more) ranges.resize(kMost);
    text += fmt::format("  {}: {} code{}: {}{}\n", codes.pin.name, codes.counts.size(), codes.counts.size() == 1 ? "" : "s",
                        fmt::join(ranges, " "), more ? " ... (JSON has all)" : "");
  }
  return text;
}

Json to_json(const Pattern& pattern) {
  Json shared = Json::array(), codes = Json::array();
  for (const auto& bits : pattern.shared)
    shared.push_back({{"port", bits.pin.name},
                      {"lowest_bit", bits.word * 64},
                      {"mask", fmt::format("{:#x}", bits.mask)},
                      {"value", fmt::format("{:#x}", bits.value)}});
  for (const auto& one : pattern.codes) {
    Json counts = Json::array();
    for (const auto& [code, failures] : one.counts) counts.push_back({value_of(one.pin, code), failures});
    codes.push_back({{"port", one.pin.name}, {"codes", std::move(counts)}});
  }
  return {{"vectors", pattern.failures},
          {"shared_bits", std::move(shared)},
          {"vectors_with_them", pattern.alike == 0 ? Json(nullptr) : Json(pattern.alike)},
          {"classes", pattern.classes},
          {"ports", std::move(codes)}};
}

}  // namespace binade::verify
