// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/joined_kernel.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/datapath/pe/dispatch.h"
#include "models/numerics/accumulators.h"

namespace binade::kernels {
namespace {

/// The longest K over which no sum of products, whatever they are, leaves the accumulator.
std::int64_t silent_k(const datapath::CoreConfig& config) {
  constexpr std::int64_t kLongest = std::int64_t{1} << 22;
  const numerics::OperandFormats& formats = config.format;
  const int bits = numerics::accumulator_bits(formats, config.accumulate);
  switch (datapath::pe_family(config)) {
    case datapath::PeFamily::Quire:  // 31 carry bits, unless it was made narrower
      return bits >= numerics::exact_register(formats).full_bits ? kLongest : 0;
    case datapath::PeFamily::Integer:  // |a b| <= 2^(Na+Nb-2)
      return std::min(kLongest, static_cast<std::int64_t>((std::ldexp(1.0, bits - 1) - 1) /
                                                          std::ldexp(1.0, formats.a.bits + formats.b.bits - 2)));
    default:
      return 0;
  }
}

class JoinedKernel final : public TileKernel {
 public:
  JoinedKernel(std::unique_ptr<TileKernel> kernel, std::int64_t longest) : kernel_(std::move(kernel)), longest_(longest) {}

  void begin(const datapath::CoreCommand& command) override {
    command_ = command;
    if (command.first_k) {
      parts_.clear();
      b_.clear();
      k_ = 0;
      joins_ = !command.last_k;
    }
    if (joins_ && k_ + command.k > longest_) replay();
    if (!joins_) return kernel_->begin(command);
    if (!command.last_k) return;
    datapath::CoreCommand whole = command;
    whole.first_k = true;
    whole.k_base = parts_.front().command.k_base;
    whole.k = k_ + command.k;
    kernel_->begin(whole);
  }

  void load_b(const numerics::Code* b, std::int64_t n0, std::int64_t n, std::int64_t k_stride, std::int64_t n_stride) override {
    if (!joins_) return kernel_->load_b(b, n0, n, k_stride, n_stride);
    for (std::int64_t k = 0; k < command_.k; ++k)
      for (std::int64_t j = 0; j < n; ++j) b_.push_back(b[k * k_stride + j * n_stride]);
    n0_ = n0;
    n_ = n;
    k_ += command_.k;
    if (command_.last_k) {
      kernel_->load_b(b_.data(), n0, n, n, 1);
    } else {
      parts_.push_back({command_, std::vector<numerics::Code>(static_cast<std::size_t>(command_.m * command_.k))});
    }
  }

  void rows(const numerics::Code* a, std::int64_t m0, std::int64_t m, const numerics::Code* bias, std::uint64_t* out,
            std::int64_t out_stride) override {
    if (!joins_) return kernel_->rows(a, m0, m, bias, out, out_stride);
    if (!command_.last_k) {
      std::copy_n(a, m * command_.k, parts_.back().a.begin() + m0 * command_.k);
      return;
    }
    a_.clear();
    for (std::int64_t i = 0; i < m; ++i) {
      for (const Part& part : parts_) {
        const auto row = part.a.begin() + (m0 + i) * part.command.k;
        a_.insert(a_.end(), row, row + part.command.k);
      }
      a_.insert(a_.end(), a + i * command_.k, a + (i + 1) * command_.k);
    }
    kernel_->rows(a_.data(), m0, m, bias, out, out_stride);
  }

  const datapath::TileStats& stats() const override { return waits() ? kNoStats : kernel_->stats(); }
  const PathMacs& paths() const override { return waits() ? kNoPaths : kernel_->paths(); }

 private:
  struct Part {
    datapath::CoreCommand command;
    std::vector<numerics::Code> a;  ///< m x k
  };
  static inline const datapath::TileStats kNoStats;
  static inline const PathMacs kNoPaths;

  bool waits() const { return joins_ && !command_.last_k; }

  /// K grew beyond what may be joined: the parts run one by one, as those that follow will.
  void replay() {
    const numerics::Code* b = b_.data();
    for (const Part& part : parts_) {
      kernel_->begin(part.command);
      kernel_->load_b(b, n0_, n_, n_, 1);
      kernel_->rows(part.a.data(), 0, part.command.m, nullptr, nullptr, 0);
      b += part.command.k * n_;
    }
    parts_.clear();
    joins_ = false;
  }

  const std::unique_ptr<TileKernel> kernel_;
  const std::int64_t longest_;
  datapath::CoreCommand command_;
  bool joins_ = false;
  std::int64_t k_ = 0, n0_ = 0, n_ = 0;  ///< k_: of the panels in b_
  std::vector<Part> parts_;              ///< before the last one
  std::vector<numerics::Code> b_;        ///< k_ x n_
  std::vector<numerics::Code> a_;
};

}  // namespace

std::unique_ptr<TileKernel> make_joined_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> kernel) {
  const std::int64_t longest = silent_k(config);
  return longest == 0 ? std::move(kernel) : std::make_unique<JoinedKernel>(std::move(kernel), longest);
}

}  // namespace binade::kernels
