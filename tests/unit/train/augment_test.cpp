// SPDX-License-Identifier: Apache-2.0
// Flips and crops: what they do to an image, and what their draws follow from.
#include "sim/train/augment.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

constexpr Augmentation kBoth{.flip = true, .crop = true};

TEST(Augmentation, WordsGoBothWays) {
  for (const auto* words : {"none", "flip", "crop", "flip,crop"}) EXPECT_EQ(parse_augmentation(words, "x").text(), words);
  EXPECT_EQ(parse_augmentation("crop,flip", "x"), kBoth);
  for (const auto* words : {"", "flop", "flip,flip", "flip,", "none,flip", ",crop"}) {
    try {
      parse_augmentation(words, "--augment");
      ADD_FAILURE() << words;
    } catch (const InputError& error) {
      EXPECT_EQ(std::string(error.what()).rfind("--augment '", 0), 0U) << error.what();
      EXPECT_NE(std::string(error.what()).find("allowed: flip, crop"), std::string::npos) << error.what();
    }
  }
}

TEST(Augmentation, NeedsImages) {
  EXPECT_THROW(check_augmentation(kBoth, {784, 1, 1}, "--augment"), InputError);
  EXPECT_THROW(check_augmentation(kBoth, networks::Shape::tokens(8, 8), "--augment"), InputError);
  EXPECT_NO_THROW(check_augmentation({}, {784, 1, 1}, "--augment"));
  EXPECT_NO_THROW(check_augmentation(kBoth, {1, 28, 28}, "--augment"));
}

/// Two channels of 3 x 4, every byte another; black is -1.
ByteImages numbered() {
  std::vector<Levels> levels(2);
  for (std::size_t byte = 0; byte < 256; ++byte) levels[0][byte] = levels[1][byte] = static_cast<float>(byte) - 1;
  std::vector<std::uint8_t> pixels(2 * 24);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{1});
  return {{2, 3, 4}, std::move(levels), std::move(pixels), {0, 1}};
}

// Against the definition: pad, mirror the padded image, cut the window.
TEST(ReadMoved, IsAWindowOfThePaddedImageOrItsFlip) {
  const auto images = numbered();
  constexpr std::int64_t kPad = Augmentation::kCropPad, kHeight = 3, kWidth = 4, kWide = kWidth + 2 * kPad;
  for (std::int64_t image = 0; image < 2; ++image)
    for (const bool flip : {false, true})
      for (std::int64_t down = -kPad; down <= kPad; ++down)
        for (std::int64_t right = -kPad; right <= kPad; ++right) {
          std::vector<float> out(24);
          read_moved(images, image, {flip, down, right}, out);
          for (std::int64_t channel = 0; channel < 2; ++channel) {
            std::vector<float> padded(static_cast<std::size_t>((kHeight + 2 * kPad) * kWide), -1.0F);
            for (std::int64_t row = 0; row < kHeight; ++row)
              for (std::int64_t column = 0; column < kWidth; ++column) {
                const auto to = flip ? kWidth - 1 - column : column;
                padded[static_cast<std::size_t>((row + kPad) * kWide + to + kPad)] =
                    static_cast<float>(image * 24 + channel * 12 + row * kWidth + column);
              }
            for (std::int64_t row = 0; row < kHeight; ++row)
              for (std::int64_t column = 0; column < kWidth; ++column)
                EXPECT_EQ(out[static_cast<std::size_t>(channel * 12 + row * kWidth + column)],
                          padded[static_cast<std::size_t>((row + kPad + down) * kWide + column + kPad + right)])
                    << flip << down << right;
          }
        }
}

TEST(DrawMove, EveryMoveIsEquallyProbable) {
  std::map<std::tuple<bool, std::int64_t, std::int64_t>, int> counts;
  constexpr int kEach = 200, kMoves = 2 * 9 * 9;
  for (std::int64_t sample = 0; sample < kEach * kMoves; ++sample) {
    const auto move = draw_move(kBoth, 3, 7, sample);
    ++counts[{move.flip, move.down, move.right}];
  }
  ASSERT_EQ(counts.size(), static_cast<std::size_t>(kMoves));
  double chi = 0;  // 161 degrees of freedom: mean 161, deviation 18
  for (const auto& [move, count] : counts) chi += (count - kEach) * (count - kEach) / static_cast<double>(kEach);
  EXPECT_LT(chi, 161 + 5 * 18);
}

TEST(DrawMove, FollowsFromSeedEpochAndSample) {
  const auto all = [](std::uint64_t seed, std::int64_t epoch) {
    std::vector<Move> moves;
    for (std::int64_t sample = 0; sample < 40; ++sample) moves.push_back(draw_move(kBoth, seed, epoch, sample));
    return moves;
  };
  EXPECT_EQ(all(1, 2), all(1, 2));
  EXPECT_NE(all(1, 2), all(2, 2));
  EXPECT_NE(all(1, 2), all(1, 3));
  // One change alone draws as with the other.
  for (std::int64_t sample = 0; sample < 40; ++sample) {
    const auto both = draw_move(kBoth, 1, 2, sample);
    EXPECT_EQ(draw_move({.flip = true}, 1, 2, sample), (Move{.flip = both.flip}));
    EXPECT_EQ(draw_move({.crop = true}, 1, 2, sample), (Move{false, both.down, both.right}));
    EXPECT_EQ(draw_move({}, 1, 2, sample), Move{});
  }
}

}  // namespace
}  // namespace binade::sim
