// SPDX-License-Identifier: Apache-2.0
#include "sim/host/layer_executor.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "models/numerics/encoded_tensor.h"
#include "models/numerics/error.h"
#include "models/operations/reference.h"
#include "sim/host/codes.h"

namespace binade::sim {

using exponent::TensorClass;
using numerics::Code;
using numerics::Family;
using operations::ExponentRule;
using operations::Stream;
using operations::stream_of;

/// The life of one layer on the device; what it allocates beside the output ends with it.
class LayerExecutor::Execution {
 public:
  Execution(LayerExecutor& owner, const Step& step, std::int64_t samples, std::int64_t first_sample,
            const std::vector<const LiveTensor*>& inputs)
      : owner_(owner),
        config_(owner.config_),
        format_(owner.config_.core.format),
        step_(step),
        inputs_(inputs),
        run_{.network = owner.request_.network,
             .layer = step.layer,
             .relu = step.relu(),
             .samples = samples,
             .first_sample = first_sample,
             .seed = static_cast<std::uint32_t>(owner.request_.seed),
             .tensor = stream_of(step.output, Stream::Output)},
        where_("layer '" + run_.row().name + "'"),
        elements_(samples * run_.row().out.elements()),
        element_bytes_(format_.storage_bytes()) {
    for (const LiveTensor* input : inputs) operands_.inputs.push_back(input->device);
  }
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;
  ~Execution() {
    for (const std::int64_t address : temporary_) owner_.dram_.release(address);
  }

  LayerOutcome go() {
    const spec::Counters before = owner_.device_.counters();
    outcome_.unique_bytes = touched_input_bytes(run_, element_bytes_) + elements_ * element_bytes_;
    write_parameters();
    compute_exact();
    operands_.output.address = owner_.dram_.allocate(elements_ * element_bytes_);
    result_ = operands_.output;
    run_passes();
    read_output();
    outcome_.counters = owner_.device_.counters() - before;
    check_bytes();
    return std::move(outcome_);
  }

 private:
  std::int64_t temporary(std::int64_t bytes) {
    temporary_.push_back(owner_.dram_.allocate(bytes));
    outcome_.unique_bytes += bytes;
    return temporary_.back();
  }

  DeviceTensor keep(LiveTensor&& tensor, std::vector<double>& values) {
    temporary_.push_back(tensor.device.address);
    outcome_.unique_bytes += static_cast<std::int64_t>(tensor.values.size()) * element_bytes_;
    values = std::move(tensor.values);
    return tensor.device;
  }

  void write_parameters() {
    const WallClock::Scope scope(owner_.request_.wall_clock, WallPart::Quantise);
    const networks::LayerParameters parameters = layer_parameters(run_.network, step_.layer, owner_.request_.parameters);
    if (!parameters.weight.empty()) {
      operands_.weight = keep(owner_.write_parameter(parameters.weight, stream_of(step_.layer, Stream::Weight)), weight_);
    }
    if (parameters.bias.empty()) return;
    std::optional<int> lsb;
    if (format_.exponent_after() && is_gemm(run_.row().op)) {
      // The accumulator adds the bias exactly only if its LSB is not below the products'.
      exponent::QuantizeOptions own;
      own.sdfp_bias = owner_.request_.sdfp.weights;
      lsb = std::max(tensor_exponent(format_, parameters.bias, own), gemm_raw_exponent(run_, operands_));
    }
    operands_.bias = keep(owner_.write_parameter(parameters.bias, stream_of(step_.layer, Stream::Bias), lsb), bias_);
  }

  void compute_exact() {
    const WallClock::Scope scope(owner_.request_.wall_clock, WallPart::Reference);
    std::vector<std::span<const double>> values;
    for (const LiveTensor* input : inputs_) values.emplace_back(input->values);
    outcome_.exact = reference_forward(run_.network, step_.layer, run_.samples, values, weight_, bias_);
    if (step_.relu()) operations::relu(outcome_.exact);
  }

  void run_passes() {
    const ExponentRule rule = run_.operation().traits.exponent;
    if (rule == ExponentRule::Input) {
      operands_.output.exponent = operands_.inputs[0].exponent;
      run_once();
    } else if (format_.family == Family::Flex) {
      run_flex();
    } else if (format_.exponent_after() && rule == ExponentRule::Coarsest) {
      operands_.output.exponent = owner_.exponents_.choose_concat(operands_.inputs);
      run_once();
    } else if (format_.exponent_after()) {
      run_twice();
    } else {
      operands_.output.exponent = format_.family == Family::Fixed ? -format_.fraction_bits : 0;
      run_once();
    }
    result_.exponent = operands_.output.exponent;
    if (is_gemm(run_.row().op) && run_.row().scale != 1.0 && !format_.shared_exponent()) scale_result();
  }

