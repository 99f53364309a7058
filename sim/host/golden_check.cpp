// SPDX-License-Identifier: Apache-2.0
#include "sim/host/golden_check.h"

#include <string>

#include "models/programs/golden_twin.h"
#include "models/programs/storage.h"
#include "sim/host/comparison.h"

namespace binade::sim {
namespace {

using programs::StoredTensor;
using spec::Counter;

constexpr const char* kGolden = "the golden model";

void compare_tensors(const Comparison& with, const StoredTensor& device, std::span<const std::byte> bytes,
                     const StoredTensor& golden, std::span<const std::byte> expected) {
  with.numbers("exponents", device.magnitude.exponent, golden.magnitude.exponent);
  with.codes(bytes, expected, golden.element_bytes());
  with.numbers("largest mantissas", static_cast<std::int64_t>(device.magnitude.max_abs),
               static_cast<std::int64_t>(golden.magnitude.max_abs));
}

void compare_events(const Comparison& with, const spec::Counters& counters, const numerics::Events& golden) {
  const auto compare = [&](const char* what, Counter counter, std::uint64_t count) {
    with.numbers(what, static_cast<std::int64_t>(counters[counter]), static_cast<std::int64_t>(count));
  };
  compare("saturations", Counter::EventSaturation, golden.saturation);
  compare("underflows", Counter::EventUnderflow, golden.underflow);
  compare("overflows", Counter::EventOverflow, golden.overflow);
  compare("NaRs", Counter::EventNar, golden.nar);
  compare("inexact results", Counter::EventInexact, golden.inexact);
}

}  // namespace

void GoldenCheck::compare(const programs::Operation& operation, const operations::Call& call,
                          const operations::LayerParameters& parameters, const programs::LayerExecution& execution,
                          std::span<const std::byte> bytes, const spec::Counters& counters) const {
  programs::Work operands;
  operands.inputs = execution.work().inputs;
  programs::GoldenTwin golden(machine, options.core, options.threads, operands);
  programs::ExponentBook own = book;
  programs::LayerExecution twin(golden.machine(), own, options, call, operation, parameters, golden.work().inputs);
  const StoredTensor output = twin.run();
  const Comparison comparison("layer '" + call.layer.name + "'", kGolden);
  compare_tensors(comparison, execution.work().output, bytes, output, read_bytes(golden.machine(), output));
  comparison.numbers("runs of the exponent's initialisation", execution.tries().value_or(0), twin.tries().value_or(0));
  compare_events(comparison, counters, golden.machine().events());
}

void GoldenCheck::compare(const programs::StepExecution& execution, const spec::Counters& counters) const {
  programs::Work operands = execution.work();
  operands.output = {};
  operands.further.clear();
  programs::GoldenTwin golden(machine, options.core, options.threads, operands);
  programs::ExponentBook own = book;
  programs::StepExecution twin(golden.machine(), own, options, execution.scales(), execution.program(), execution.step(),
                               golden.work(), execution.seed());
  twin.run();
  const Comparison comparison("step '" + execution.step().name + "'", kGolden);
  for (std::size_t i = 0; i < execution.step().results.size(); ++i) {
    const StoredTensor &device = execution.result(i), &expected = twin.result(i);
    compare_tensors(comparison, device, read_bytes(machine, device), expected, read_bytes(golden.machine(), expected));
    comparison.numbers("scales of result " + std::to_string(i), execution.scale(i).value_or(0), twin.scale(i).value_or(0));
    comparison.numbers("overflows of result " + std::to_string(i), static_cast<std::int64_t>(execution.stats()[i].overflows),
                       static_cast<std::int64_t>(twin.stats()[i].overflows));
  }
  comparison.numbers("runs of the exponent's initialisation", execution.tries().value_or(0), twin.tries().value_or(0));
  compare_events(comparison, counters, golden.machine().events());
}

}  // namespace binade::sim
