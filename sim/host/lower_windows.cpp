// SPDX-License-Identifier: Apache-2.0
#include "sim/host/lower_windows.h"

#include <algorithm>
#include <array>

#include "models/operations/window_record.h"
#include "sim/host/lower_load.h"
#include "sim/host/lower_vector.h"
#include "sim/host/scratchpads.h"

namespace binade::sim {
namespace {

using spec::WindowOp;

/// Elements of one plane, and their bytes.
struct Plane {
  explicit Plane(const WindowJob& job)
      : windows(job.record.rows * job.record.columns), pixels(job.record.height * job.record.width) {
    const WindowOp op = op_of(job.record);
    writes_indices = op == WindowOp::Maximum;
    reads_indices = op == WindowOp::ToChosen;
    x = writes_indices ? pixels : windows;
    out = writes_indices ? windows : pixels;
  }
  std::int64_t windows, pixels;
  std::int64_t x, out;
  bool reads_indices, writes_indices;
};

HalfBytes chunk_bytes(const WindowJob& job, std::int64_t planes) {
  const Plane plane(job);
  const std::int64_t indices = align_up(planes * plane.windows * job.indices.bytes);
  return {align_up(planes * plane.x * job.x.bytes), plane.reads_indices ? indices : 0,
          align_up(planes * plane.out * job.out.bytes) + (plane.writes_indices ? indices : 0)};
}

class WindowLowering {
 public:
  WindowLowering(const WindowJob& job, HalfBytes halves, Schedule& schedule)
      : job_(job), plane_(job), schedule_(schedule), a_(halves.a), b_(halves.b), o_(halves.o) {}

  void emit(std::int64_t first, std::int64_t planes) {
    spec::Windows record = job_.record;
    record.planes = planes;
    record.first += first * plane_.out;
    const InputPad::Place x = a_.place(next_tile_++);
    a_.loaded(x, load_run(schedule_, run(job_.x, plane_.x, first, planes), {.base = x.base}, x.overwrites));
    o_.advance();
    std::array<Schedule::Id, 3> after{a_.writer(x), o_.store(), Schedule::kNone};
    InputPad::Place indices;
    if (plane_.reads_indices) {
      indices = b_.place(next_tile_++);
      b_.loaded(indices, load_run(schedule_, run(job_.indices, plane_.windows, first, planes),
                                  {.scratchpad = 1, .base = indices.base}, indices.overwrites));
      after[2] = b_.writer(indices);
      record.index_base = indices.base;
    }
    record.x_base = x.base;
    record.o_base = o_.base();
    if (plane_.writes_indices) record.index_base = o_.base() + align_up(planes * plane_.out * job_.out.bytes);
    const Schedule::Id compute = schedule_.windows(record, after);
    a_.read(x, compute);
    if (plane_.reads_indices) b_.read(indices, compute);
    o_.stored(store_run(schedule_, run(job_.out, plane_.out, first, planes), record.o_base, compute));
    if (plane_.writes_indices)
      o_.stored(store_run(schedule_, run(job_.indices, plane_.windows, first, planes), record.index_base, compute));
  }

 private:
  /// `planes` planes of a tensor that has so many elements in each.
  static ElementRun run(const WindowJob::Tensor& tensor, std::int64_t elements, std::int64_t first, std::int64_t planes) {
    return {tensor.address + first * elements * tensor.bytes, planes * elements, tensor.bytes};
  }

  const WindowJob& job_;
  const Plane plane_;
  Schedule& schedule_;
  InputPad a_, b_;
  OutputPad o_;
  std::int64_t next_tile_ = 0;
};

}  // namespace

std::int64_t choose_planes(const hw::PlatformConfig& config, const WindowJob& job, const std::string& where) {
  const std::int64_t outputs = Plane(job).out;
  return most_that_fit(config, where, "one plane of an image and its windows", job.record.planes,
                       (kChunkTarget + outputs - 1) / outputs, [&](std::int64_t planes) { return chunk_bytes(job, planes); });
}

void lower_windows(const hw::PlatformConfig& config, const WindowJob& job, const std::string& where, Schedule& schedule) {
  const std::int64_t planes = job.record.planes, chunk = choose_planes(config, job, where);
  WindowLowering lowering(job, config.memory_ideal ? chunk_bytes(job, chunk) : half_bytes(config), schedule);
  for (std::int64_t first = 0; first < planes; first += chunk) lowering.emit(first, std::min(chunk, planes - first));
}

}  // namespace binade::sim