  void run_flex() {
    const auto on_device = [this](int exponent) {
      operands_.output.exponent = exponent;
      run_once();
      return stats_.max_abs;
    };
    const bool device = owner_.request_.flex.init_on_device;
    const auto on_golden = [this](int exponent) { return golden_max_abs(exponent); };
    const Exponents::FlexChoice choice =
        device ? owner_.exponents_.choose_flex(step_.output, on_device) : owner_.exponents_.choose_flex(step_.output, on_golden);
    if (device) outcome_.tries = choice.tries.value_or(0);
    operands_.output.exponent = choice.exponent;
    run_once();
    owner_.exponents_.record_flex(step_.output, stats_.max_abs);
  }

  // The largest |stored mantissa| the layer would write at an exponent. Rounding is monotonic, so that of a vector operation,
  // which rounds the exact result once, follows from the exact extremes.
  std::uint64_t golden_max_abs(int exponent) {
    const WallClock::Scope scope(owner_.request_.wall_clock, WallPart::Golden);
    if (is_gemm(run_.row().op)) {
      LayerOperands operands = operands_;
      operands.output.exponent = exponent;
      const operations::GemmForm form = run_.operation().gemm(run_.call());
      const operations::GemmStore store = gemm_store(config_, run_, form, operands);
      const operations::ReadCodes read = [&](const operations::Place& at, std::span<Code> codes) { read_codes(at, codes); };
      datapath::TileStats stats;
      for (const operations::GemmPart& part : form.parts)
        golden_gemm(
            config_.core, form, part, store, read, [](auto, auto, auto) {}, stats, owner_.request_.threads);
      return stats.max_abs;
    }
    const auto [low, high] = std::minmax_element(outcome_.exact.begin(), outcome_.exact.end());
    numerics::Quantisation how{.rounding = config_.core.accumulate.rounding, .lsb_exponent = exponent};
    numerics::Events ignored;
    std::uint64_t top = 0;
    for (const double extreme : {*low, *high}) {
      const Code code = encode(format_, numerics::from_double(extreme), how, ignored);
      top = std::max(top, static_cast<std::uint64_t>(std::abs(mantissa_of(format_, code))));
    }
    return top;
  }

  void read_codes(const operations::Place& at, std::span<Code> codes) const {
    const std::int64_t address = operands_.of(at).address + at.element * element_bytes_;
    std::vector<std::byte> bytes(codes.size() * static_cast<std::size_t>(element_bytes_));
    owner_.device_.read_memory(static_cast<std::uint64_t>(address), bytes);
    const std::vector<Code> read = unpack_codes(bytes, element_bytes_);
    std::copy(read.begin(), read.end(), codes.begin());
  }

  // dfp, sdfp: raw integers first, their exponent from the finished tensor's statistics, then the requantising pass.
  void run_twice() {
    const bool gemm = is_gemm(run_.row().op);
    const int raw_bytes = raw_bytes_of(config_, run_);
    operands_.output.address = temporary(elements_ * raw_bytes);
    operands_.output.exponent = gemm ? gemm_raw_exponent(run_, operands_) : vector_raw_exponent(config_, run_, operands_);
    run_once();
    const DeviceTensor raw = operands_.output;
    operands_.output = result_;
    operands_.output.exponent = owner_.exponents_.choose_after(stats_, raw.exponent);
    Schedule schedule(step_.layer);
    lower_vector(config_, std::array{make_requantise_job(config_, run_, raw, raw_bytes, operands_.output)}, where_, schedule);
    const spec::Counters before = owner_.device_.counters();
    run_schedule(schedule);
    outcome_.second_pass = owner_.device_.counters() - before;
  }

  void scale_result() {
    const std::array constants{run_.row().scale, 0.0};
    std::vector<double> ignored;
    const DeviceTensor pair = keep(owner_.write_parameter(constants, stream_of(step_.layer, Stream::Weight)), ignored);
    const DeviceTensor product = result_;
    temporary_.push_back(product.address);
    outcome_.unique_bytes += elements_ * element_bytes_;
    result_.address = owner_.dram_.allocate(elements_ * element_bytes_);
    Schedule schedule(step_.layer);
    lower_vector(config_, std::array{make_scale_job(config_, run_, product, pair, result_)}, where_, schedule);
    run_schedule(schedule);
  }

  /// The layer's own operation, into operands_.output.
  void run_once() {
    const WallClock::Scope scope(owner_.request_.wall_clock, WallPart::Lowering);
    Schedule schedule(step_.layer);
    if (is_gemm(run_.row().op)) {
      const GemmLayer layer = make_gemm_layer(config_, run_, operands_);
      const Tile tile = choose_tile(config_, layer.shape, where_);
      outcome_.tile = to_string(tile);
      outcome_.loop_order = tile.n_inner ? "m n k" : "n m k";
      lower_gemm(config_, layer, tile, schedule);
      if (owner_.request_.before_gemm) owner_.request_.before_gemm(run_.row().name, output_tiles(layer, tile));
    } else {
      const bool raw = operands_.output.address != result_.address;
      const std::vector<VectorJob> jobs = make_vector_jobs(config_, run_, operands_, raw);
      outcome_.tile = std::to_string(choose_chunk(config_, jobs.front(), where_));
      lower_vector(config_, jobs, where_, schedule);
    }
    run_schedule(schedule);
  }

