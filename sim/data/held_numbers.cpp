// SPDX-License-Identifier: Apache-2.0
#include "sim/data/held_numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

bool is_binary32(double number) {
  return std::abs(number) <= std::numeric_limits<float>::max() && static_cast<double>(static_cast<float>(number)) == number;
}

/// The last block, a new one where it is full.
template <class Number>
std::vector<Number>& open_block(std::vector<std::vector<Number>>& blocks, std::int64_t capacity) {
  if (blocks.empty() || static_cast<std::int64_t>(blocks.back().size()) == capacity)
    blocks.emplace_back().reserve(static_cast<std::size_t>(capacity));
  return blocks.back();
}

template <class Number>
void append(std::vector<std::vector<Number>>& blocks, std::int64_t capacity, std::span<const double> numbers) {
  while (!numbers.empty()) {
    std::vector<Number>& block = open_block(blocks, capacity);
    const auto count = std::min(numbers.size(), static_cast<std::size_t>(capacity) - block.size());
    for (const double number : numbers.first(count)) block.push_back(static_cast<Number>(number));
    numbers = numbers.subspan(count);
  }
}

template <class Number>
void copy(const std::vector<std::vector<Number>>& blocks, std::int64_t capacity, std::int64_t first, std::span<double> out) {
  while (!out.empty()) {
    const auto from =
        std::span(blocks.at(static_cast<std::size_t>(first / capacity))).subspan(static_cast<std::size_t>(first % capacity));
    const auto count = std::min(from.size(), out.size());
    std::copy_n(from.begin(), count, out.begin());
    first += static_cast<std::int64_t>(count);
    out = out.subspan(count);
  }
}

}  // namespace

void HeldNumbers::take(std::span<const double> numbers, const std::string& where) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (!std::isfinite(numbers[i]))
      throw InputError(fmt::format("{}: element {} (row-major) is {}; allowed: finite numbers", where,
                                   size_ + static_cast<std::int64_t>(i), numbers[i]));
  if (!is_wide() && !std::all_of(numbers.begin(), numbers.end(), is_binary32)) widen();
  if (is_wide())
    append(wide_, kBlock, numbers);
  else
    append(narrow_, kBlock, numbers);
  size_ += static_cast<std::int64_t>(numbers.size());
}

void HeldNumbers::widen() {
  open_block(wide_, kBlock);
  for (std::vector<float>& block : narrow_) {
    append(wide_, kBlock, std::vector<double>(block.begin(), block.end()));
    block = {};
  }
  narrow_.clear();
}

std::int64_t HeldNumbers::bytes() const { return size_ * static_cast<std::int64_t>(is_wide() ? sizeof(double) : sizeof(float)); }

void HeldNumbers::read(std::int64_t first, std::span<double> out) const {
  if (is_wide())
    copy(wide_, kBlock, first, out);
  else
    copy(narrow_, kBlock, first, out);
}

}  // namespace binade::sim
