// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/plan.h"

#include <algorithm>

#include "models/numerics/error.h"
#include "sim/verify/operand_stream.h"

namespace binade::verify {
namespace {

/// Blocks' seeds are far apart: a multiplier of full period (Knuth's MMIX generator).
std::uint64_t block_seed(std::uint64_t seed, std::uint64_t block) {
  return (seed * 0x9e3779b97f4a7c15 + block + 1) * 6364136223846793005ULL + 1442695040888963407ULL;
}

/// Rows of a file, given back one by one.
class RowStimulus final : public Stimulus {
 public:
  explicit RowStimulus(const std::vector<Row>& rows) : rows_(rows) {}
  bool next(Row& in, const Row& /*outputs*/) override {
    if (vectors_ == rows_.size()) return false;
    in = rows_[vectors_++];
    return true;
  }

 private:
  const std::vector<Row>& rows_;
};

class RowPlan final : public Plan {
 public:
  explicit RowPlan(const std::vector<Row>& rows) : rows_(rows) {}
  std::uint64_t blocks() const override { return 1; }
  std::uint64_t vectors() const override { return rows_.size(); }
  std::unique_ptr<Stimulus> make(std::uint64_t /*block*/) const override { return std::make_unique<RowStimulus>(rows_); }

 private:
  const std::vector<Row>& rows_;
};

class DrawnPlan final : public Plan {
 public:
  DrawnPlan(const Unit& unit, const EngineOptions& options) : unit_(unit), options_(options), size_(unit.block_vectors()) {}
  std::uint64_t blocks() const override { return (options_.vectors + size_ - 1) / size_; }
  std::uint64_t vectors() const override { return options_.vectors; }
  std::unique_ptr<Stimulus> make(std::uint64_t block) const override {
    return unit_.make_stimulus({options_.kind, options_.stalls, block * size_, std::min(size_, options_.vectors - block * size_),
                                block_seed(options_.seed, block)});
  }

 private:
  const Unit& unit_;
  const EngineOptions& options_;
  const std::uint64_t size_;
};

/// Blocks of about kBlockVectors operations of one product. Where fewer vectors are wanted than there are, each product gives its
/// share, evenly spaced, and at least one item.
class OperandPlan final : public Plan {
 public:
  OperandPlan(const Unit& unit, const EngineOptions& options) : unit_(unit), options_(options) {
    double all = 0;
    for (const auto* product : options.operands) {
      const OperandItems items = unit.items_of(*product);
      all += static_cast<double>(items.count) * static_cast<double>(items.vectors);
    }
    const double share = options.vectors == 0 ? 1 : std::min(1.0, static_cast<double>(options.vectors) / all);
    for (const auto* product : options.operands) {
      const OperandItems items = unit.items_of(*product);
      if (items.count == 0) throw InvariantError("verify: " + std::string(unit.name()) + " takes no operands");
      const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(items.count));
      const std::uint64_t used = std::clamp<std::uint64_t>(wanted, 1, items.count), every = items.count / used;
      const std::uint64_t size = std::max<std::uint64_t>(1, unit.operand_block_vectors() / items.vectors);
      for (std::uint64_t first = 0; first < used; first += size)
        blocks_.push_back({product, first * every, every, std::min(size, used - first)});
      vectors_ += used * items.vectors;
    }
  }
  std::uint64_t blocks() const override { return blocks_.size(); }
  std::uint64_t vectors() const override { return vectors_; }
  std::unique_ptr<Stimulus> make(std::uint64_t block) const override {
    const Part& part = blocks_[block];
    return unit_.make_operand_stimulus(
        {*part.product, part.first, part.every, part.count, options_.stalls, block_seed(options_.seed, block)});
  }

 private:
  struct Part {
    const programs::ProductOperands* product;
    std::uint64_t first, every, count;
  };

  const Unit& unit_;
  const EngineOptions& options_;
  std::vector<Part> blocks_;
  std::uint64_t vectors_ = 0;
};

}  // namespace

std::unique_ptr<const Plan> make_plan(const Unit& unit, const EngineOptions& options) {
  if (!options.operands.empty()) return std::make_unique<OperandPlan>(unit, options);
  if (!options.trace.empty()) return std::make_unique<RowPlan>(options.trace);
  return std::make_unique<DrawnPlan>(unit, options);
}

}  // namespace binade::verify
