// SPDX-License-Identifier: Apache-2.0
#include "hw/accelerator.h"

#include <algorithm>
#include <utility>

namespace binade::hw {

using spec::Counter;

namespace {

MachineLimits limits_of(const PlatformConfig& config, const Scratchpad& a, const Scratchpad& b, const Scratchpad& o) {
  return {config.core, a.capacity_bytes(), b.capacity_bytes(), o.capacity_bytes(), config.further_formats};
}

}  // namespace

Accelerator::Accelerator(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config,
                         std::unique_ptr<datapath::Core> core, const TraceCallback& trace, const WorkHook& vector_work)
    : sc_module(name),
      exponent_unit_("exponent_unit"),
      control_("control", clock, exponent_unit_),
      a_("scratchpad_a", config.scratchpad.a_bytes, config.scratchpad, config.memory_ideal),
      b_("scratchpad_b", config.scratchpad.b_bytes, config.scratchpad, config.memory_ideal),
      o_("scratchpad_o", config.scratchpad.o_bytes, config.scratchpad, config.memory_ideal),
      core_("core", clock, std::move(core), a_, b_, o_, exponent_unit_, config.operand_sums && config.values),
      vector_("vector", clock, config, a_, b_, o_, exponent_unit_, vector_work),
      load_("load", clock, config, hooks(trace), a_, b_),
      compute_("compute", clock, config, hooks(trace), core_, vector_),
      store_("store", clock, config, hooks(trace), o_, [this] { control_.finish_reached(); }),
      fetch_(
          "fetch", clock, config, limits_of(config, a_, b_, o_), {load_.queue(), compute_.queue(), store_.queue()},
          [this](const Fault& fault) { control_.fault(fault); }, [this] { control_.engine_idle(); }),
      load_to_compute_(compute_.waker()),
      compute_to_load_(load_.waker()),
      compute_to_store_(store_.waker()),
      store_to_compute_(compute_.waker()) {
  load_.connect(compute_to_load_, load_to_compute_);
  compute_.connect({load_to_compute_, compute_to_load_, store_to_compute_, compute_to_store_});
  store_.connect(compute_to_store_, store_to_compute_);
  control_.connect({.begin_run = [this](std::uint64_t base, std::uint64_t count) { begin_run(base, count); },
                    .dry_from =
                        [this] {
                          return std::max({fetch_.dry_from(), load_.dry_from(), compute_.dry_from(), store_.dry_from()});
                        },
                    .end_run =
                        [this] {
                          load_.end_run();
                          compute_.end_run();
                          store_.end_run();
                        },
                    .flush =
                        [this] {
                          fetch_.stop();
                          load_.flush();
                          compute_.flush();
                          store_.flush();
                        }});
}

EngineHooks Accelerator::hooks(const TraceCallback& trace) {
  return {.fault = [this](const Fault& fault) { control_.fault(fault); },
          .idle = [this] { control_.engine_idle(); },
          .queue_space = [this] { fetch_.queue_space(); },
          .trace = trace};
}

void Accelerator::begin_run(std::uint64_t base, std::uint64_t count) {
  for (TokenQueue* tokens : {&load_to_compute_, &compute_to_load_, &compute_to_store_, &store_to_compute_}) tokens->clear();
  load_.begin_run();
  compute_.begin_run();
  store_.begin_run();
  fetch_.start(base, count, core_.mode());
}

spec::Counters Accelerator::counters() const {
  spec::Counters counters;
  for (const spec::Counters* part : {&control_.counters(), &fetch_.counters(), &load_.counters(), &compute_.counters(),
                                     &store_.counters(), &core_.counters(), &vector_.counters()}) {
    counters += *part;
  }
  counters[Counter::SpadAReadBytes] = a_.read_bytes;
  counters[Counter::SpadAWriteBytes] = a_.written_bytes;
  counters[Counter::SpadBReadBytes] = b_.read_bytes;
  counters[Counter::SpadBWriteBytes] = b_.written_bytes;
  counters[Counter::SpadOReadBytes] = o_.read_bytes;
  counters[Counter::SpadOWriteBytes] = o_.written_bytes;
  const numerics::Events& events = exponent_unit_.events();
  counters[Counter::EventSaturation] = events.saturation;
  counters[Counter::EventUnderflow] = events.underflow;
  counters[Counter::EventOverflow] = events.overflow;
  counters[Counter::EventNar] = events.nar;
  counters[Counter::EventInexact] = events.inexact;
  return counters;
}

spec::ArithmeticCounts Accelerator::arithmetic() const {
  spec::ArithmeticCounts counts = core_.arithmetic();
  return counts += vector_.arithmetic();
}

std::string Accelerator::activity() const {
  return "load: " + load_.activity() + "; compute: " + compute_.activity() + "; store: " + store_.activity();
}

}  // namespace binade::hw
