// SPDX-License-Identifier: Apache-2.0
// Training of normalisations: sums are products with ones, all else chains (chain/normalisation.h).
#include "models/operations/chain/elementwise.h"
#include "models/operations/chain/normalisation.h"
#include "models/operations/operation_rows.h"
#include "models/operations/training_builder.h"

namespace binade::operations::operation_rows {

namespace {

/// One use of a normalisation: what statistics are of, and what there is to them.
class Normalisation {
 public:
  /// Batch norm: statistics of a channel over samples and pixels. Layer norm: of a row.
  static Normalisation over_batch(TrainingBuilder& builder) {
    const Shape& in = builder.call().in(0);
    const std::int64_t samples = builder.call().samples, pixels = in.height * in.width;
    return {builder,
            {.at = {}, .samples = samples, .channels = in.channels, .pixels = pixels},
            {.samples = true, .pixels = true},
            samples * pixels,
            in.channels,
            {.statistics = {pixels, in.channels}, .affine = {pixels, in.channels}}};
  }
  static Normalisation over_rows(TrainingBuilder& builder) {
    const Shape& in = builder.call().in(0);
    const std::int64_t length = row_length(in, 1), rows = builder.call().samples * in.elements() / length;
    return {builder, {.at = {}, .samples = 1, .channels = rows, .pixels = length}, {.pixels = true}, length,
            rows,    {.statistics = {length, rows}, .affine = {1, length}}};
  }

  Made statistic(const char* name, Pass pass, TensorClass tensor_class) const {
    return {.name = name, .pass = pass, .tensor_class = tensor_class, .shape = {statistics_}};
  }
  Made whole(const char* name, Pass pass, TensorClass tensor_class) const {
    Made made = output_of(builder_.call());
    made.name = name;
    made.pass = pass;
    made.tensor_class = tensor_class;
    return made;
  }

  /// Sums of a tensor of the input's extents over what shares a statistic, or over `axes`.
  Handle sums(const Made& made, Handle tensor) { return sums(made, tensor, summed_, axes_); }
  Handle sums(const Made& made, Handle tensor, const SummedTensor& summed, SummedAxes axes) {
    return builder_.sum(made, form_of(made, summed, axes), tensor);
  }
  /// Of what shares a statistic, to be divided.
  Handle total(const Made& made, Handle tensor) { return builder_.total(made, form_of(made, summed_, axes_), tensor); }
  Handle mean(const Made& made, Handle tensor) {
    Made sum = made;
    sum.name += ".sum";
    return builder_.chain(made, divide_chain(builder_.call_of(made), static_cast<double>(count_)), {total(sum, tensor)});
  }

  /// Mean and inverse deviation of the input; `variance` too.
  void measure() {
    constexpr Pass kPass = Pass::Forward;
    const Handle x = builder_.input(0, kPass);
    mean_ = mean(statistic("mean", kPass, TensorClass::State), x);
    const Made squares = whole("squares", kPass, TensorClass::State);
    const Handle square = builder_.chain(squares, deviation_square_chain(builder_.call_of(squares), spread_), {x, mean_});
    const Handle sum = total(statistic("squares.sum", kPass, TensorClass::State), square);
    const std::vector<Made> made{statistic("variance", kPass, TensorClass::State), statistic("inverse", kPass, TensorClass::State)};
    const auto form = statistics_chain(builder_.call_of(made[0]), static_cast<double>(count_), builder_.call().layer.epsilon);
    const std::vector<Handle> results = builder_.chain(made, form, {sum});
    variance_ = results[0];
    inverse_ = results[1];
  }
  void use(Handle mean, Handle inverse) {
    mean_ = mean;
    inverse_ = inverse;
  }
  void keep() {
    builder_.keep("mean", mean_);
    builder_.keep("inverse", inverse_);
  }

  void normalise() {
    const Made made = output_of(builder_.call());
    const auto form = normalise_chain(builder_.call_of(made), spread_);
    builder_.set_output(builder_.chain(made, form,
                                       {builder_.input(0, Pass::Forward), mean_, inverse_,
                                        builder_.parameter("weight", Pass::Forward), builder_.parameter("bias", Pass::Forward)}));
  }

  /// delta * n, whose sums over an axis are gamma's gradient.
  Handle products() {
    const Made made = whole("products", Pass::BackwardWeight, TensorClass::Gradient);
    return builder_.chain(made, normalised_product_chain(builder_.call_of(made), spread_),
                          {builder_.delta(Pass::BackwardWeight), builder_.input(0, Pass::BackwardWeight), builder_.kept("mean"),
                           builder_.kept("inverse")});
  }

  const NormSpread& spread() const { return spread_; }
  std::int64_t count() const { return count_; }
  Handle mean() const { return mean_; }
  Handle variance() const { return variance_; }

 private:
  GemmForm form_of(const Made& made, const SummedTensor& summed, SummedAxes axes) const {
    const KOrder order = made.pass == Pass::BackwardWeight ? builder_.policy().weight_order : KOrder::SamplesOutermost;
    return sums_over(summed, axes, order, {.input = 1});
  }

  Normalisation(TrainingBuilder& builder, const SummedTensor& summed, SummedAxes axes, std::int64_t count, std::int64_t statistics,
                const NormSpread& spread)
      : builder_(builder), summed_(summed), axes_(axes), count_(count), statistics_(statistics), spread_(spread) {}

