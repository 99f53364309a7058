// SPDX-License-Identifier: Apache-2.0
#include "models/programs/training/loss.h"

#include "models/operations/chain/losses.h"

namespace binade::programs {
namespace {

class LossBuilder {
 public:
  LossBuilder(ProgramBuilder& program, int last, Handle logits) : program_(program), logits_(logits) {
    const operations::Shape& out = program.network().layers[static_cast<std::size_t>(last)].out;
    batch_ = program.batch_of(out);
    classes_ = operations::row_length(out, 1);
    rows_ = program.samples() * out.elements() / classes_;
    const operations::ElementFormat encoding = program.encoding(kNoLayer, TensorClass::Loss, Pass::Forward);
    // 0 or 1: exact in every format.
    target_ = program.given("target", Given::What::Target, 0, TensorClass::Loss, encoding, batch_);
  }

  Handle cross_entropy() {
    operations::VectorForm largest = operations::elementwise_form(spec::VectorOp::MaxReduce, rows_);
    largest.windows = true;
    largest.x.walk = operations::matrix_walk(classes_, 1);
    largest.window = largest.record.length = classes_;
    const Handle maximum =
        program_.step(kNoLayer, made("softmax.max", {rows_}), std::vector{largest}, {logits_}, operations::ExponentRule::Input);
    const Made exponentials = made("softmax.exp", batch_);
    const Handle exp =
        program_.chain(kNoLayer, exponentials, softmax_exponential_chain(call(exponentials), classes_), {logits_, maximum});
    const operations::GemmForm rows = operations::row_sums({}, rows_, classes_, {.input = 1});
    const Handle sum = program_.sum(kNoLayer, made("softmax.sum", {rows_}), rows, exp);
    const Made terms = made("loss.terms", batch_);
    program_.program().loss_terms =
        program_.chain(kNoLayer, terms, log_probability_chain(call(terms), classes_), {logits_, maximum, sum});
    if (!program_.training()) return kNoTensor;
    const auto order = policy().stepwise ? operations::CrossEntropyOrder::Fam : operations::CrossEntropyOrder::Subtract;
    const Made gradient = made("dloss", batch_);
    const auto form =
        cross_entropy_gradient_chain(call(gradient), classes_, {.order = order, .divisor = divisor(static_cast<double>(rows_))});
    return program_.chain(kNoLayer, gradient, form, {exp, sum, target_});
  }

  Handle mean_square() {
    const Made terms = made("loss.terms", batch_), gradient = made("dloss", batch_);
    const auto form = squared_error_chain(call(terms), {.divisor = divisor(static_cast<double>(rows_ * classes_))});
    const std::vector<Handle> made = program_.chain(kNoLayer, {terms, gradient}, form, {logits_, target_});
    program_.program().loss_terms = made[0];
    return made[1];
  }

 private:
  static Made made(const std::string& name, const std::vector<std::int64_t>& shape) {
    return {.name = name, .pass = Pass::Forward, .tensor_class = TensorClass::Loss, .shape = shape};
  }
  operations::ChainCall call(const Made& made) const { return program_.call_of(kNoLayer, made); }
  const operations::TrainingPolicy& policy() const { return program_.choice().policy; }

  /// Of the loss's gradient, the loss scale in it; 0: nothing to divide by.
  double divisor(double size) const {
    const double whole = (policy().average_gradients ? 1 : size) / program_.choice().loss_scale;
    return whole == 1 ? 0 : whole;
  }

  ProgramBuilder& program_;
  const Handle logits_;
  std::vector<std::int64_t> batch_;
  std::int64_t classes_ = 1, rows_ = 1;
  Handle target_ = kNoTensor;
};

}  // namespace

Handle build_loss(ProgramBuilder& program, int last, Handle logits) {
  LossBuilder builder(program, last, logits);
  return program.choice().loss == Loss::CrossEntropy ? builder.cross_entropy() : builder.mean_square();
}

}  // namespace binade::programs
