// SPDX-License-Identifier: Apache-2.0
// The numbers of a large array that was read: held in binary32 as long as each of them is one, otherwise in binary64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/numerics/reals.h"

namespace binade::sim {

class HeldNumbers final : public numerics::RealSource {
 public:
  /// The next numbers in row-major order. Throws InputError that starts with `where` and names the index where one is NaN or
  /// infinite.
  void take(std::span<const double> numbers, const std::string& where);
  std::int64_t size() const { return size_; }
  std::int64_t bytes() const;  ///< that they are held in

  void read(std::int64_t first, std::span<double> out) const override;

 private:
  /// In blocks of kBlock, so that growing moves nothing. One of the two is empty.
  static constexpr std::int64_t kBlock = std::int64_t{1} << 16;
  std::vector<std::vector<float>> narrow_;
  std::vector<std::vector<double>> wide_;
  std::int64_t size_ = 0;

  bool is_wide() const { return !wide_.empty(); }
  void widen();
};

}  // namespace binade::sim
