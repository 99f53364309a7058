// SPDX-License-Identifier: Apache-2.0
#include "models/programs/layer_execution.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "models/programs/storage.h"

namespace binade::programs {

using exponent::TensorClass;
using numerics::Family;
using operations::ExponentRule;
using operations::Stream;

namespace {

/// Runs of an operation on the golden model at one exponent after another: operands are read from the machine once for all.
class GoldenTries {
 public:
  GoldenTries(Machine& machine, const ExecutionOptions& options, const std::optional<operations::GemmForm>& gemm,
              const std::vector<operations::VectorForm>& vectors, const Work& work)
      : machine_(machine), options_(options), gemm_(gemm), vectors_(vectors), work_(work) {}

  /// The largest |stored mantissa| that the operation would write.
  std::uint64_t max_abs(int exponent) {
    if (options_.golden_work) options_.golden_work(true);
    if (!golden_) golden_.emplace(options_.core, options_.threads);
    out_.resize(static_cast<std::size_t>(work_.output.bytes()));
    work_.output.magnitude.exponent = exponent;
    const auto bytes = [this](const StoredTensor& tensor) { return bytes_of(tensor); };
    datapath::TileStats stats;
    if (gemm_)
      golden_->run(*gemm_, work_, bytes, out_, stats);
    else
      golden_->run(vectors_, work_, bytes, out_, stats);
    if (options_.golden_work) options_.golden_work(false);
    return stats.max_abs;
  }

 private:
  std::span<const std::byte> bytes_of(const StoredTensor& tensor) {
    auto& copy = read_[tensor.address];
    if (copy.empty()) copy = read_bytes(machine_, tensor);
    return copy;
  }

