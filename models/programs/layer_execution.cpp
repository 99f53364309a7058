// SPDX-License-Identifier: Apache-2.0
#include "models/programs/layer_execution.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "models/numerics/error.h"
#include "models/programs/golden_twin.h"
#include "models/programs/storage.h"
#include "models/spec/ranges.h"

namespace binade::programs {

using numerics::Family;
using operations::ExponentRule;
using operations::Stream;

namespace {

/// Whether the result has the exponent of what is moved into it: in a format of its own it needs one of its own.
bool keeps_exponent(const numerics::FormatSpec& format, std::span<const StoredTensor> inputs) {
  return std::all_of(inputs.begin(), inputs.end(), [&](const StoredTensor& input) { return input.format == format; });
}

/// A bound of real values: not below any of them, and an LSB that is finer than any integer of 8 bytes that holds them needs.
operations::Magnitude bound_of(std::span<const double> values) {
  double most = 0;
  for (const double value : values)
    if (std::isfinite(value)) most = std::max(most, std::fabs(value));
  if (most == 0) return {};
  return {.exponent = std::ilogb(most) - 62, .max_abs = std::uint64_t{1} << 62};
}

}  // namespace

int first_pass_bytes(const datapath::CoreConfig& core, const datapath::CoreMode& mode, const operations::Call& call,
                     std::span<const StoredTensor> inputs) {
  const operations::OperationRow& row = operations::row(call.layer);
  if (!mode.format.out.exponent_after()) return 0;
  if (row.gemm != nullptr) return datapath::output_bytes(in_mode(core, mode));
  if (row.traits.exponent != ExponentRule::Chosen && keeps_exponent(mode.format.out, inputs)) return 0;
  // Every job of the operation stores the width that the widest of its operands need.
  operations::VectorFormats formats(mode.format.a, inputs.size() > 1 ? inputs[1].format : mode.format.b, {mode.format.out});
  for (const StoredTensor& input : inputs)
    if (input.format.shared_exponent() && (!formats.x.shared_exponent() || input.format.bits > formats.x.bits))
      formats.x = input.format;
  return operations::raw_bytes(formats, call.layer.op);
}

LayerExecution::LayerExecution(Machine& machine, ExponentBook& book, const ExecutionOptions& options, const operations::Call& call,
                               const Operation& operation, const operations::LayerParameters& parameters,
                               std::vector<StoredTensor> inputs)
    : machine_(machine),
      book_(book),
      options_(options),
      call_(call),
      row_(operations::row(call.layer)),
      operation_(operation),
      parameters_(parameters),
      mode_(operation.mode),
      format_(mode_.format.out) {
  if (row_.gemm != nullptr)
    gemm_ = row_.gemm(call_);
  else
    vectors_ = row_.vector(call_);
  work_.mode = mode_;
  work_.inputs = std::move(inputs);
  work_.relu = call_.relu;
  work_.seed = options_.seed;
  work_.tensor = stream_of(operation_.output, Stream::Output);
  std::set<std::int64_t> seen;
  for (std::size_t i = 0; i < work_.inputs.size(); ++i)
    if (seen.insert(work_.inputs[i].address).second) unique_bytes_ += row_.touched(call_, i) * work_.inputs[i].element_bytes();
}

LayerExecution::~LayerExecution() {
  for (const std::int64_t address : temporaries_) machine_.release(address);
}

StoredTensor LayerExecution::allocate(const numerics::FormatSpec& format, std::int64_t elements, int raw_bytes) {
  StoredTensor tensor{.address = -1, .elements = elements, .format = format, .raw_bytes = raw_bytes, .magnitude = {}};
  tensor.address = machine_.allocate(tensor.bytes());
  unique_bytes_ += tensor.bytes();
  return tensor;
}

StoredTensor LayerExecution::temporary(StoredTensor tensor) {
  temporaries_.push_back(tensor.address);
  return tensor;
}

StoredTensor LayerExecution::write_parameter(const numerics::FormatSpec& format, const numerics::Reals& values, Stream stream,
                                             std::optional<int> lsb_exponent) {
  StoredTensor tensor = temporary(allocate(format, values.size(), 0));
  const operations::ElementFormat encoding{format, operation_.learned_rounding};
  store(machine_, values,
        book_.quantisation(encoding, values, exponent::TensorClass::Weight, stream_of(operation_.layer, stream), lsb_exponent,
                           operation_.learned_add_shift),
        tensor);
  return tensor;
}

void LayerExecution::write_parameters() {
  if (!options_.values) {
    for (const operations::Learned& learned : row_.parameters(call_.layer, call_.inputs)) {
      const std::string_view suffix = learned.suffix;
      std::int64_t elements = 1;
      for (const std::int64_t extent : learned.shape) elements *= extent;
      if (suffix == "weight") work_.weight = temporary(allocate(mode_.format.b, elements, 0));
      if (suffix == "bias") work_.bias = temporary(allocate(bias_format(), elements, 0));
    }
    return;
  }
  if (!parameters_.weight.empty()) work_.weight = write_parameter(mode_.format.b, parameters_.weight, Stream::Weight);
  if (parameters_.bias.empty()) return;
  std::optional<int> lsb;
  if (gemm_ && format_.exponent_after()) {
    // The accumulator adds the bias exactly only if its LSB is not below the products'.
    const int own = book_.exponent_of({format_, operation_.learned_rounding}, parameters_.bias, exponent::TensorClass::Weight,
                                      operation_.learned_add_shift);
    lsb = std::max(own, product_exponent(*gemm_, work_.magnitudes()));
  }
  work_.bias = write_parameter(bias_format(), parameters_.bias, Stream::Bias, lsb);
}

StoredTensor LayerExecution::run() {
  write_parameters();
  work_.output = allocate(format_, call_.outputs(), 0);
  check_shift();
  run_passes();
  // Integer products have an exponent to move the scale of a matmul into.
  if (gemm_ && gemm_->scale_exponent != 0 && !mode_.format.integers()) scale_output();
  if (format_.shared_exponent()) work_.output.magnitude.max_abs = stats_.max_abs;
  return work_.output;
}

void LayerExecution::run_passes() {
  int& exponent = work_.output.magnitude.exponent;
  const ExponentRule rule = row_.traits.exponent;
  if (rule == ExponentRule::Input && keeps_exponent(format_, work_.inputs)) {
    exponent = work_.inputs[0].magnitude.exponent;
    run_forms();
  } else if (format_.family == Family::Flex) {
    run_flex();
  } else if (format_.exponent_after() && rule == ExponentRule::Coarsest && keeps_exponent(format_, work_.inputs)) {
    exponent = ExponentBook::choose_coarsest(work_.inputs);
    run_forms();
  } else if (const int raw_bytes = first_pass_bytes(options_.core, mode_, call_, work_.inputs); raw_bytes != 0) {
    run_twice(raw_bytes);
  } else {
    exponent = format_.family == Family::Fixed ? -format_.fraction_bits : 0;
    run_forms();
  }
}

void LayerExecution::run_forms() { stats_ = gemm_ ? machine_.run(*gemm_, work_) : machine_.run(vectors_, work_); }

void LayerExecution::run_flex() {
  int& exponent = work_.output.magnitude.exponent;
  if (!options_.values) return run_forms();
  const auto on_machine = [&](int tried) {
    exponent = tried;
    run_forms();
    return stats_.max_abs;
  };
  GoldenTries tries(machine_, options_, work_);
  const auto on_golden = [&](int tried) {
    return tries([&](Machine& golden, Work& work) {
      work.output.magnitude.exponent = tried;
      return (gemm_ ? golden.run(*gemm_, work) : golden.run(vectors_, work)).max_abs;
    });
  };
  const ExponentBook::FlexChoice choice = options_.initialise_on_machine ? book_.choose_flex(operation_.output, format_, on_machine)
                                                                         : book_.choose_flex(operation_.output, format_, on_golden);
  if (options_.initialise_on_machine) tries_ = choice.tries.value_or(0);
  exponent = choice.exponent;
  run_forms();
  book_.record_flex(operation_.output, stats_.max_abs);
}

// What is known of the operands' values. Where they have exponents of their own, the largest is looked for in what was written: as
// the exponent unit does in integers.
operations::Magnitudes LayerExecution::bounds() const {
  operations::Magnitudes all = work_.magnitudes();
  if (!options_.values) return all;
  const auto bound = [this](const StoredTensor& tensor, operations::Magnitude& magnitude) {
    if (tensor.address < 0 || tensor.format.shared_exponent()) return;
    const std::vector<std::byte> bytes = read_bytes(machine_, tensor);
    magnitude = bound_of(values_of(unpack(tensor, bytes).view()));
  };
  for (std::size_t i = 0; i < work_.inputs.size(); ++i) bound(work_.inputs[i], all.inputs[i]);
  bound(work_.weight, all.weight);
  bound(work_.bias, all.bias);
  return all;
}

// A shift that saturates loses nothing of an integer result, and all of a float's.
void LayerExecution::check_shift() const {
  if (!gemm_ || !mode_.format.integers_to_float() || !options_.values) return;
  const int exponent = product_exponent(*gemm_, work_.magnitudes());
  if (-exponent != spec::saturated_shift(-exponent))
    throw InputError("layer '" + call_.layer.name + "': its products have an LSB of 2^" + std::to_string(exponent) +
                     "; allowed with " + numerics::to_string(mode_.format) + ": 2^" + std::to_string(-spec::kHighestShift) +
                     " to 2^" + std::to_string(-spec::kLowestShift));
}

// dfp, sdfp: raw integers first, their exponent from the finished tensor's statistics, then the rounding pass.
void LayerExecution::run_twice(int raw_bytes) {
  const StoredTensor output = work_.output;
  StoredTensor raw = temporary(allocate(format_, output.elements, raw_bytes));
  raw.magnitude.exponent = gemm_ ? product_exponent(*gemm_, work_.magnitudes()) : raw_exponent(raw_bytes, call_, bounds());
  work_.output = raw;
  run_forms();
  Work second = work_;
  second.inputs = {raw};
  second.output = output;
  second.output.magnitude.exponent = book_.choose_after(format_, stats_, raw.magnitude.exponent, operation_.add_shift);
  second.relu = false;
  stats_ = machine_.run(std::array{operations::requantise_form(call_, raw_bytes)}, second);
  work_.output = second.output;
}

// Formats that have no exponent to move the scale of a matmul into.
void LayerExecution::scale_output() {
  const std::array constants{std::ldexp(1.0, gemm_->scale_exponent), 0.0};
  Work second = work_;
  second.weight = write_parameter(format_, constants, Stream::Weight);
  second.inputs = {temporary(work_.output)};
  second.output = allocate(format_, call_.outputs(), 0);
  second.relu = false;
  stats_ = machine_.run(std::array{operations::scale_form(call_)}, second);
  work_.output = second.output;
}

}  // namespace binade::programs
