// SPDX-License-Identifier: Apache-2.0
#include "sim/host/layer_program.h"

#include <set>

namespace binade::sim {

using operations::GemmForm;
using operations::GemmPart;
using operations::Place;
using operations::VectorForm;

namespace {

// Byte addresses of places, and sources from there on.
class Addresses {
 public:
  Addresses(const hw::PlatformConfig& config, const LayerOperands& operands)
      : operands_(operands), element_bytes_(config.core.format.storage_bytes()) {}

  std::int64_t of(const Place& place) const { return operands_.of(place).address + place.element * element_bytes_; }
  GemmSource of(const operations::Source& source) const { return {source.walk, of(source.at)}; }
  std::int64_t of(const std::optional<Place>& place) const { return place ? of(*place) : -1; }

 private:
  const LayerOperands& operands_;
  int element_bytes_;
};

VectorJob make_job(const hw::PlatformConfig& config, const LayerRun& run, const LayerOperands& operands, const VectorForm& form,
                   int out_bytes) {
  const Addresses address(config, operands);
  VectorJob job;
  job.record = with_exponents(form, operands.magnitudes(), operands.output.exponent);
  job.record.seed = run.seed;
  job.record.tensor = run.tensor;
  job.windows = form.windows;
  job.x = address.of(form.x);
  job.window = form.window;
  job.x_first = form.x_first;
  job.fill = fill_code(config.core.format, form.fill);
  job.x_bytes = config.core.format.storage_bytes();
  job.y = address.of(form.y);
  job.constants = form.constants;
  job.s = address.of(form.s);
  job.t = address.of(form.t);
  job.outputs = form.outputs;
  job.granule = form.granule;
  job.first = form.first;
  job.out = operands.output.address + form.out * out_bytes;
  job.out_bytes = out_bytes;
  return job;
}

}  // namespace

const DeviceTensor& LayerOperands::of(const Place& place) const {
  return place.role == operations::Role::Input ? inputs.at(place.input) : place.role == operations::Role::Weight ? weight : bias;
}

operations::Magnitudes LayerOperands::magnitudes() const {
  operations::Magnitudes all{.inputs = {}, .weight = weight.magnitude(), .bias = bias.magnitude()};
  for (const DeviceTensor& input : inputs) all.inputs.push_back(input.magnitude());
  return all;
}

bool takes_two_passes(const hw::PlatformConfig& config, const LayerRun& run) {
  return config.core.format.exponent_after() && run.operation().traits.exponent == operations::ExponentRule::Chosen;
}

GemmShape gemm_shape(const LayerRun& run) { return run.operation().gemm(run.call()).shape; }

int gemm_raw_exponent(const LayerRun& run, const LayerOperands& operands) {
  return product_exponent(run.operation().gemm(run.call()), operands.magnitudes());
}

operations::GemmStore gemm_store(const hw::PlatformConfig& config, const LayerRun& run, const GemmForm& form,
                                 const LayerOperands& operands) {
  operations::GemmStore store{.relu = run.relu, .seed = run.seed, .tensor = run.tensor};
  if (!config.core.format.shared_exponent()) return store;
  store.product_shift = spec::saturated_shift(operands.output.exponent - product_exponent(form, operands.magnitudes()));
  if (form.shape.bias) store.bias_shift = spec::saturated_shift(operands.output.exponent - operands.bias.exponent);
  return store;
}

GemmLayer make_gemm_layer(const hw::PlatformConfig& config, const LayerRun& run, const LayerOperands& operands) {
  const GemmForm form = run.operation().gemm(run.call());
  const operations::GemmStore store = gemm_store(config, run, form, operands);
  const Addresses address(config, operands);
  GemmLayer layer{.shape = form.shape,
                  .problems = {},
                  .relu = store.relu,
                  .product_shift = store.product_shift,
                  .bias_shift = store.bias_shift,
                  .seed = store.seed,
                  .tensor = store.tensor,
                  .logical_cols = form.logical_cols};
  for (const GemmPart& part : form.parts)
    layer.problems.push_back({.a = address.of(part.a),
                              .b = address.of(part.b),
                              .bias = form.shape.bias ? address.of(part.bias) : -1,
                              .out = {operands.output.address + part.out.first * output_bytes(config.core), part.out},
                              .m_base = part.m_base,
                              .n_base = part.n_base});
  return layer;
}

std::vector<VectorJob> make_vector_jobs(const hw::PlatformConfig& config, const LayerRun& run, const LayerOperands& operands,
                                        bool raw) {
  std::vector<VectorJob> jobs;
  const int bytes = raw ? raw_bytes_of(config, run) : config.core.format.storage_bytes();
  for (const VectorForm& form : run.operation().vector(run.call())) {
    jobs.push_back(make_job(config, run, operands, form, bytes));
    if (raw) jobs.back().record.raw_bytes = bytes;
  }
  return jobs;
}

int raw_bytes_of(const hw::PlatformConfig& config, const LayerRun& run) {
  return is_gemm(run.row().op) ? output_bytes(config.core) : operations::raw_bytes(config.core.format, run.row().op);
}

int vector_raw_exponent(const hw::PlatformConfig& config, const LayerRun& run, const LayerOperands& operands) {
  return raw_exponent(config.core.format, run.call(), operands.magnitudes());
}

VectorJob make_requantise_job(const hw::PlatformConfig& config, const LayerRun& run, const DeviceTensor& from, int raw_bytes,
                              const DeviceTensor& to) {
  const LayerOperands operands{.inputs = {from}, .weight = {}, .bias = {}, .output = to};
  VectorJob job = make_job(config, run, operands, requantise_form(run.call(), raw_bytes), config.core.format.storage_bytes());
  job.x_bytes = raw_bytes;
  return job;
}

VectorJob make_scale_job(const hw::PlatformConfig& config, const LayerRun& run, const DeviceTensor& from, const DeviceTensor& pair,
                         const DeviceTensor& to) {
  const LayerOperands operands{.inputs = {from}, .weight = pair, .bias = {}, .output = to};
  return make_job(config, run, operands, scale_form(run.call()), config.core.format.storage_bytes());
}

std::int64_t touched_input_bytes(const LayerRun& run, int element_bytes) {
  const operations::Call call = run.call();
  std::int64_t elements = 0;
  std::set<int> seen;
  for (std::size_t i = 0; i < call.inputs.size(); ++i)
    if (seen.insert(run.row().inputs[i]).second) elements += run.operation().touched(call, i);
  return elements * element_bytes;
}

}  // namespace binade::sim