  TrainingBuilder& builder_;
  SummedTensor summed_;
  SummedAxes axes_;
  std::int64_t count_, statistics_;  ///< elements of one statistic; how many there are
  NormSpread spread_;
  Handle mean_ = kNoTensor, inverse_ = kNoTensor, variance_ = kNoTensor;
};

Made gradient_of(const char* suffix, std::int64_t elements) {
  return {.name = "grad.{}." + std::string(suffix),
          .pass = Pass::BackwardWeight,
          .tensor_class = TensorClass::Gradient,
          .shape = {elements}};
}

}  // namespace

void BatchNorm::training(TrainingBuilder& builder) {
  Normalisation norm = Normalisation::over_batch(builder);
  const Handle running_mean = builder.state("running_mean"), running_variance = builder.state("running_var");
  if (!builder.training()) {
    const std::vector<Made> made{norm.statistic("variance", Pass::Forward, TensorClass::State),
                                 norm.statistic("inverse", Pass::Forward, TensorClass::State)};
    const auto form = statistics_chain(builder.call_of(made[0]), 1, builder.call().layer.epsilon);
    norm.use(running_mean, builder.chain(made, form, {running_variance})[1]);
    norm.normalise();
    return;
  }
  if (norm.count() == 1)
    refuse(builder.call().layer,
           "normalises a batch of one element per channel, which has no variance; allowed in training: larger batches, the last of "
           "an epoch too (train.batch)");
  norm.measure();
  norm.keep();
  norm.normalise();
  const std::vector<Made> made{norm.statistic("running_mean", Pass::Update, TensorClass::State),
                               norm.statistic("running_var", Pass::Update, TensorClass::State)};
  const auto form = running_chain(builder.call_of(made[0]), builder.call().layer.momentum, static_cast<double>(norm.count()));
  const std::vector<Handle> averages = builder.chain(made, form, {running_mean, norm.mean(), running_variance, norm.variance()});
  builder.set_state("running_mean", averages[0]);
  builder.set_state("running_var", averages[1]);
}

void BatchNorm::gradient(TrainingBuilder& builder) {
  Normalisation norm = Normalisation::over_batch(builder);
  const std::int64_t channels = builder.call().in(0).channels;
  builder.set_gradient("weight", norm.sums(gradient_of("weight", channels), norm.products()));
  builder.set_gradient("bias", norm.sums(gradient_of("bias", channels), builder.delta(Pass::BackwardWeight)));
  if (!builder.wanted(0)) return;
  constexpr Pass kPass = Pass::BackwardData;
  const Handle delta = builder.delta(kPass), x = builder.input(0, kPass);
  const Made products = norm.whole("deltas", kPass, TensorClass::Delta);
  const Handle product = builder.chain(products, normalised_product_chain(builder.call_of(products), norm.spread()),
                                       {delta, x, builder.kept("mean"), builder.kept("inverse")});
  const Handle a = norm.mean(norm.statistic("delta.mean", kPass, TensorClass::Delta), delta),
               b = norm.mean(norm.statistic("deltas.mean", kPass, TensorClass::Delta), product);
  const Made made = delta_of(builder.call(), 0);
  builder.set_delta(
      0, builder.chain(made, batch_norm_gradient_chain(builder.call_of(made), norm.spread()),
                       {delta, x, builder.kept("mean"), builder.kept("inverse"), builder.parameter("weight", kPass), a, b}));
}

void LayerNorm::training(TrainingBuilder& builder) {
  Normalisation norm = Normalisation::over_rows(builder);
  norm.measure();
  norm.keep();
  norm.normalise();
}

void LayerNorm::gradient(TrainingBuilder& builder) {
  Normalisation norm = Normalisation::over_rows(builder);
  const std::int64_t length = row_length(builder.call().in(0), 1),
                     rows = builder.call().samples * builder.call().in(0).elements() / length;
  const SummedTensor matrix{.at = {}, .samples = rows, .channels = length, .pixels = 1};
  const SummedAxes over_rows{.samples = true};
  builder.set_gradient("weight", norm.sums(gradient_of("weight", length), norm.products(), matrix, over_rows));
  builder.set_gradient("bias", norm.sums(gradient_of("bias", length), builder.delta(Pass::BackwardWeight), matrix, over_rows));
  if (!builder.wanted(0)) return;
  constexpr Pass kPass = Pass::BackwardData;
  const std::vector<Handle> operands{builder.delta(kPass), builder.input(0, kPass), builder.kept("mean"), builder.kept("inverse"),
                                     builder.parameter("weight", kPass)};
  const std::vector<Made> products{norm.whole("deltas", kPass, TensorClass::Delta),
                                   norm.whole("products_in", kPass, TensorClass::Delta)};
  const std::vector<Handle> product =
      builder.chain(products, layer_norm_products_chain(builder.call_of(products[0]), norm.spread()), operands);
  std::vector<Handle> all = operands;
  all.push_back(norm.mean(norm.statistic("deltas.mean", kPass, TensorClass::Delta), product[0]));
  all.push_back(norm.mean(norm.statistic("products_in.mean", kPass, TensorClass::Delta), product[1]));
  const Made made = delta_of(builder.call(), 0);
  builder.set_delta(0, builder.chain(made, layer_norm_gradient_chain(builder.call_of(made), norm.spread()), all));
}

}  // namespace binade::operations::operation_rows
