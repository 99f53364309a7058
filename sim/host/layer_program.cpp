// SPDX-License-Identifier: Apache-2.0
#include "sim/host/layer_program.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "models/operations/vector_ops.h"
#include "models/numerics/error.h"
#include "sim/host/codes.h"

namespace binade::sim {

using networks::Op;
using networks::Shape;
using networks::Window;
using spec::VectorOp;

namespace {

// The largest padding that a descriptor holds, which no image reaches: every element of the load is `fill`.
constexpr std::int64_t kOutside = spec::kLargestGeometry;

int log2_scale(const networks::Layer& layer) { return std::ilogb(layer.scale); }

// Extent of one axis of image geometry in the load engine's words.
GemmSource image_source(const LayerRun& run, std::int64_t base) {
  const Shape& in = run.in(0);
  const Shape& out = run.row().out;
  const Window& w = run.row().window;
  GemmSource s;
  s.base = base;
  s.x1_size = out.height;
  s.x2_size = out.width;
  s.k1_size = w.kernel_h;
  s.k2_size = w.kernel_w;
  s.x0_step = in.elements();
  s.k0_step = in.height * in.width;
  s.height = in.height;
  s.width = in.width;
  s.h_geometry = spec::pack_geometry(w.stride_h, w.dilation_h, w.pad_h);
  s.w_geometry = spec::pack_geometry(w.stride_w, w.dilation_w, w.pad_w);
  return s;
}

void add_conv_problems(const LayerRun& run, const LayerOperands& operands, std::int64_t element, std::int64_t out_element,
                       GemmLayer& layer) {
  const Shape& in = run.in(0);
  const Shape& out = run.row().out;
  const std::int64_t plane = out.height * out.width;
  for (std::int64_t g = 0; g < run.row().groups; ++g) {
    GemmProblem p;
    p.a = image_source(run, operands.inputs[0].address + g * (in.channels / run.row().groups) * in.height * in.width * element);
    p.b = matrix_source(operands.weight.address + g * layer.shape.n * layer.shape.k * element, layer.shape.k, 1);
    if (layer.shape.bias) p.bias = operands.bias.address + g * layer.shape.n * element;
    p.out = {operands.output.address + g * layer.shape.n * plane * out_element, plane, out.elements(), 1, plane};
    p.m_base = run.first_sample * plane;
    p.n_base = g * layer.shape.n;
    layer.problems.push_back(p);
  }
  layer.logical_cols = out.channels;
}

void add_linear_problem(const LayerRun& run, const LayerOperands& operands, GemmLayer& layer) {
  GemmProblem p;
  p.a = matrix_source(operands.inputs[0].address, layer.shape.k, 1);
  p.b = matrix_source(operands.weight.address, layer.shape.k, 1);
  if (layer.shape.bias) p.bias = operands.bias.address;
  p.out = {operands.output.address, 1, layer.shape.n, 0, 1};
  p.m_base = run.first_sample * (layer.shape.m / run.samples);
  layer.problems.push_back(p);
  layer.logical_cols = layer.shape.n;
}

void add_matmul_problems(const LayerRun& run, const LayerOperands& operands, std::int64_t element, std::int64_t out_element,
                         GemmLayer& layer) {
  const Shape &a = run.in(0), &b = run.in(1), &out = run.row().out;
  const GemmShape& s = layer.shape;
  for (std::int64_t sample = 0; sample < run.samples; ++sample)
    for (std::int64_t head = 0; head < run.row().heads; ++head) {
      GemmProblem p;
      p.a = matrix_source(operands.inputs[0].address + (sample * a.elements() + head * s.k) * element, a.width, 1);
      const std::int64_t b_base = operands.inputs[1].address + sample * b.elements() * element;
      p.b = run.row().transpose_b ? matrix_source(b_base + head * s.k * element, b.width, 1)
                                  : matrix_source(b_base + head * s.n * element, 1, b.width);
      p.out = {operands.output.address + (sample * out.elements() + head * s.n) * out_element, 1, out.width, 0, 1};
      p.m_base = (run.first_sample + sample) * s.m;
      p.n_base = head * s.n;
      layer.problems.push_back(p);
    }
  layer.logical_cols = out.width;
}

// Bits of the largest magnitude: |value| < 2^bits.
int value_bits(const DeviceTensor& tensor) { return static_cast<int>(std::bit_width(tensor.max_abs)) + tensor.exponent; }

VectorOp vector_op(Op op) {
  switch (op) {
    case Op::Relu:
    case Op::Concat:
    case Op::Subsample:
      return VectorOp::Copy;
    case Op::MaxPool:
      return VectorOp::MaxReduce;
    case Op::AvgPool:
      return VectorOp::MeanReduce;
    case Op::Add:
      return VectorOp::Add;
    case Op::BatchNorm:
      return VectorOp::BatchNorm;
    case Op::Softmax:
      return VectorOp::Softmax;
    case Op::LayerNorm:
      return VectorOp::LayerNorm;
    case Op::Gelu:
      return VectorOp::Gelu;
    default:
      throw InvariantError("vector_op: not a vector operation");
  }
}

VectorJob plain_job(const hw::PlatformConfig& config, const LayerRun& run, const LayerOperands& operands, bool raw) {
  const int element = config.core.format.storage_bytes();
  VectorJob job;
  job.record.op = static_cast<std::int64_t>(vector_op(run.row().op));
  job.record.length = 1;
  job.record.inner = 1;
  job.record.channels = 1;
  job.record.divisor = 1;
  job.record.x_exponent = operands.inputs[0].exponent;
  job.record.o_exponent = operands.output.exponent;
  job.record.relu = run.relu || run.row().op == Op::Relu;
  job.record.raw_bytes = raw ? raw_bytes_of(config, run) : 0;
  job.record.seed = run.seed;
  job.record.tensor = run.tensor;
  job.x = matrix_source(operands.inputs[0].address, 1, 1);
  job.x_bytes = element;
  job.outputs = run.samples * run.row().out.elements();
  job.first = run.first_sample * run.row().out.elements();
  job.out = operands.output.address;
  job.out_bytes = raw ? raw_bytes_of(config, run) : element;
  return job;
}

void set_constants(const LayerOperands& operands, std::int64_t elements, VectorJob& job) {
  job.constants = elements;
  job.s = operands.weight.address;
  job.t = operands.bias.address;
  job.record.y_exponent = operands.weight.exponent;
  job.record.t_exponent = operands.bias.exponent;
}

// Windows over planes: x0 is the plane (sample and channel), so that outputs come in NCHW order.
void set_windows(const LayerRun& run, VectorJob& job) {
  job.windows = true;
  job.x = image_source(run, job.x.base);
  job.x.x0_step = run.in(0).height * run.in(0).width;
  job.x.k0_step = 0;
}

std::vector<VectorJob> concat_jobs(const LayerRun& run, const LayerOperands& operands, const VectorJob& plain) {
  std::vector<VectorJob> jobs;
  const std::int64_t total = run.row().out.elements();
  for (std::int64_t sample = 0; sample < run.samples; ++sample) {
    std::int64_t offset = sample * total;
    for (std::size_t i = 0; i < operands.inputs.size(); ++i) {
      VectorJob job = plain;
      job.outputs = run.in(i).elements();
      job.record.x_exponent = operands.inputs[i].exponent;
      job.x.base = operands.inputs[i].address + sample * job.outputs * job.x_bytes;
      job.first += offset;
      job.out += offset * job.out_bytes;
      offset += job.outputs;
      jobs.push_back(job);
    }
  }
  return jobs;
}

// Per sample: zero channels before, the strided image, zero channels after.
std::vector<VectorJob> subsample_jobs(const LayerRun& run, const VectorJob& plain) {
  const Shape &in = run.in(0), &out = run.row().out;
  const std::int64_t plane = out.height * out.width, before = (out.channels - in.channels) / 2;
  VectorJob image = plain;
  set_windows(run, image);
  VectorJob zeros = image;
  zeros.x.h_geometry = spec::pack_geometry(1, 1, kOutside);
  std::vector<VectorJob> jobs;
  for (std::int64_t sample = 0; sample < run.samples; ++sample) {
    const auto push = [&](VectorJob job, std::int64_t channel, std::int64_t channels) {
      if (channels == 0) return;
      const std::int64_t offset = (sample * out.channels + channel) * plane;
      job.outputs = channels * plane;
      job.x.base += sample * in.elements() * job.x_bytes;
      job.first += offset;
      job.out += offset * job.out_bytes;
      jobs.push_back(job);
    };
    push(zeros, 0, before);
    push(image, before, in.channels);
    push(zeros, before + in.channels, out.channels - in.channels - before);
  }
  return jobs;
}

}  // namespace

bool is_gemm(Op op) { return op == Op::Conv2d || op == Op::Linear || op == Op::MatMul; }
bool keeps_exponent(Op op) { return op == Op::Relu || op == Op::MaxPool || op == Op::Subsample; }

GemmShape gemm_shape(const LayerRun& run) {
  const networks::Layer& layer = run.row();
  const Shape &in = run.in(0), &out = layer.out;
  const Window& w = layer.window;
  GemmShape shape;
  shape.bias = layer.bias;
  switch (layer.op) {
    case Op::Conv2d:
      shape.m = run.samples * out.height * out.width;
      shape.n = out.channels / layer.groups;
      shape.k = in.channels / layer.groups * w.kernel_h * w.kernel_w;
      shape.count = layer.groups;
      shape.source = {.image = true,
                      .out_width = out.width,
                      .out_plane = out.height * out.width,
                      .in_height = in.height,
                      .in_width = in.width,
                      .kernel_area = std::int64_t{w.kernel_h} * w.kernel_w,
                      .stride_h = w.stride_h,
                      .reach_h = w.dilation_h * (w.kernel_h - 1) + 1};
      break;
    case Op::Linear:
      shape.k = in.sequence() ? in.width : in.elements();
      shape.m = run.samples * in.elements() / shape.k;
      shape.n = layer.out_features;
      break;
    case Op::MatMul:
      shape.m = in.channels;
      shape.n = out.width / layer.heads;
      shape.k = in.width / layer.heads;
      shape.count = run.samples * layer.heads;
      break;
    default:
      throw InvariantError("gemm_shape: " + layer.name + " is no matrix product");
  }
  return shape;
}

int gemm_raw_exponent(const LayerRun& run, const LayerOperands& operands) {
  const int b = run.row().op == Op::MatMul ? operands.inputs[1].exponent + log2_scale(run.row()) : operands.weight.exponent;
  return operands.inputs[0].exponent + b;
}

GemmLayer make_gemm_layer(const hw::PlatformConfig& config, const LayerRun& run, const LayerOperands& operands) {
  GemmLayer layer;
  layer.shape = gemm_shape(run);
  layer.relu = run.relu;
  layer.seed = run.seed;
  layer.tensor = run.tensor;
  if (config.core.format.shared_exponent()) {
    layer.product_shift = spec::saturated_shift(operands.output.exponent - gemm_raw_exponent(run, operands));
    if (layer.shape.bias) layer.bias_shift = spec::saturated_shift(operands.output.exponent - operands.bias.exponent);
  }
  const int element = config.core.format.storage_bytes(), out_element = output_bytes(config.core);
  switch (run.row().op) {
    case Op::Conv2d:
      add_conv_problems(run, operands, element, out_element, layer);
      break;
    case Op::Linear:
      add_linear_problem(run, operands, layer);
      break;
    default:
      add_matmul_problems(run, operands, element, out_element, layer);
      break;
  }
  return layer;
}

std::vector<VectorJob> make_vector_jobs(const hw::PlatformConfig& config, const LayerRun& run, const LayerOperands& operands,
                                        bool raw) {
  VectorJob job = plain_job(config, run, operands, raw);
  const networks::Layer& layer = run.row();
  const Shape& in = run.in(0);
  const Window& w = layer.window;
  switch (layer.op) {
    case Op::Concat:
      return concat_jobs(run, operands, job);
    case Op::Subsample:
      return subsample_jobs(run, job);
    case Op::MaxPool:
    case Op::AvgPool:
      set_windows(run, job);
      job.window = job.record.length = job.record.divisor = std::int64_t{w.kernel_h} * w.kernel_w;
      if (layer.op == Op::MaxPool) job.fill = lowest_code(config.core.format);
      break;
    case Op::Add:
      job.y = operands.inputs[1].address;
      job.record.y_exponent = operands.inputs[1].exponent;
      break;
    case Op::BatchNorm:
      set_constants(operands, in.channels, job);
      job.record.inner = in.height * in.width;
      job.record.channels = in.channels;
      break;
    case Op::LayerNorm:
      job.granule = job.record.length = row_length(in, 1);
      set_constants(operands, job.granule, job);
      job.record.eps = std::bit_cast<std::int64_t>(layer.epsilon);
      break;
    case Op::Softmax:
      job.granule = job.record.length = row_length(in, layer.heads);
      break;
    default:
      break;
  }
  return {job};
}

int raw_bytes_of(const hw::PlatformConfig& config, const LayerRun& run) {
  return is_gemm(run.row().op) ? output_bytes(config.core) : operations::raw_result_bytes(config.core.format, vector_op(run.row().op));
}

int vector_raw_exponent(const hw::PlatformConfig& config, const LayerRun& run, const LayerOperands& operands) {
  const int bits = operations::raw_magnitude_bits(raw_bytes_of(config, run));
  const DeviceTensor& x = operands.inputs[0];
  switch (run.row().op) {
    case Op::Add: {
      const DeviceTensor& y = operands.inputs[1];
      return std::max(std::min(x.exponent, y.exponent), std::max(value_bits(x), value_bits(y)) + 1 - bits);
    }
    case Op::BatchNorm: {
      const int product = x.exponent + operands.weight.exponent;
      const int bound = std::max(value_bits(x) + value_bits(operands.weight), value_bits(operands.bias)) + 1;
      return std::max(std::min(product, operands.bias.exponent), bound - bits);
    }
    case Op::AvgPool:
    case Op::Gelu:
      return value_bits(x) - bits;
    case Op::Softmax:
      return -bits;
    case Op::LayerNorm: {  // |x - mean| <= sqrt(length) standard deviations
      const auto length = static_cast<std::uint64_t>(row_length(run.in(0), 1));
      const int normalised = static_cast<int>(std::bit_width(length) + 1) / 2;
      return std::max(normalised + value_bits(operands.weight), value_bits(operands.bias)) + 1 - bits;
    }
    default:
      throw InvariantError(std::string("vector_raw_exponent: ") + to_string(config.core.format) + " " + run.row().name);
  }
}

VectorJob make_requantise_job(const hw::PlatformConfig& config, const LayerRun& run, const DeviceTensor& from, int raw_bytes,
                              const DeviceTensor& to) {
  VectorJob job;
  job.record = {.op = static_cast<std::int64_t>(VectorOp::Requantise),
                .length = 1,
                .inner = 1,
                .channels = 1,
                .divisor = 1,
                .x_exponent = from.exponent,
                .o_exponent = to.exponent,
                .raw_bytes = raw_bytes,
                .seed = run.seed,
                .tensor = run.tensor};
  job.x = matrix_source(from.address, 1, 1);
  job.x_bytes = raw_bytes;
  job.outputs = run.samples * run.row().out.elements();
  job.first = run.first_sample * run.row().out.elements();
  job.out = to.address;
  job.out_bytes = config.core.format.storage_bytes();
  return job;
}

VectorJob make_scale_job(const hw::PlatformConfig& config, const LayerRun& run, const DeviceTensor& from,
                         std::int64_t scale_address, std::int64_t zero_address, const DeviceTensor& to) {
  VectorJob job = make_requantise_job(config, run, from, 0, to);
  job.record.op = static_cast<std::int64_t>(VectorOp::BatchNorm);
  job.x_bytes = job.out_bytes;
  job.constants = 1;
  job.s = scale_address;
  job.t = zero_address;
  return job;
}

}  // namespace binade::sim
