// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/parallel_kernel.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "models/kernels/workers.h"

namespace binade::kernels {
namespace {

/// Columns are divided in fours: to prepare one takes as long as any other, whatever part of a vector they fill.
constexpr std::int64_t kColumns = 4;
/// With fewer rows a thread, columns are divided, where B would be prepared once.
constexpr std::int64_t kLeastRows = 48;
/// Of a tile of the kernels.
constexpr std::int64_t kFewestRows = 8;
/// Fewer take one thread some ten microseconds, about what waking the others takes. A row takes as long as kRowMacs, however short.
constexpr std::int64_t kLeastMacs = 1 << 17, kRowMacs = 1 << 9;

class ParallelKernel final : public TileKernel {
 public:
  ParallelKernel(const std::function<std::unique_ptr<TileKernel>()>& make, std::shared_ptr<Workers> workers)
      : pool_(std::move(workers)), workers_(*pool_) {
    for (int i = 0; i < workers_.threads(); ++i) kernels_.push_back(make());
  }

  OperandForm form() const override { return kernels_.front()->form(); }

  void begin(const datapath::CoreCommand& command) override {
    // Sums of a partial K stay in the kernel that began them.
    alone_ = !command.first_k || !command.last_k || command.m * std::max(command.n * command.k, kRowMacs) < kLeastMacs;
    const bool shares = kernels_.front()->can_share_b();
    by_columns_ = !alone_ && command.n > command.m && !(shares && command.m >= kLeastRows * workers_.threads());
    shares_ = !alone_ && !by_columns_ && shares;
    for (const auto& kernel : kernels_) kernel->begin(command);
    collect();
  }

  void load_b(const OperandRows& b, std::int64_t n0, std::int64_t n) override {
    n_ = n;
    prepared_ = false;
    if (alone_) return kernels_.front()->load_b(b, n0, n);
    if (by_columns_) {
      for_columns([&](TileKernel& kernel, std::int64_t first, std::int64_t count) { kernel.load_b(b, n0 + first, count); });
    } else {
      workers_.run([&](int worker) { kernel_of(worker).load_b(b, n0, n); });
    }
  }

  void rows(const OperandRows& a, std::int64_t m0, std::int64_t m, const numerics::Code* bias, std::uint64_t* out,
            std::int64_t out_stride) override {
    if (shares_ && !prepared_) prepare(bias);
    if (alone_) {
      kernels_.front()->rows(a, m0, m, bias, out, out_stride);
    } else if (by_columns_) {
      for_columns([&](TileKernel& kernel, std::int64_t first, std::int64_t /*count*/) {
        kernel.rows(a, m0, m, bias == nullptr ? nullptr : bias + first, out + first, out_stride);
      });
    } else {
      workers_.deal(m, granule(m), [&](int worker, std::int64_t first, std::int64_t count) {
        kernel_of(worker).rows(a, m0 + first, count, bias, out + first * out_stride, out_stride);
      });
    }
    collect();
  }

  const datapath::TileStats& stats() const override { return stats_; }
  const PathMacs& paths() const override { return paths_; }

 private:
  /// Rows of a part: whole blocks, unless so few leave a thread without any; of a single tile, what takes time is to read them.
  std::int64_t granule(std::int64_t m) const {
    const std::int64_t share = (m + workers_.threads() - 1) / workers_.threads();
    if (m <= kFewestRows) return share;
    return std::min(kernels_.front()->row_block(), (share + kFewestRows - 1) / kFewestRows * kFewestRows);
  }

  TileKernel& kernel_of(int worker) { return *kernels_[static_cast<std::size_t>(worker)]; }

  /// work(kernel, first, count) on each thread that has a share of the columns, the same whenever it is called.
  template <class Work>
  void for_columns(Work work) {
    workers_.run([&](int worker) {
      const auto bound = [&](std::int64_t of) {
        return of == workers_.threads() ? n_ : n_ * of / workers_.threads() / kColumns * kColumns;
      };
      const std::int64_t first = bound(worker), count = bound(worker + 1) - first;
      if (count > 0) work(kernel_of(worker), first, count);
    });
  }

  void prepare(const numerics::Code* bias) {
    kernels_.front()->share_b(bias, [this](std::int64_t total, const auto& job) {
      workers_.deal(total, 1, [&](int /*worker*/, std::int64_t first, std::int64_t count) { job(first, count); });
    });
    for (std::size_t i = 1; i < kernels_.size(); ++i) kernels_[i]->take_b(*kernels_.front());
    prepared_ = true;
  }

  void collect() {
    stats_ = {};
    paths_ = {};
    for (const auto& kernel : kernels_) {
      stats_ += kernel->stats();
      paths_ += kernel->paths();
    }
  }

  const std::shared_ptr<Workers> pool_;
  Workers& workers_;
  std::vector<std::unique_ptr<TileKernel>> kernels_;
  std::int64_t n_ = 0;
  bool alone_ = false, by_columns_ = false, shares_ = false, prepared_ = false;
  datapath::TileStats stats_;
  PathMacs paths_;
};

}  // namespace

std::unique_ptr<TileKernel> make_parallel_kernel(const std::function<std::unique_ptr<TileKernel>()>& make,
                                                 std::shared_ptr<Workers> workers) {
  return std::make_unique<ParallelKernel>(make, std::move(workers));
}

}  // namespace binade::kernels
