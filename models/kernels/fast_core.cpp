// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/fast_core.h"

#include <algorithm>
#include <vector>

#include "models/datapath/timed_core.h"
#include "models/kernels/tile_kernel.h"

namespace binade::kernels {
namespace {

using datapath::CoreCommand;
using numerics::Code;

/// Elements decoded at a time: bounds the memory of a tile that has a whole layer (memory.ideal).
constexpr std::int64_t kPanelElements = 1 << 22;
constexpr std::int64_t kRowElements = 1 << 18;

class FastCore final : public datapath::TimedCore {
 public:
  FastCore(const datapath::CoreConfig& config, int threads)
      : TimedCore(config), config_(TimedCore::config()), threads_(threads), kernel_(make_tile_kernel(config_, threads)) {}

  void reset() override {
    TimedCore::reset();
    kernel_ = make_tile_kernel(config_, threads_);
  }

 private:
  bool os() const { return config_.dataflow == datapath::Dataflow::OutputStationary; }
  std::int64_t column_blocks() const { return (command_.n + config_.cols - 1) / config_.cols; }

  void compute(const CoreCommand& command, datapath::TileStreams& streams, datapath::TileStats& stats) override {
    command_ = command;
    streams_ = &streams;
    kernel_->begin(command_);
    const std::int64_t k = command_.k, rows = config_.rows, cols = config_.cols;
    const std::int64_t panel = std::clamp(kPanelElements / k / cols, std::int64_t{1}, column_blocks()) * cols;
    const std::int64_t row_block = std::max(kRowElements / k / rows, std::int64_t{1}) * rows;
    for (std::int64_t n0 = 0; n0 < command_.n; n0 += panel) {
      const std::int64_t n = std::min(panel, command_.n - n0), padded = (n + cols - 1) / cols * cols;
      read_b(n0, padded);
      kernel_->load_b(b_.data(), n0, n, padded, 1);
      for (std::int64_t m0 = 0; m0 < command_.m; m0 += row_block) {
        const std::int64_t m = std::min(row_block, command_.m - m0);
        read_a(m0, m);
        out_.assign(static_cast<std::size_t>(command_.last_k ? m * padded : 0), 0);
        kernel_->rows(a_.data(), m0, m, command_.bias ? bias_.data() : nullptr, out_.data(), padded);
        if (command_.last_k) write_out(m0, m, n0, padded);
      }
    }
    stats = kernel_->stats();
  }

  /// a_: m x k of the rows from m0. The first pass over A of the stream holds all of it.
  void read_a(std::int64_t m0, std::int64_t m) {
    const std::int64_t k = command_.k, rows = config_.rows;
    a_.resize(static_cast<std::size_t>(m * k));
    lanes_.resize(static_cast<std::size_t>(rows));
    if (os()) {
      for (std::int64_t block = 0; block < m; block += rows) {
        const std::int64_t first = (m0 + block) / rows * column_blocks() * k, r = std::min(rows, m - block);
        for (std::int64_t kk = 0; kk < k; ++kk) {
          streams_->read_a(static_cast<std::uint64_t>(first + kk), lanes_);
          for (std::int64_t i = 0; i < r; ++i)
            a_[static_cast<std::size_t>((block + i) * k + kk)] = lanes_[static_cast<std::size_t>(i)];
        }
      }
      return;
    }
    for (std::int64_t k0 = 0; k0 < k; k0 += rows) {
      const std::int64_t r = std::min(rows, k - k0);
      for (std::int64_t i = 0; i < m; ++i) {
        streams_->read_a(static_cast<std::uint64_t>(k0 / rows * command_.m + m0 + i), lanes_);
        std::copy_n(lanes_.begin(), r, a_.begin() + i * k + k0);
      }
    }
  }

  /// b_: k x padded of the column blocks from n0, and their bias_.
  void read_b(std::int64_t n0, std::int64_t padded) {
    const std::int64_t k = command_.k, rows = config_.rows, cols = config_.cols;
    const std::int64_t bias_vectors = command_.bias ? column_blocks() : 0;
    b_.resize(static_cast<std::size_t>(k * padded));
    bias_.resize(static_cast<std::size_t>(command_.bias ? padded : 0));
    lanes_.resize(static_cast<std::size_t>(cols));
    for (std::int64_t offset = 0; offset < padded; offset += cols) {
      const std::int64_t block = (n0 + offset) / cols;
      if (command_.bias) {
        streams_->read_b(static_cast<std::uint64_t>(block), lanes_);
        std::copy_n(lanes_.begin(), cols, bias_.begin() + offset);
      }
      for (std::int64_t q = 0; q < k; ++q) {
        const std::int64_t k0 = q / rows * rows, r = std::min(rows, k - k0);
        const std::int64_t row = os() ? q : k0 + r - 1 - (q - k0);
        streams_->read_b(static_cast<std::uint64_t>(bias_vectors + block * k + q), lanes_);
        std::copy_n(lanes_.begin(), cols, b_.begin() + row * padded + offset);
      }
    }
  }

  void write_out(std::int64_t m0, std::int64_t m, std::int64_t n0, std::int64_t padded) {
    const std::int64_t rows = config_.rows, cols = config_.cols;
    for (std::int64_t i = 0; i < m; ++i) {
      const std::int64_t fold_m0 = (m0 + i) / rows * rows, r = std::min(rows, command_.m - fold_m0);
      for (std::int64_t offset = 0; offset < padded; offset += cols) {
        const std::int64_t block = (n0 + offset) / cols;
        const std::int64_t vector =
            os() ? fold_m0 * column_blocks() + block * r + (r - 1 - (m0 + i - fold_m0)) : block * command_.m + m0 + i;
        streams_->write_out(static_cast<std::uint64_t>(vector),
                            std::span(out_).subspan(static_cast<std::size_t>(i * padded + offset), static_cast<std::size_t>(cols)));
      }
    }
  }

  const datapath::CoreConfig& config_;
  const int threads_;
  std::unique_ptr<TileKernel> kernel_;
  CoreCommand command_;
  datapath::TileStreams* streams_ = nullptr;
  std::vector<Code> a_, b_, bias_, lanes_;
  std::vector<std::uint64_t> out_;
};

}  // namespace

std::unique_ptr<datapath::Core> make_fast_core(const datapath::CoreConfig& config, int threads) {
  return std::make_unique<FastCore>(config, threads);
}

}  // namespace binade::kernels
