// SPDX-License-Identifier: Apache-2.0
// Tensors that are quantised, stored and decoded range by range are those that are so as a whole.
#include "models/programs/storage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/numerics/error.h"
#include "models/numerics/format_words.h"
#include "models/programs/exponent_book.h"
#include "models/programs/golden_machine.h"

namespace binade::programs {
namespace {

using numerics::Reals;

constexpr std::int64_t kElements = Reals::kAtOnce * 2 + 12'345;

/// Values of many binades, the largest in the last range.
class Wave final : public numerics::RealSource {
 public:
  void read(std::int64_t first, std::span<double> out) const override {
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto at = first + static_cast<std::int64_t>(i);
      out[i] = std::ldexp(static_cast<double>(at * 2'654'435'761 % 65'537 - 32'768) / 32'768, static_cast<int>(at % 13) - 12);
      if (at == kElements - 5) out[i] = 1.75;
    }
  }
};

std::vector<double> whole(const Reals& values) {
  std::vector<double> room;
  const auto all = values.all(room);
  return {all.begin(), all.end()};
}

datapath::CoreConfig core_of(const numerics::FormatSpec& format) {
  datapath::CoreConfig core;
  core.format = format;
  return core;
}

class StorageOf : public testing::TestWithParam<const char*> {
 protected:
  const numerics::FormatSpec format_ = numerics::parse_format(GetParam());
  GoldenMachine machine_{core_of(format_)};
  const Wave wave_;
  const Reals values_{wave_, kElements};

