// SPDX-License-Identifier: Apache-2.0
#include "sim/host/lower_chain.h"

#include <algorithm>
#include <array>

#include "sim/host/lower_load.h"
#include "sim/host/lower_vector.h"
#include "sim/host/scratchpads.h"

namespace binade::sim {
namespace {

using operations::ChainOperand;

/// What of an operand one chunk of outputs needs: `count` elements from `first` on, and where among them its outputs begin.
struct Part {
  std::int64_t first = 0, count = 0;
  std::int64_t size = 0, phase = 0;  ///< of the chunk's own spread
};

Part part_of(const ChainOperand& operand, std::int64_t first, std::int64_t outputs) {
  if (operand.size == 0) return {.first = first, .count = outputs};
  const std::int64_t from = first + operand.phase, step = from / operand.inner, last = (from + outputs - 1) / operand.inner;
  const std::int64_t shared = step % operand.size, taken = last - step + 1;
  if (shared + taken <= operand.size) return {.first = shared, .count = taken, .size = taken, .phase = from % operand.inner};
  return {.first = 0, .count = operand.size, .size = operand.size, .phase = from % (operand.inner * operand.size)};
}
/// The most elements that any chunk of so many of the form's outputs needs: all of them where it may pass the last and begin anew.
std::int64_t most_elements(const ChainOperand& operand, std::int64_t outputs, std::int64_t of_form) {
  if (operand.size == 0) return outputs;
  const bool begins_anew = outputs > 1 && of_form + operand.phase > operand.inner * operand.size;
  return begins_anew ? operand.size : std::min(operand.size, (outputs - 1) / operand.inner + 2);
}

/// Each operand in the scratchpad that is less full by then.
class Layout {
 public:
  Layout(const ChainJob& job, std::int64_t outputs) {
    for (std::size_t i = 0; i < job.operands.size(); ++i) {
      const ChainOperand& operand = job.chain.form.operands[i];
      const std::int64_t bytes = align_up(most_elements(operand, outputs, job.chain.form.outputs) * job.operands[i].bytes);
      const bool in_b = bytes_.b < bytes_.a;
      std::int64_t& filled = in_b ? bytes_.b : bytes_.a;
      operands.push_back({in_b ? 1U : 0U, filled});
      filled += bytes;
    }
    for (const ChainJob::Tensor& result : job.results) {
      results.push_back(bytes_.o);
      bytes_.o += align_up(outputs * result.bytes);
    }
  }
  const HalfBytes& bytes() const { return bytes_; }

  struct Place {
    std::size_t pad;
    std::int64_t offset;
  };
  std::vector<Place> operands;
  std::vector<std::int64_t> results;  ///< offsets

 private:
  HalfBytes bytes_;  ///< of a chunk
};

class ChainLowering {
 public:
  ChainLowering(const hw::PlatformConfig& config, const ChainJob& job, const Layout& layout, HalfBytes halves, Schedule& schedule)
      : formats_(config.formats()),
        job_(job),
        layout_(layout),
        schedule_(schedule),
        pads_{InputPad(halves.a), InputPad(halves.b)},
        o_(halves.o) {}

  void emit(std::int64_t first, std::int64_t outputs) {
    operations::PlacedChain chain = job_.chain;
    chain.form.outputs = outputs;
    chain.form.first += first;
    std::array<InputPad::Place, 2> places;
    std::array<bool, 2> used{};
    for (std::size_t i = 0; i < job_.operands.size(); ++i) {
      const auto [pad, offset] = layout_.operands[i];
      if (!used[pad]) places[pad] = pads_[pad].place(next_tile_++);
      used[pad] = true;
      const std::int64_t base = places[pad].base + offset;
      const Part part = part_of(job_.chain.form.operands[i], first, outputs);
      pads_[pad].loaded(places[pad], load(job_.operands[i], part, static_cast<std::int64_t>(pad), base, places[pad].overwrites));
      chain.form.operands[i].size = part.size;
      chain.form.operands[i].phase = part.phase;
      chain.operands[i].scratchpad = static_cast<std::int64_t>(pad);
      chain.operands[i].base = base;
    }
    o_.advance();
    for (std::size_t i = 0; i < job_.results.size(); ++i) chain.results[i].base = o_.base() + layout_.results[i];
    std::array<Schedule::Id, 3> after{Schedule::kNone, Schedule::kNone, o_.store()};
    for (std::size_t pad = 0; pad < 2; ++pad)
      if (used[pad]) after[pad] = pads_[pad].writer(places[pad]);
    const Schedule::Id compute = schedule_.chain(chain_record(chain, formats_), after);
    for (std::size_t pad = 0; pad < 2; ++pad)
      if (used[pad]) pads_[pad].read(places[pad], compute);
    for (std::size_t i = 0; i < job_.results.size(); ++i) o_.stored(store(i, first, outputs, chain.results[i].base, compute));
  }

 private:
  Schedule::Id load(const ChainJob::Tensor& tensor, const Part& part, std::int64_t scratchpad, std::int64_t base,
                    Schedule::Id after) {
    return load_run(schedule_, {tensor.address + part.first * tensor.bytes, part.count, tensor.bytes},
                    {.scratchpad = scratchpad, .base = base}, after);
  }
  Schedule::Id store(std::size_t result, std::int64_t first, std::int64_t outputs, std::int64_t base, Schedule::Id compute) {
    const ChainJob::Tensor& tensor = job_.results[result];
    return store_run(schedule_, {tensor.address + first * tensor.bytes, outputs, tensor.bytes}, base, compute);
  }

  const operations::FormatTable formats_;
  const ChainJob& job_;
  const Layout& layout_;
  Schedule& schedule_;
  std::array<InputPad, 2> pads_;
  OutputPad o_;
  std::int64_t next_tile_ = 0;
};

}  // namespace

std::int64_t choose_chunk(const hw::PlatformConfig& config, const ChainJob& job, const std::string& where) {
  return most_that_fit(config, where, "one output of a chain", job.chain.form.outputs, kChunkTarget,
                       [&](std::int64_t outputs) { return Layout(job, outputs).bytes(); });
}

void lower_chain(const hw::PlatformConfig& config, const ChainJob& job, const std::string& where, Schedule& schedule) {
  const std::int64_t outputs = job.chain.form.outputs;
  if (outputs == 0) return;
  const std::int64_t chunk = choose_chunk(config, job, where);
  const Layout layout(job, chunk);
  ChainLowering lowering(config, job, layout, config.memory_ideal ? layout.bytes() : half_bytes(config), schedule);
  for (std::int64_t first = 0; first < outputs; first += chunk) lowering.emit(first, std::min(chunk, outputs - first));
}

}  // namespace binade::sim
