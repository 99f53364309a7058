// SPDX-License-Identifier: Apache-2.0
// BERT-base's encoder on a sequence of 128 tokens. The sum of the embeddings is the input; the pooler has no row.
#include <string>

#include "models/networks/builder.h"

namespace binade::networks {

namespace {

constexpr int kTokens = 128, kHidden = 768, kHeads = 12, kIntermediate = 3072, kEncoderLayers = 12;
constexpr double kEpsilon = 1e-12;

int layer_norm(Builder& b, const std::string& name, int input) {
  const int index = b.append(name, Op::LayerNorm, {input});
  b.layer(index).epsilon = kEpsilon;
  return index;
}

int append_encoder(Builder& b, const std::string& prefix, int input) {
  const int query = b.linear(prefix + "attention.self.query", input, kHidden);
  const int key = b.linear(prefix + "attention.self.key", input, kHidden);
  const int value = b.linear(prefix + "attention.self.value", input, kHidden);
  const int scores = b.append(prefix + "attention.self.scores", Op::MatMul, {query, key});
  b.layer(scores).transpose_b = true;
  b.layer(scores).heads = kHeads;
  b.layer(scores).scale = 0.125;  // 1 / sqrt(768 / 12)
  const int probabilities = b.append(prefix + "attention.self.softmax", Op::Softmax, {scores});
  b.layer(probabilities).heads = kHeads;
  const int context = b.append(prefix + "attention.self.context", Op::MatMul, {probabilities, value});
  b.layer(context).heads = kHeads;
  int x = b.linear(prefix + "attention.output.dense", context, kHidden);
  x = b.add(prefix + "attention.output.add", x, input);
  const int attention = layer_norm(b, prefix + "attention.output.LayerNorm", x);
  x = b.linear(prefix + "intermediate.dense", attention, kIntermediate);
  x = b.append(prefix + "intermediate.gelu", Op::Gelu, {x});
  x = b.linear(prefix + "output.dense", x, kHidden);
  x = b.add(prefix + "output.add", x, attention);
  return layer_norm(b, prefix + "output.LayerNorm", x);
}

}  // namespace

Network bert_base() {
  Builder b("bert-base", "Devlin et al. 2019 (arXiv 1810.04805), Hugging Face BertEncoder, 128 tokens",
            Shape::tokens(kTokens, kHidden));
  int x = 0;
  for (int i = 0; i < kEncoderLayers; ++i) x = append_encoder(b, "encoder.layer." + std::to_string(i) + ".", x);
  return b.finish(0);
}

}  // namespace binade::networks
