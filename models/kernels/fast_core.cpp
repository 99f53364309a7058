// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/fast_core.h"

#include <algorithm>
#include <vector>

#include "models/datapath/cycle/timed_core.h"
#include "models/datapath/dataflow/dataflow.h"
#include "models/kernels/tile_kernel.h"

namespace binade::kernels {
namespace {

using datapath::CoreCommand;
using datapath::Stream;
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
      const CodeRows b(config_.format.b, b_.data(), n0, k, 1, padded);
      kernel_->load_b(b, n0, n);
      for (std::int64_t m0 = 0; m0 < command_.m; m0 += row_block) {
        const std::int64_t m = std::min(row_block, command_.m - m0);
        read_a(m0, m);
        out_.assign(static_cast<std::size_t>(command_.last_k ? m * padded : 0), 0);
        kernel_->rows(CodeRows(config_.format.a, a_.data(), m0, k), m0, m, command_.bias ? bias_.data() : nullptr, out_.data(),
                      padded);
        if (command_.last_k) write_out(m0, m, n0, padded);
      }
    }
    stats = kernel_->stats();
  }

  datapath::Run run_at(Stream stream, std::int64_t m, std::int64_t n, std::int64_t k) const {
    return datapath::run_at(config_, command_, stream, {m, n, k});
  }

  /// a_: m x k of the rows from m0, whole blocks of R. The first pass over A of the stream holds all of it.
  void read_a(std::int64_t m0, std::int64_t m) {
    const std::int64_t k = command_.k;
    a_.resize(static_cast<std::size_t>(m * k));
    lanes_.resize(static_cast<std::size_t>(config_.rows));
    datapath::Box part;
    for (std::int64_t k0 = 0; k0 < k; k0 = part.col_end) {
      for (std::int64_t row = m0; row < m0 + m; row = part.row_end) {
        const datapath::Run run = run_at(Stream::A, row, 0, k0);
        part = run.box();
        part.row = row;
        part.row_end = std::min(part.row_end, m0 + m);
        read_part(run, part, m0);
      }
    }
  }

  /// The vectors of an A run that hold `part`.
  void read_part(const datapath::Run& run, const datapath::Box& part, std::int64_t m0) {
    const std::int64_t k = command_.k, lane_step = run.per_lane.row * k + run.per_lane.col;
    const std::uint64_t last = run.vector_of({part.row_end - 1, part.col_end - 1});
    for (std::uint64_t vector = run.vector_of({part.row, part.col}); vector <= last; ++vector) {
      streams_->read_a(vector, lanes_);
      const datapath::Place place = run.at(vector);
      const auto to = a_.begin() + (place.row - m0) * k + place.col;
      if (lane_step == 1) {
        std::copy_n(lanes_.begin(), run.lanes, to);
      } else {
        for (int i = 0; i < run.lanes; ++i) to[i * lane_step] = lanes_[static_cast<std::size_t>(i)];
      }
    }
  }

  /// b_: k x padded of the column blocks from n0, and their bias_.
  void read_b(std::int64_t n0, std::int64_t padded) {
    const std::int64_t k = command_.k, cols = config_.cols;
    b_.resize(static_cast<std::size_t>(k * padded));
    bias_.resize(static_cast<std::size_t>(command_.bias ? padded : 0));
    lanes_.resize(static_cast<std::size_t>(cols));
    for (std::int64_t offset = 0; offset < padded; offset += cols) {
      if (command_.bias) {
        streams_->read_b(datapath::bias_element(config_, n0 + offset).vector, lanes_);
        std::copy_n(lanes_.begin(), cols, bias_.begin() + offset);
      }
      for (std::int64_t k0 = 0; k0 < k;) {
        const datapath::Run run = run_at(Stream::B, 0, n0 + offset, k0);
        for (std::uint64_t vector = run.first; run.holds(vector); ++vector) {
          streams_->read_b(vector, lanes_);
          std::copy_n(lanes_.begin(), cols, b_.begin() + run.at(vector).row * padded + offset);
        }
        k0 = run.box().row_end;
      }
    }
  }

  // Aligned blocks of R rows, each of which one run holds for a block of columns.
  void write_out(std::int64_t m0, std::int64_t m, std::int64_t n0, std::int64_t padded) {
    const std::int64_t rows = config_.rows, cols = config_.cols;
    for (std::int64_t block = m0; block < m0 + m; block += rows) {
      const std::int64_t block_end = std::min(block + rows, m0 + m);
      for (std::int64_t offset = 0; offset < padded; offset += cols) {
        const datapath::Run run = run_at(Stream::Out, block, n0 + offset, command_.k - 1);
        for (std::int64_t row = block; row < block_end; ++row) {
          streams_->write_out(
              run.vector_of({row, n0 + offset}),
              std::span(out_).subspan(static_cast<std::size_t>((row - m0) * padded + offset), static_cast<std::size_t>(cols)));
        }
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
