// SPDX-License-Identifier: Apache-2.0
#include "sim/host/golden_check.h"

#include <algorithm>
#include <string>

#include "models/numerics/error.h"
#include "models/programs/golden_machine.h"
#include "models/programs/storage.h"

namespace binade::sim {
namespace {

using spec::Counter;

[[noreturn]] void differ(const operations::Call& call, const std::string& what) {
  throw MismatchError("layer '" + call.layer.name + "': the device and the golden model differ: " + what);
}

void compare_number(const operations::Call& call, const char* what, std::int64_t device, std::int64_t golden) {
  if (device != golden) differ(call, std::string(what) + " " + std::to_string(device) + " and " + std::to_string(golden));
}

}  // namespace

void GoldenCheck::compare(const programs::Operation& operation, const operations::Call& call,
                          const operations::LayerParameters& parameters, const programs::LayerExecution& execution,
                          std::span<const std::byte> bytes, const spec::Counters& counters) const {
  programs::GoldenMachine golden(options.core, options.threads);
  std::vector<programs::StoredTensor> inputs = execution.work().inputs;
  for (programs::StoredTensor& input : inputs) {
    const std::vector<std::byte> copy = read_bytes(machine, input);
    input.address = golden.allocate(input.bytes());
    golden.write(input.address, copy);
  }
  programs::ExponentBook own = book;
  programs::LayerExecution twin(golden, own, options, call, operation, parameters, std::move(inputs));
  const programs::StoredTensor output = twin.run(), &device = execution.work().output;
  compare_number(call, "exponents", device.magnitude.exponent, output.magnitude.exponent);
  const std::vector<std::byte> expected = read_bytes(golden, output);
  const auto first = std::mismatch(bytes.begin(), bytes.end(), expected.begin(), expected.end()).first;
  if (first != bytes.end()) {
    const auto element = static_cast<std::size_t>((first - bytes.begin()) / output.element_bytes());
    const auto code = [&](std::span<const std::byte> from) {
      return std::to_string(programs::unpack_codes(from, output.element_bytes()).at(element));
    };
    differ(call, "element " + std::to_string(element) + " is code " + code(bytes) + " and " + code(expected));
  }
  compare_number(call, "largest mantissas", static_cast<std::int64_t>(device.magnitude.max_abs),
                 static_cast<std::int64_t>(output.magnitude.max_abs));
  compare_number(call, "runs of the exponent's initialisation", execution.tries().value_or(0), twin.tries().value_or(0));
  const numerics::Events& events = golden.events();
  const auto compare_events = [&](const char* what, Counter counter, std::uint64_t count) {
    compare_number(call, what, static_cast<std::int64_t>(counters[counter]), static_cast<std::int64_t>(count));
  };
  compare_events("saturations", Counter::EventSaturation, events.saturation);
  compare_events("underflows", Counter::EventUnderflow, events.underflow);
  compare_events("overflows", Counter::EventOverflow, events.overflow);
  compare_events("NaRs", Counter::EventNar, events.nar);
  compare_events("inexact results", Counter::EventInexact, events.inexact);
}

}  // namespace binade::sim
