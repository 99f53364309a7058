// SPDX-License-Identifier: Apache-2.0
// The rows of the table of operations (operation_table.h): a struct per name of operations.def, one file per group.
#pragma once

#include "models/operations/operation_table.h"
#include "models/operations/reference.h"
#include "models/operations/window_axis.h"

namespace binade::operations {

/// Throws LayerError.
[[noreturn]] void refuse(const Layer& layer, const std::string& what);
/// An operation of the vector unit that makes the whole output from the whole first input, element by element.
VectorForm whole_output_form(const Call& call, spec::VectorOp op);
/// The window of a layer on an input: its extents are the image's where it is whole.
Window window_on(const Layer& layer, const Shape& in);
/// Input extents of windows: floor((size + pads - dilation (kernel - 1) - 1) / stride) + 1, checked.
Shape windowed(const Layer& layer, const Shape& in, const Window& window, std::int64_t channels);
/// An image as rows of windows, one per output pixel; x0 is the sample, k0 the channel. Row h of the image is
/// x1 * stride + k1 * dilation - pad, columns likewise.
Walk image_walk(const Shape& in, const Shape& out, const Window& window);
/// The first input with planes (sample and channel) as x0 and one channel's window as k: outputs come in their order in memory.
void read_windows(const Call& call, const Window& window, VectorForm& form);
/// The rows and columns whose elements count in an average: the image's, and the padding's too where `padding` is set. ceil_mode's
/// windows may reach beyond the padding, which nothing counts (PyTorch's avg_pool2d).
Stretch counted_rows(const Window& window, const Shape& in, bool padding);
Stretch counted_columns(const Window& window, const Shape& in, bool padding);
/// How many elements windows hold: the window at (i, j) has rows[i] * columns[j], pixels, and padding too where `padding` is set.
struct WindowSizes {
  std::vector<std::int64_t> rows, columns;
};
WindowSizes window_sizes(const Window& window, const Shape& in, const Shape& out, bool padding);
/// The windows as the reference takes them.
ImageGeometry image_geometry(const Call& call);
/// |value| < 2^bits of the first input.
inline int input_bits(const Magnitudes& operands) { return operands.inputs.at(0).bits(); }

namespace operation_rows {

// What many rows share.

/// The output has the first input's extents.
struct SameShape {
  static Shape shape(const Layer& layer, Inputs in);
};
struct NoParameters {
  static std::vector<Learned> parameters(const Layer&, Inputs) { return {}; }
  static LayerParameters fold(const Layer&, const Parameters&) { return {}; }
};
struct NoProducts {
  static std::uint64_t macs(const Layer&, Inputs) { return 0; }
};
struct StoredParameters {
  static LayerParameters fold(const Layer& layer, const Parameters& parameters);
};
struct ReadsAll {
  static std::int64_t touched(const Call& call, std::size_t i);
};
/// What the windows reach.
struct ReadsWindows {
  static std::int64_t touched(const Call& call, std::size_t i);
};
/// One element in, one out.
struct Elementwise : SameShape, NoParameters, NoProducts, ReadsAll {};
struct View : NoParameters, NoProducts, ReadsAll {
  static constexpr OperationTraits kTraits{.kind = Kind::View};
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
};

// Inputs and views: input.cpp

struct Input : SameShape, NoParameters, NoProducts, ReadsAll {
  static constexpr OperationTraits kTraits{.kind = Kind::Input, .least_inputs = 0, .most_inputs = 0};
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
};

/// One channel per element.
struct Flatten : View {
  static Shape shape(const Layer& layer, Inputs in);
};

struct Identity : View, SameShape {};

/// The identity in inference, whatever its rate.
struct Dropout : View, SameShape {
  static void training(TrainingBuilder& builder);
  static void gradient(TrainingBuilder& builder);
};

/// The same elements as layer.shape.
struct Reshape : View {
  static Shape shape(const Layer& layer, Inputs in);
};

// conv.cpp

struct Conv2d : StoredParameters, ReadsWindows {
  static constexpr OperationTraits kTraits{.kind = Kind::Gemm, .fuses_relu = true};
  static Shape shape(const Layer& layer, Inputs in);
  static std::vector<Learned> parameters(const Layer& layer, Inputs in);
  static std::uint64_t macs(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static GemmForm gemm(const Call& call);
  static void gradient(TrainingBuilder& builder);
};

// conv_transpose.cpp

struct ConvTranspose2d : StoredParameters {
  static constexpr OperationTraits kTraits{.kind = Kind::Gemm, .fuses_relu = true};
  static Shape shape(const Layer& layer, Inputs in);
  static std::vector<Learned> parameters(const Layer& layer, Inputs in);
  static std::uint64_t macs(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::int64_t touched(const Call& call, std::size_t i);
  static GemmForm gemm(const Call& call);
  static void gradient(TrainingBuilder& builder);
};

// linear.cpp

struct Linear : StoredParameters, ReadsAll {
  static constexpr OperationTraits kTraits{.kind = Kind::Gemm, .fuses_relu = true};
  static Shape shape(const Layer& layer, Inputs in);
  static std::vector<Learned> parameters(const Layer& layer, Inputs in);
  static std::uint64_t macs(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static GemmForm gemm(const Call& call);
  static void gradient(TrainingBuilder& builder);
};

// matmul.cpp

struct MatMul : NoParameters, ReadsAll {
  static constexpr OperationTraits kTraits{.kind = Kind::Gemm, .least_inputs = 2, .most_inputs = 2, .samples_apart = true};
  static Shape shape(const Layer& layer, Inputs in);
  static std::uint64_t macs(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static GemmForm gemm(const Call& call);
  static void gradient(TrainingBuilder& builder);
};

// pool.cpp

struct MaxPool : NoParameters, NoProducts, ReadsWindows {
  static constexpr OperationTraits kTraits{.exponent = ExponentRule::Input, .fuses_relu = true};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::MaxReduce;
  static Shape shape(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static void training(TrainingBuilder& builder);
  static void gradient(TrainingBuilder& builder);
};

struct AvgPool : NoParameters, NoProducts, ReadsWindows {
  static constexpr OperationTraits kTraits{.fuses_relu = true};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::MeanReduce;
  static Shape shape(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static ResultRange range(const Call& call, const Magnitudes& operands);
  static void training(TrainingBuilder& builder);
  static void gradient(TrainingBuilder& builder);
};

// Two operands: binary.cpp

/// Of two inputs, or of one and the constant `weight`; the second operand is broadcast over the first.
struct Add : NoProducts, StoredParameters, ReadsAll {
  static constexpr OperationTraits kTraits{.most_inputs = 2, .fuses_relu = true};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Add;
  static Shape shape(const Layer& layer, Inputs in);
  static std::vector<Learned> parameters(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static ResultRange range(const Call& call, const Magnitudes& operands);
  static void gradient(TrainingBuilder& builder);
};

struct Sub : NoProducts, StoredParameters, ReadsAll {
  static constexpr OperationTraits kTraits{.most_inputs = 2, .fuses_relu = true};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Sub;
  static Shape shape(const Layer& layer, Inputs in);
  static std::vector<Learned> parameters(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static ResultRange range(const Call& call, const Magnitudes& operands);
  static void gradient(TrainingBuilder& builder);
};

struct Mul : NoProducts, StoredParameters, ReadsAll {
  static constexpr OperationTraits kTraits{.most_inputs = 2, .fuses_relu = true};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Mul;
  static Shape shape(const Layer& layer, Inputs in);
  static std::vector<Learned> parameters(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static ResultRange range(const Call& call, const Magnitudes& operands);
  static void gradient(TrainingBuilder& builder);
};

// Functions of one element: elementwise.cpp

struct Relu : Elementwise {
  static constexpr OperationTraits kTraits{.exponent = ExponentRule::Input};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Copy;
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static void gradient(TrainingBuilder& builder);
};

struct LeakyRelu : Elementwise {
  static constexpr OperationTraits kTraits{};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::LeakyRelu;
  static Shape shape(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static ResultRange range(const Call& call, const Magnitudes& operands);
  static void training(TrainingBuilder& builder);
  static void gradient(TrainingBuilder& builder);
};

/// A bounded value keeps its exponent: in range it is the same integer.
struct Clip : Elementwise {
  static constexpr OperationTraits kTraits{.exponent = ExponentRule::Input};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Clip;
  static Shape shape(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static void gradient(TrainingBuilder& builder);
};

struct Gelu : Elementwise {
  static constexpr OperationTraits kTraits{};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Gelu;
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static ResultRange range(const Call& call, const Magnitudes& operands);
  static void training(TrainingBuilder& builder);
  static void gradient(TrainingBuilder& builder);
};

struct Sigmoid : Elementwise {
  static constexpr OperationTraits kTraits{};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Sigmoid;
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static ResultRange range(const Call& call, const Magnitudes& operands);
  static void training(TrainingBuilder& builder);
  static void gradient(TrainingBuilder& builder);
};

struct Tanh : Elementwise {
  static constexpr OperationTraits kTraits{};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Tanh;
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static ResultRange range(const Call& call, const Magnitudes& operands);
  static void training(TrainingBuilder& builder);
  static void gradient(TrainingBuilder& builder);
};

// Normalisation: normalise.cpp

/// Inference: one scale and one shift per channel, gamma / sqrt(running_var + epsilon) and beta - running_mean * scale.
struct BatchNorm : SameShape, NoProducts, ReadsAll {
  static constexpr OperationTraits kTraits{.fuses_relu = true, .normalises = true};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::BatchNorm;
  static std::vector<Learned> parameters(const Layer& layer, Inputs in);
  static LayerParameters fold(const Layer& layer, const Parameters& parameters);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static ResultRange range(const Call& call, const Magnitudes& operands);
  static void training(TrainingBuilder& builder);
  static void gradient(TrainingBuilder& builder);
};

struct LayerNorm : SameShape, NoProducts, StoredParameters, ReadsAll {
  static constexpr OperationTraits kTraits{.normalises = true};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::LayerNorm;
  static std::vector<Learned> parameters(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static ResultRange range(const Call& call, const Magnitudes& operands);
  static void training(TrainingBuilder& builder);
  static void gradient(TrainingBuilder& builder);
};

struct Softmax : NoParameters, NoProducts, ReadsAll {
  static constexpr OperationTraits kTraits{};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Softmax;
  static Shape shape(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static ResultRange range(const Call& call, const Magnitudes& operands);
  static void gradient(TrainingBuilder& builder);
};

/// The logarithm of Softmax, which it does not round in between.
struct LogSoftmax : NoParameters, NoProducts, ReadsAll {
  static constexpr OperationTraits kTraits{};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::LogSoftmax;
  static Shape shape(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static ResultRange range(const Call& call, const Magnitudes& operands);
  static void gradient(TrainingBuilder& builder);
};

// What moves elements: movement.cpp

struct Concat : NoParameters, NoProducts, ReadsAll {
  static constexpr OperationTraits kTraits{.most_inputs = kAnyNumber, .exponent = ExponentRule::Coarsest};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Copy;
  static Shape shape(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static void gradient(TrainingBuilder& builder);
};

struct Subsample : NoParameters, NoProducts, ReadsWindows {
  static constexpr OperationTraits kTraits{.exponent = ExponentRule::Input};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Copy;
  static Shape shape(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static void gradient(TrainingBuilder& builder);
};

struct Slice : NoParameters, NoProducts {
  static constexpr OperationTraits kTraits{.exponent = ExponentRule::Input};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Copy;
  static Shape shape(const Layer& layer, Inputs in);
  static std::int64_t touched(const Call& call, std::size_t i);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static void gradient(TrainingBuilder& builder);
};

/// The same elements in another format, or at an exponent of their own.
struct Convert : Elementwise {
  static constexpr OperationTraits kTraits{};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Copy;
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static ResultRange range(const Call& call, const Magnitudes& operands);
};

/// Zeros around the image.
struct Pad : NoParameters, NoProducts, ReadsAll {
  static constexpr OperationTraits kTraits{.exponent = ExponentRule::Input};
  static constexpr spec::VectorOp kVectorOp = spec::VectorOp::Copy;
  static Shape shape(const Layer& layer, Inputs in);
  static void reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                        std::span<double> out);
  static std::vector<VectorForm> vector(const Call& call);
  static void gradient(TrainingBuilder& builder);
};

}  // namespace operation_rows

}  // namespace binade::operations
