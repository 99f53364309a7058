// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/joined_kernel.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "models/datapath/pe/dispatch.h"
#include "models/numerics/accumulators.h"

namespace binade::kernels {
namespace {

using numerics::Code;

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
  JoinedKernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> kernel, std::int64_t longest)
      : config_(config), kernel_(std::move(kernel)), longest_(longest) {}

  OperandForm form() const override { return kernel_->form(); }

  void begin(const datapath::CoreCommand& command) override {
    command_ = command;
    if (command.first_k) {
      parts_.clear();
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

  void load_b(const OperandRows& b, std::int64_t n0, std::int64_t n) override {
    if (!joins_) return kernel_->load_b(b, n0, n);
    n0_ = n0;
    n_ = n;
    k_ += command_.k;
    if (!command_.last_k) {
      parts_.push_back({command_, std::vector<Code>(static_cast<std::size_t>(command_.m * command_.k)), {}});
      append(b, n0, n, parts_.back().b);
      return;
    }
    b_.clear();
    for (std::int64_t j = 0; j < n; ++j) {
      for (const Part& part : parts_) append_row(part.b, j, part.command.k, b_);
      append(b, n0 + j, 1, b_);
    }
    b_rows_.emplace(config_.format.b, b_.data(), n0, k_);
    kernel_->load_b(*b_rows_, n0, n);
  }

  void rows(const OperandRows& a, std::int64_t m0, std::int64_t m, const numerics::Code* bias, std::uint64_t* out,
            std::int64_t out_stride) override {
    if (!joins_) return kernel_->rows(a, m0, m, bias, out, out_stride);
    if (!command_.last_k) {
      a_.clear();
      append(a, m0, m, a_);
      std::copy(a_.begin(), a_.end(), parts_.back().a.begin() + m0 * command_.k);
      return;
    }
    a_.clear();
    for (std::int64_t i = m0; i < m0 + m; ++i) {
      for (const Part& part : parts_) append_row(part.a, i, part.command.k, a_);
      append(a, i, 1, a_);
    }
    kernel_->rows(CodeRows(config_.format.a, a_.data(), m0, k_), m0, m, bias, out, out_stride);
  }

  const datapath::TileStats& stats() const override { return waits() ? kNoStats : kernel_->stats(); }
  const PathMacs& paths() const override { return waits() ? kNoPaths : kernel_->paths(); }

 private:
  struct Part {
    datapath::CoreCommand command;
    std::vector<Code> a, b;  ///< m x k, n x k
  };
  static inline const datapath::TileStats kNoStats;
  static inline const PathMacs kNoPaths;

  /// Rows first .. first+count-1 of this command's operand.
  void append(const OperandRows& rows, std::int64_t first, std::int64_t count, std::vector<Code>& to) {
    row_.resize(static_cast<std::size_t>(command_.k));
    for (std::int64_t row = first; row < first + count; ++row) {
      const Code* const codes = rows.codes(row, row_.data());
      to.insert(to.end(), codes, codes + command_.k);
    }
  }
  static void append_row(const std::vector<Code>& rows, std::int64_t row, std::int64_t k, std::vector<Code>& to) {
    to.insert(to.end(), rows.begin() + row * k, rows.begin() + (row + 1) * k);
  }

  bool waits() const { return joins_ && !command_.last_k; }

  /// K grew beyond what may be joined: the parts run one by one, as those that follow will.
  void replay() {
    for (const Part& part : parts_) {
      const CodeRows a(config_.format.a, part.a.data(), 0, part.command.k), b(config_.format.b, part.b.data(), n0_, part.command.k);
      kernel_->begin(part.command);
      kernel_->load_b(b, n0_, n_);
      kernel_->rows(a, 0, part.command.m, nullptr, nullptr, 0);
    }
    parts_.clear();
    joins_ = false;
  }

  const datapath::CoreConfig& config_;
  const std::unique_ptr<TileKernel> kernel_;
  const std::int64_t longest_;
  datapath::CoreCommand command_;
  bool joins_ = false;
  std::int64_t k_ = 0, n0_ = 0, n_ = 0;  ///< k_: of all parts so far
  std::vector<Part> parts_;              ///< before the last one
  std::vector<Code> a_, b_, row_;        ///< a_, b_: rows of the whole of K
  std::optional<CodeRows> b_rows_;
};

}  // namespace

std::unique_ptr<TileKernel> make_joined_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> kernel) {
  const std::int64_t longest = silent_k(config);
  return longest == 0 ? std::move(kernel) : std::make_unique<JoinedKernel>(config, std::move(kernel), longest);
}

}  // namespace binade::kernels
