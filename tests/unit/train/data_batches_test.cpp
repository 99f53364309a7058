// SPDX-License-Identifier: Apache-2.0
// The order of an epoch, and batches in it.
#include "sim/train/data_batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

std::vector<std::int64_t> counted(std::int64_t samples) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(samples));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

TEST(EpochOrder, WordsGoBothWays) {
  for (const auto* word : {"shuffled", "sequential"}) EXPECT_EQ(to_string(parse_order(word, "--order")), word);
  EXPECT_THROW(parse_order("random", "--order"), InputError);
}

TEST(EpochOrder, EverySampleOnce) {
  for (const std::int64_t samples : {0, 1, 2, 3, 10, 1000}) {
    EXPECT_EQ(epoch_order(OrderKind::Sequential, samples, 1, 1), counted(samples));
    auto order = epoch_order(OrderKind::Shuffled, samples, 1, 1);
    EXPECT_TRUE(samples < 10 || order != counted(samples));
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, counted(samples));
  }
}

TEST(EpochOrder, FollowsFromSeedAndEpoch) {
  const auto order = [](std::uint64_t seed, std::int64_t epoch) { return epoch_order(OrderKind::Shuffled, 100, seed, epoch); };
  EXPECT_EQ(order(5, 3), order(5, 3));
  EXPECT_NE(order(5, 3), order(5, 4));
  EXPECT_NE(order(5, 3), order(6, 3));
}

// The 24 orders of four samples over many epochs.
TEST(EpochOrder, OrdersAreEquallyProbable) {
  std::map<std::vector<std::int64_t>, int> counts;
  constexpr int kEach = 500, kOrders = 24;
  for (std::int64_t epoch = 0; epoch < kEach * kOrders; ++epoch) ++counts[epoch_order(OrderKind::Shuffled, 4, 9, epoch)];
  ASSERT_EQ(counts.size(), static_cast<std::size_t>(kOrders));
  double chi = 0;  // 23 degrees of freedom: mean 23, deviation 6.8
  for (const auto& [order, count] : counts) chi += (count - kEach) * (count - kEach) / static_cast<double>(kEach);
  EXPECT_LT(chi, 23 + 5 * 6.8);
}

constexpr std::int64_t kSamples = 103;

/// Image i of 1 x 2 x 3 holds 10 i .. 10 i + 5 and has label i % 10; images -1, ... are the test's.
TrainingData numbered() {
  const auto images = [](int sign, std::int64_t count) {
    std::vector<float> numbers;
    std::vector<std::int64_t> labels;
    for (std::int64_t image = 0; image < count; ++image) {
      for (int element = 0; element < 6; ++element) numbers.push_back(static_cast<float>(sign * (10 * image + element)));
      labels.push_back(image % 10);
    }
    return std::make_unique<NumberImages>(networks::Shape{1, 2, 3}, std::move(numbers), std::move(labels));
  };
  TrainingData data;
  data.train = images(1, kSamples);
  data.test = images(-1, 7);
  data.classes = 10;
  return data;
}

TEST(DataBatches, AnEpochInBatchesIsTheEpoch) {
  const auto data = numbered();
  const DataBatches batches(data, OrderKind::Shuffled, {}, 11);
  EXPECT_EQ(batches.train_samples(), kSamples);
  EXPECT_EQ(batches.test_samples(), 7);
  for (const std::int64_t epoch : {4, 0, 4}) {  // in any order, again and again
    const auto order = epoch_order(OrderKind::Shuffled, kSamples, 11, epoch);
    for (const std::int64_t size : {1, 10, 64, 103}) {
      std::vector<float> x;
      std::vector<std::int64_t> y;
      for (std::int64_t batch = 0; batch < batches_of(kSamples, size); ++batch) {
        const auto part = batches.train(epoch, batch * size, std::min(size, kSamples - batch * size));
        x.insert(x.end(), part.x.begin(), part.x.end());
        y.insert(y.end(), part.y.begin(), part.y.end());
      }
      ASSERT_EQ(y.size(), order.size());
      for (std::size_t i = 0; i < order.size(); ++i) {
        EXPECT_EQ(y[i], order[i] % 10);
        for (std::size_t element = 0; element < 6; ++element)
          EXPECT_EQ(x[i * 6 + element], static_cast<float>(10 * order[i]) + static_cast<float>(element));
      }
    }
  }
}

TEST(DataBatches, AugmentationGoesWithTheSampleNotTheBatch) {
  const auto data = numbered();
  const Augmentation both{.flip = true, .crop = true};
  const DataBatches batches(data, OrderKind::Shuffled, both, 11);
  const auto order = epoch_order(OrderKind::Shuffled, kSamples, 11, 2);
  const auto whole = batches.train(2, 0, kSamples);
  int changed = 0;
  for (std::int64_t i = 0; i < kSamples; ++i) {
    const auto one = batches.train(2, i, 1);
    std::vector<float> moved(6), still(6);
    const auto sample = order[static_cast<std::size_t>(i)];
    read_moved(*data.train, sample, draw_move(both, 11, 2, sample), moved);
    data.train->read(sample, still);
    EXPECT_EQ(one.x, moved);
    EXPECT_TRUE(std::equal(moved.begin(), moved.end(), whole.x.begin() + i * 6));
    changed += moved != still;
  }
  EXPECT_GT(changed, kSamples / 2);
}

TEST(DataBatches, TestImagesKeepTheirOrderAndAreNotAugmented) {
  const auto data = numbered();
  const DataBatches batches(data, OrderKind::Shuffled, {.flip = true, .crop = true}, 11);
  const auto batch = batches.test(2, 3);
  EXPECT_EQ(batch.y, (std::vector<std::int64_t>{2, 3, 4}));
  for (std::size_t i = 0; i < 18; ++i) EXPECT_EQ(batch.x[i], -static_cast<float>(10 * (2 + i / 6) + i % 6));
  EXPECT_THROW(batches.test(5, 3), InvariantError);
  EXPECT_THROW(batches.train(0, kSamples, 1), InvariantError);
}

TEST(DataBatches, DigestSeesEveryPart) {
  const auto digest = [](auto change) {
    auto data = numbered();
    change(data);
    return digest_of(data);
  };
  const auto plain = digest([](TrainingData&) {});
  EXPECT_EQ(plain, digest([](TrainingData& data) { data.description = "other words"; }));
  EXPECT_NE(plain, digest([](TrainingData& data) { data.test.reset(); }));
  EXPECT_NE(plain, digest([](TrainingData& data) { std::swap(data.train, data.test); }));
  const auto with = [](float number, std::int64_t label) {
    return [=](TrainingData& data) {
      data.train = std::make_unique<NumberImages>(networks::Shape{1, 1, 1}, std::vector{number}, std::vector{label});
    };
  };
  EXPECT_NE(digest(with(1, 1)), digest(with(2, 1)));
  EXPECT_NE(digest(with(1, 1)), digest(with(1, 2)));
}

}  // namespace
}  // namespace binade::sim