  StoredTensor place() {
    StoredTensor place{.address = -1, .elements = kElements, .format = format_, .raw_bytes = 0, .magnitude = {}};
    place.address = machine_.allocate(place.bytes());
    return place;
  }
};

TEST_P(StorageOf, RangesAreTheWhole) {
  for (const auto rounding : {numerics::Rounding::Rne, numerics::Rounding::Sr}) {
    const ExponentBook book({.sdfp = {std::nullopt, std::nullopt, std::nullopt}, .seed = 5});
    const auto how = book.quantisation({format_, rounding}, values_, exponent::TensorClass::Weight, 9);
    StoredTensor stored = place();
    store(machine_, values_, how, stored);
    const exponent::QuantizedTensor expected = quantize_tensor(format_, whole(values_), how);
    EXPECT_EQ(stored.magnitude.exponent, expected.lsb_exponent());
    EXPECT_EQ(stored.magnitude.max_abs, largest_mantissa(expected.view()));
    EXPECT_EQ(unpack(stored, read_bytes(machine_, stored)).codes, expected.codes);
    EXPECT_EQ(tensor_exponent(format_, values_, how), tensor_exponent(format_, whole(values_), how));

    const StoredReals decoded(machine_, stored);
    const std::vector<double> all = values_of(expected.view());
    EXPECT_EQ(whole(decoded.reals()), all);
    for (const std::int64_t first : {std::int64_t{1}, Reals::kAtOnce - 3}) {
      std::vector<double> part(static_cast<std::size_t>(Reals::kAtOnce + 7));
      decoded.read(first, part);
      EXPECT_TRUE(std::equal(part.begin(), part.end(), all.begin() + first)) << first;
    }
    machine_.release(stored.address);
  }
}

TEST_P(StorageOf, ValuesThatAreHeldGiveTheSame) {
  const ExponentBook book({.sdfp = {std::nullopt, 0, 0}});
  const std::vector<double> held = whole(values_);
  const auto how = book.quantisation({format_}, values_, exponent::TensorClass::Weight, 9);
  const auto of_held = book.quantisation({format_}, held, exponent::TensorClass::Weight, 9);
  EXPECT_EQ(how.lsb_exponent, of_held.lsb_exponent);
  StoredTensor made = place(), copied = place();
  store(machine_, values_, how, made);
  store(machine_, held, of_held, copied);
  EXPECT_EQ(read_bytes(machine_, made), read_bytes(machine_, copied));
}

TEST_P(StorageOf, PartsOfSeveralThreadsAreTheWhole) {
  GoldenMachine divided(core_of(format_), 3);
  const std::vector<double> held = whole(values_);
  for (const auto rounding : {numerics::Rounding::Rne, numerics::Rounding::Sr}) {
    const ExponentBook book({.sdfp = {std::nullopt, 0, 0}, .seed = 5});
    const auto how = book.quantisation({format_, rounding}, held, exponent::TensorClass::Weight, 9);
    StoredTensor one = place(), parts = one;
    parts.address = divided.allocate(parts.bytes());
    store(machine_, held, how, one);
    store(divided, held, how, parts, divided.divide());
    EXPECT_EQ(read_bytes(divided, parts), read_bytes(machine_, one));
    EXPECT_EQ(parts.magnitude.exponent, one.magnitude.exponent);
    EXPECT_EQ(parts.magnitude.max_abs, one.magnitude.max_abs);
    const std::vector<double> stored = whole(StoredReals(machine_, one).reals());
    double largest = 0;
    for (const double value : stored) largest = std::max(largest, std::fabs(value));
    EXPECT_EQ(largest_magnitude(machine_, one), largest);
    EXPECT_EQ(largest_magnitude(divided, parts, divided.divide()), largest);
    machine_.release(one.address);
    divided.release(parts.address);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, StorageOf,
                         testing::Values("flex16+5", "posit8", "posit16", "dfp8", "sdfp8", "e6m7", "fp32", "fixed12.7"));

TEST(Storage, RefusesAPlaceOfAnotherSizeAndAnExponentThatIsNotChosen) {
  const auto format = numerics::parse_format("dfp8");
  GoldenMachine machine(core_of(format));
  StoredTensor place{.address = machine.allocate(2), .elements = 2, .format = format, .raw_bytes = 0, .magnitude = {}};
  const std::vector<double> three{1, 2, 3}, two{1, 2};
  EXPECT_THROW(store(machine, three, {.lsb_exponent = 0}, place), InvariantError);
  EXPECT_THROW(store(machine, two, {}, place), InvariantError);
}

TEST(Storage, AnElementThatIsNotFiniteIsNamedInWhateverRangeItLies) {
  std::vector<double> values(static_cast<std::size_t>(kElements));
  values[static_cast<std::size_t>(Reals::kAtOnce + 2)] = std::numeric_limits<double>::infinity();
  try {
    exponent::tensor_exponent(numerics::parse_format("dfp8"), values);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(std::to_string(Reals::kAtOnce + 2)), std::string::npos) << error.what();
  }
}

TEST(Storage, WhatIsNotFiniteIsTheLargestWhereverItLies) {
  const auto format = numerics::parse_format("fp32");
  GoldenMachine machine(core_of(format), 2);
  constexpr std::int64_t kMany = 50'000;
  StoredTensor place{.address = machine.allocate(4 * kMany), .elements = kMany, .format = format, .raw_bytes = 0, .magnitude = {}};
  for (const std::uint32_t word : {0x7f800000U, 0xff800000U, 0x7fc00000U}) {  // infinities, NaN
    for (const std::int64_t at : {std::int64_t{0}, std::int64_t{31'234}, kMany - 1}) {
      store(machine, std::vector<double>(kMany, 3.0), {}, place, machine.divide());
      EXPECT_EQ(largest_magnitude(machine, place, machine.divide()), 3.0);
      machine.write(place.address + 4 * at, std::as_bytes(std::span(&word, 1)));
      EXPECT_FALSE(std::isfinite(largest_magnitude(machine, place, machine.divide()))) << word << " at " << at;
      EXPECT_FALSE(std::isfinite(largest_magnitude(machine, place))) << word << " at " << at;
    }
  }
}

TEST(GoldenMemory, ReachesEveryByteOfATensorAndNothingBesideIt) {
  GoldenMachine machine(core_of(numerics::parse_format("posit8")));
  const auto first = machine.allocate(4), second = machine.allocate(2);
  std::vector<std::byte> two(2, std::byte{7}), four(4);
  machine.write(first + 2, two);
  machine.read(first, four);
  EXPECT_EQ(four, (std::vector<std::byte>{std::byte{0}, std::byte{0}, std::byte{7}, std::byte{7}}));
  EXPECT_THROW(machine.write(first + 3, two), InvariantError);
  machine.release(first);
  EXPECT_THROW(machine.read(first + 2, two), InvariantError);
  machine.read(second, two);
  EXPECT_EQ(two, std::vector<std::byte>(2));
}

}  // namespace
}  // namespace binade::programs