  Machine& machine_;
  const ExecutionOptions& options_;
  const std::optional<operations::GemmForm>& gemm_;
  const std::vector<operations::VectorForm>& vectors_;
  Work work_;
  std::optional<GoldenArithmetic> golden_;
  std::map<std::int64_t, std::vector<std::byte>> read_;
  std::vector<std::byte> out_;
};

}  // namespace

int first_pass_bytes(const datapath::CoreConfig& core, const operations::Call& call) {
  const operations::OperationRow& row = operations::row(call.layer);
  if (!core.format.out.exponent_after() || row.traits.exponent != ExponentRule::Chosen) return 0;
  return row.gemm != nullptr ? datapath::output_bytes(core) : operations::raw_bytes(core.format.out, call.layer.op);
}

LayerExecution::LayerExecution(Machine& machine, ExponentBook& book, const ExecutionOptions& options, const operations::Call& call,
                               int layer, int writer, const operations::LayerParameters& parameters,
                               std::vector<StoredTensor> inputs)
    : machine_(machine),
      book_(book),
      options_(options),
      call_(call),
      row_(operations::row(call.layer)),
      layer_(layer),
      writer_(writer),
      parameters_(parameters),
      format_(options.core.format.out) {
  if (row_.gemm != nullptr)
    gemm_ = row_.gemm(call_);
  else
    vectors_ = row_.vector(call_);
  work_.inputs = std::move(inputs);
  work_.relu = call_.relu;
  work_.seed = options_.seed;
  work_.tensor = stream_of(writer_, Stream::Output);
  std::set<std::int64_t> seen;
  for (std::size_t i = 0; i < work_.inputs.size(); ++i)
    if (seen.insert(work_.inputs[i].address).second) unique_bytes_ += row_.touched(call_, i) * work_.inputs[i].element_bytes();
}

LayerExecution::~LayerExecution() {
  for (const std::int64_t address : temporaries_) machine_.release(address);
}

StoredTensor LayerExecution::allocate(std::int64_t elements, int raw_bytes) {
  StoredTensor tensor{.address = -1, .elements = elements, .format = format_, .raw_bytes = raw_bytes, .magnitude = {}};
  tensor.address = machine_.allocate(tensor.bytes());
  unique_bytes_ += tensor.bytes();
  return tensor;
}

StoredTensor LayerExecution::temporary(StoredTensor tensor) {
  temporaries_.push_back(tensor.address);
  return tensor;
}

StoredTensor LayerExecution::write_parameter(const numerics::Reals& values, Stream stream, std::optional<int> lsb_exponent) {
  StoredTensor tensor = temporary(allocate(values.size(), 0));
  store(machine_, values, book_.quantisation(format_, values, TensorClass::Weight, stream_of(layer_, stream), lsb_exponent),
        tensor);
  return tensor;
}

void LayerExecution::write_parameters() {
  if (!options_.values) {
    for (const operations::Learned& learned : row_.parameters(call_.layer, call_.inputs)) {
      const std::string_view suffix = learned.suffix;
      std::int64_t elements = 1;
      for (const std::int64_t extent : learned.shape) elements *= extent;
      if (suffix == "weight") work_.weight = temporary(allocate(elements, 0));
      if (suffix == "bias") work_.bias = temporary(allocate(elements, 0));
    }
    return;
  }
  if (!parameters_.weight.empty()) work_.weight = write_parameter(parameters_.weight, Stream::Weight);
  if (parameters_.bias.empty()) return;
  std::optional<int> lsb;
  if (gemm_ && format_.exponent_after()) {
    // The accumulator adds the bias exactly only if its LSB is not below the products'.
    const int own = book_.exponent_of(format_, parameters_.bias, TensorClass::Weight);
    lsb = std::max(own, product_exponent(*gemm_, work_.magnitudes()));
  }
  work_.bias = write_parameter(parameters_.bias, Stream::Bias, lsb);
}

StoredTensor LayerExecution::run() {
  write_parameters();
  work_.output = allocate(call_.outputs(), 0);
  run_passes();
  if (gemm_ && gemm_->scale_exponent != 0 && !format_.shared_exponent()) scale_output();
  if (format_.shared_exponent()) work_.output.magnitude.max_abs = stats_.max_abs;
  return work_.output;
}

void LayerExecution::run_passes() {
  int& exponent = work_.output.magnitude.exponent;
  const ExponentRule rule = row_.traits.exponent;
  if (rule == ExponentRule::Input) {
    exponent = work_.inputs[0].magnitude.exponent;
    run_forms();
  } else if (format_.family == Family::Flex) {
    run_flex();
  } else if (format_.exponent_after() && rule == ExponentRule::Coarsest) {
    exponent = ExponentBook::choose_coarsest(work_.inputs);
    run_forms();
  } else if (const int raw_bytes = first_pass_bytes(options_.core, call_); raw_bytes != 0) {
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
  GoldenTries tries(machine_, options_, gemm_, vectors_, work_);
  const auto on_golden = [&](int tried) { return tries.max_abs(tried); };
  const ExponentBook::FlexChoice choice = options_.initialise_on_machine ? book_.choose_flex(writer_, format_, on_machine)
                                                                         : book_.choose_flex(writer_, format_, on_golden);
  if (options_.initialise_on_machine) tries_ = choice.tries.value_or(0);
  exponent = choice.exponent;
  run_forms();
  book_.record_flex(writer_, stats_.max_abs);
}

// dfp, sdfp: raw integers first, their exponent from the finished tensor's statistics, then the rounding pass.
void LayerExecution::run_twice(int raw_bytes) {
  const StoredTensor output = work_.output;
  StoredTensor raw = temporary(allocate(output.elements, raw_bytes));
  raw.magnitude.exponent = gemm_ ? product_exponent(*gemm_, work_.magnitudes()) : raw_exponent(format_, call_, work_.magnitudes());
  work_.output = raw;
  run_forms();
  Work second = work_;
  second.inputs = {raw};
  second.output = output;
  second.output.magnitude.exponent = book_.choose_after(format_, stats_, raw.magnitude.exponent);
  second.relu = false;
  stats_ = machine_.run(std::array{operations::requantise_form(call_, raw_bytes)}, second);
  work_.output = second.output;
}

// Formats that have no exponent to move the scale of a matmul into.
void LayerExecution::scale_output() {
  const std::array constants{std::ldexp(1.0, gemm_->scale_exponent), 0.0};
  Work second = work_;
  second.weight = write_parameter(constants, Stream::Weight);
  second.inputs = {temporary(work_.output)};
  second.output = allocate(call_.outputs(), 0);
  second.relu = false;
  stats_ = machine_.run(std::array{operations::scale_form(call_)}, second);
  work_.output = second.output;
}

}  // namespace binade::programs
