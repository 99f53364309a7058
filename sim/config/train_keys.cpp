// SPDX-License-Identifier: Apache-2.0
// The keys train.*.
#include "models/programs/learning_rate.h"
#include "models/spec/train_words.h"
#include "sim/config/key_makers.h"
#include "sim/config/keys.h"

namespace binade::sim {

using namespace key_makers;

namespace {

/// Words with numbers in them; `check` throws for others.
template <typename Field>
Key text_key(std::string name, std::string allowed, Field at, std::string meaning, void (*check)(std::string_view text)) {
  return {std::move(name),
          "word",
          "",
          std::move(allowed),
          std::move(meaning),
          [=](Settings& s, std::string_view text) {
            check(text);
            at(s) = text;
          },
          [=](const Settings& s) { return at(s); }};
}

/// Its parser stands higher, in sim/train: what is wrong is told before anything runs all the same.
void checked_later(std::string_view) {}

}  // namespace

bool Key::of_the_loop() const {
  return name == "train.epochs" || name == "train.schedule" || name == "train.init" || name == "train.data_set" ||
         name == "train.checkpoint_steps" || name == "train.arithmetic";
}

std::vector<Key> train_keys() {
  return {
      integer_key(spec::limit_of("train.batch"), "samples", BINADE_FIELD(train.batch),
                  "of a training step; the last of an epoch may be fewer"),
      integer_key(spec::limit_of("train.epochs"), "epochs", BINADE_FIELD(train.epochs), "times through the training data"),
      number_key(spec::number_limit_of("train.lr"), "", BINADE_FIELD(train.lr), "learning rate, before the schedule"),
      text_key("train.schedule",
               "constant, cosine, halving:EPOCHS, step:EPOCHS:FACTOR; one of them and warmup:EPOCHS, with + between",
               BINADE_FIELD(train.schedule), "what the learning rate is multiplied by (docs/data.md)",
               [](std::string_view text) { programs::parse_learning_rate(text, "schedule"); }),
      text_key("train.init", "pytorch, xavier, normal:DEVIATION", BINADE_FIELD(train.init),
               "how the first weights are drawn (docs/data.md)", checked_later),
      word_key("train.data_set", words_of(spec::kDataSetWords), BINADE_FIELD(train.data_set),
               "whose mean and deviation the pixels of --data are normalised with; auto: as the files say"),
      word_key("train.optimiser", words_of(spec::kOptimiserWords), BINADE_FIELD(train.optimiser),
               "rule that makes new weights of gradients"),
      number_key(spec::number_limit_of("train.momentum"), "", BINADE_FIELD(train.momentum),
                 "sgd, rmsprop: share of the velocity that stays"),
      number_key(spec::number_limit_of("train.dampening"), "", BINADE_FIELD(train.dampening),
                 "sgd: share of the gradient that does not enter the velocity"),
      flag_key("train.nesterov", BINADE_FIELD(train.nesterov),
               "sgd: the step follows the velocity that the next one will have; with momentum, without dampening"),
      number_key(spec::number_limit_of("train.weight_decay"), "", BINADE_FIELD(train.weight_decay),
                 "share of each weight that is added to its gradient (L2)"),
      number_key(spec::number_limit_of("train.alpha"), "", BINADE_FIELD(train.alpha),
                 "rmsprop: share of the mean of squares that stays"),
      number_key(spec::number_limit_of("train.beta1"), "", BINADE_FIELD(train.beta1),
                 "adam: share of the mean of gradients that stays"),
      number_key(spec::number_limit_of("train.beta2"), "", BINADE_FIELD(train.beta2),
                 "adam: share of the mean of squares that stays"),
      number_key(spec::number_limit_of("train.epsilon"), "", BINADE_FIELD(train.epsilon),
                 "rmsprop, adam: added to the root of the mean of squares"),
      word_key("train.loss", words_of(spec::kLossWords), BINADE_FIELD(train.loss),
               "softmax cross-entropy of the labels, or the mean squared error against their one-hot vectors"),
      integer_key(spec::limit_of("train.loss_scale"), "", BINADE_FIELD(train.loss_scale),
                  "factor of the loss before the backward passes; gradients are divided by it again before the update"),
      integer_key(spec::limit_of("train.checkpoint_steps"), "steps", BINADE_FIELD(train.checkpoint_steps),
                  "between checkpoints, which every epoch and five minutes bring too; 0: those alone"),
      word_key("train.average", words_of(spec::kAverageWords), BINADE_FIELD(train.average),
               "what is divided by the batch: the loss, before the backward passes, or the gradients, after them"),
      word_key(
          "train.weight_order", words_of(spec::kWeightOrderWords), BINADE_FIELD(train.weight_order),
          "order of the sums of a weight's gradient: sample by sample, or position by position with the samples of each together"),
      word_key("train.bias_sums", words_of(spec::kBiasSumsWords), BINADE_FIELD(train.bias_sums),
               "a bias's gradient: one sum, or a sum of each sample, added afterwards"),
      word_key("train.elementwise", words_of(spec::kElementwiseWords), BINADE_FIELD(train.elementwise),
               "element-wise formulae: one rounding of the whole, or one after each operation"),
      word_key("train.arithmetic", words_of(spec::kArithmeticWords), BINADE_FIELD(train.arithmetic),
               "encoded tensors, as the accelerator computes, or real numbers in their place, for comparison"),
      sdfp_key(spec::limit_of("train.sdfp_gradients"), BINADE_FIELD(train.sdfp_gradients), "gradients of activations and weights"),
      word_key("train.flex_age", auto_or(spec::kFlexAgeWords), BINADE_FIELD(train.flex_age),
               "flex: what makes an exponent's history older by one, a pass or a step; auto: as flex.preset has it"),
  };
}

}  // namespace binade::sim