  void run_schedule(const Schedule& schedule) {
    const std::vector<spec::DescriptorWords> list = schedule.finish();
    const auto bytes = std::as_bytes(std::span(list));
    const std::int64_t address = temporary(static_cast<std::int64_t>(bytes.size()));
    Device& device = owner_.device_;
    device.write_memory(static_cast<std::uint64_t>(address), bytes);
    device.reset_stats();
    device.run(static_cast<std::uint64_t>(address), list.size());
    stats_ = device.stats();
  }

  void read_output() {
    const WallClock::Scope scope(owner_.request_.wall_clock, WallPart::Quantise);
    outcome_.bytes.resize(static_cast<std::size_t>(elements_ * element_bytes_));
    owner_.device_.read_memory(static_cast<std::uint64_t>(result_.address), outcome_.bytes);
    const std::vector<Code> codes = unpack_codes(outcome_.bytes, element_bytes_);
    const numerics::EncodedView output{format_, numerics::shared_exponents(format_, result_.exponent), codes};
    result_.max_abs = largest_mantissa(output);
    if (format_.family == Family::Flex && result_.max_abs != stats_.max_abs)
      throw InvariantError(where_ + ": the exponent unit saw a largest mantissa of " + std::to_string(stats_.max_abs) +
                           ", memory holds " + std::to_string(result_.max_abs));
    outcome_.output.device = result_;
    outcome_.output.values.resize(codes.size());
    decode_tensor(output, outcome_.output.values);
  }

  void check_bytes() const {
    using spec::Counter;
    const std::uint64_t moved =
        outcome_.counters[Counter::LoadBytes] + outcome_.counters[Counter::StoreBytes] + outcome_.counters[Counter::FetchBytes];
    if (moved < static_cast<std::uint64_t>(outcome_.unique_bytes))
      throw InvariantError(where_ + ": moved " + std::to_string(moved) + " bytes but touched " +
                           std::to_string(outcome_.unique_bytes));
  }

  LayerExecutor& owner_;
  const hw::PlatformConfig& config_;
  const numerics::FormatSpec format_;
  const Step step_;
  const std::vector<const LiveTensor*>& inputs_;
  const LayerRun run_;
  const std::string where_;
  const std::int64_t elements_;
  const int element_bytes_;
  LayerOperands operands_;
  DeviceTensor result_;
  std::vector<double> weight_, bias_;  ///< as the device has them
  std::vector<std::int64_t> temporary_;
  TensorStats stats_;
  LayerOutcome outcome_;
};

LayerExecutor::LayerExecutor(const RunRequest& request, Device& device)
    : request_(request),
      config_(request.platform),
      device_(device),
      dram_(request.platform.dram.capacity_bytes),
      exponents_(request) {}

LiveTensor LayerExecutor::write(const exponent::QuantizedTensor& quantized) {
  const WallClock::Scope scope(request_.wall_clock, WallPart::Quantise);
  const numerics::FormatSpec& format = config_.core.format;
  LiveTensor tensor;
  tensor.device.exponent = quantized.lsb_exponent();
  tensor.device.max_abs = largest_mantissa(quantized.view());
  {  // freed before the values are allocated: the largest weight tensors have a hundred million elements
    const std::vector<std::byte> bytes = pack_codes(quantized.codes, format.storage_bytes());
    tensor.device.address = dram_.allocate(static_cast<std::int64_t>(bytes.size()));
    device_.write_memory(static_cast<std::uint64_t>(tensor.device.address), bytes);
  }
  tensor.values.resize(quantized.codes.size());
  decode_tensor(quantized.view(), tensor.values);
  return tensor;
}

LiveTensor LayerExecutor::write_parameter(std::span<const double> values, std::uint32_t stream, std::optional<int> lsb_exponent) {
  return write(exponents_.quantize(values, TensorClass::Weight, stream, lsb_exponent));
}

LiveTensor LayerExecutor::write_activation(int tensor, std::span<const double> values, std::uint64_t first_element) {
  const WallClock::Scope scope(request_.wall_clock, WallPart::Quantise);
  return write(exponents_.quantize_activation(tensor, values, stream_of(tensor, Stream::Input), first_element));
}

LayerOutcome LayerExecutor::execute(const Step& step, std::int64_t samples, std::int64_t first_sample,
                                    const std::vector<const LiveTensor*>& inputs) {
  return Execution(*this, step, samples, first_sample, inputs).go();
}

}  // namespace binade::sim
