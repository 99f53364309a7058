// SPDX-License-Identifier: Apache-2.0
#include "sim/host/lower_vector.h"

#include <algorithm>
#include <array>
#include <vector>

#include "models/numerics/error.h"
#include "sim/host/lower_load.h"
#include "sim/host/scratchpads.h"

namespace binade::sim {

namespace {

struct ChunkBytes {
  std::int64_t a = 0, b = 0, o = 0;
};

ChunkBytes chunk_bytes(const VectorJob& job, std::int64_t outputs) {
  const std::int64_t constants = job.constants * (job.t >= 0 ? 2 : 1);
  return {align_up(outputs * job.window * job.x_bytes), align_up((job.y >= 0 ? outputs : constants) * job.y_bytes),
          align_up(outputs * job.out_bytes)};
}

class VectorLowering {
 public:
  VectorLowering(HalfBytes halves, Schedule& schedule) : schedule_(schedule), a_(halves.a), b_(halves.b), o_(halves.o) {}

  void emit(const VectorJob& job, std::int64_t chunk) {
    for (std::int64_t done = 0; done < job.outputs; done += chunk) emit_chunk(job, done, std::min(chunk, job.outputs - done));
  }

 private:
  void load_x(const VectorJob& job, const InputPad::Place& place, std::int64_t first, std::int64_t count) {
    if (!job.windows) {
      a_.loaded(place, load_run(schedule_, {job.x.base + first * job.x_bytes, count, job.x_bytes}, {.base = place.base},
                                place.overwrites));
      return;
    }
    a_.loaded(place, load_block(schedule_, job.x, {job.x_bytes, job.x_first + first, count, 0, job.window},
                                {count, 0, job.window, job.window, 0, 1}, {.base = place.base, .fill = job.fill},
                                std::array{place.overwrites}));
  }

  InputPad::Place load_y(const VectorJob& job, std::int64_t first, std::int64_t count) {
    if (job.y >= 0) {
      const InputPad::Place place = b_.place(next_tile_++);
      b_.loaded(place, load_run(schedule_, {job.y + first * job.y_bytes, count, job.y_bytes}, {.scratchpad = 1, .base = place.base},
                                place.overwrites));
      return place;
    }
    const InputPad::Place place = b_.place(-1 - job.s);  // constants stay where they are
    if (!place.resident) {
      Schedule::Id last =
          load_run(schedule_, {job.s, job.constants, job.y_bytes}, {.scratchpad = 1, .base = place.base}, place.overwrites);
      if (job.t >= 0)
        last = load_run(schedule_, {job.t, job.constants, job.y_bytes},
                        {.scratchpad = 1, .base = place.base + job.constants * job.y_bytes}, Schedule::kNone);
      b_.loaded(place, last);
    }
    return place;
  }

  void emit_chunk(const VectorJob& job, std::int64_t first, std::int64_t count) {
    spec::Vector record = job.record;
    const InputPad::Place x = a_.place(next_tile_++);
    load_x(job, x, first, count);
    o_.advance();
    std::array<Schedule::Id, 3> after{a_.writer(x), o_.store(), Schedule::kNone};
    const bool second_operand = job.y >= 0 || job.constants > 0;
    InputPad::Place y;
    if (second_operand) {
      y = load_y(job, first, count);
      after[2] = b_.writer(y);
      record.y_base = y.base;
    }
    record.x_base = x.base;
    record.o_base = o_.base();
    record.count = count;
    record.first = job.first + first;
    const Schedule::Id compute = schedule_.vector(record, after);
    a_.read(x, compute);
    if (second_operand) b_.read(y, compute);
    o_.stored(store_run(schedule_, {job.out + first * job.out_bytes, count, job.out_bytes}, o_.base(), compute));
  }

  Schedule& schedule_;
  InputPad a_, b_;
  OutputPad o_;
  std::int64_t next_tile_ = 0;
};

}  // namespace

std::int64_t choose_chunk(const hw::PlatformConfig& config, const VectorJob& job, const std::string& where) {
  if (config.memory_ideal) return job.outputs;
  const HalfBytes half = half_bytes(config);
  const ChunkBytes least = chunk_bytes(job, job.granule);
  std::string message;
  const auto check = [&](const char* key, std::int64_t needed, std::int64_t has, std::int64_t given) {
    if (needed > has)
      message += std::string(" ") + key + " is " + std::to_string(given) + ", at least " + std::to_string(2 * needed) +
                 " bytes are needed;";
  };
  check("scratchpad.a_bytes", least.a, half.a, config.scratchpad.a_bytes);
  check("scratchpad.b_bytes", least.b, half.b, config.scratchpad.b_bytes);
  check("scratchpad.o_bytes", least.o, half.o, config.scratchpad.o_bytes);
  if (!message.empty()) {
    message.pop_back();
    throw InputError(where + ": a scratchpad is too small for one tile, double buffered:" + message);
  }
  std::int64_t chunk = std::min({half.a / (job.window * job.x_bytes), half.o / job.out_bytes, job.outputs});
  if (job.y >= 0) chunk = std::min(chunk, half.b / job.y_bytes);
  chunk = std::min(chunk, std::max((job.outputs + 3) / 4, kChunkTarget));
  return std::max(chunk / job.granule, std::int64_t{1}) * job.granule;
}

void lower_vector(const hw::PlatformConfig& config, std::span<const VectorJob> jobs, const std::string& where, Schedule& schedule) {
  std::vector<std::int64_t> chunks;
  HalfBytes halves = half_bytes(config);
  if (config.memory_ideal) halves = {};
  for (const VectorJob& job : jobs) {
    chunks.push_back(choose_chunk(config, job, where));
    if (!config.memory_ideal) continue;
    const ChunkBytes bytes = chunk_bytes(job, chunks.back());
    halves = {std::max(halves.a, bytes.a), std::max(halves.b, bytes.b), std::max(halves.o, bytes.o)};
  }
  VectorLowering lowering(halves, schedule);
  for (std::size_t i = 0; i < jobs.size(); ++i) lowering.emit(jobs[i], chunks[i]);
}

}  // namespace binade::sim
