// SPDX-License-Identifier: Apache-2.0
// Formats of a program: which number format each tensor is written in and what each operation computes with, from a recipe's rules
// and what the configuration says.
//
// A tensor is written once, in one format, and its readers read what was written; a product that a rule's `read` makes read another
// format gets it from a Convert that is put before the tensor's first reader of that format, one for each tensor and format.
//
// Worked example. `conv1 -> pool1 -> conv2` where all is posit8 but `{layer: conv1, format: posit16}`, and `{layer: conv2, read:
// posit8}`:
//   conv1  posit8 x posit16 -> posit16   the input's activations are posit8, conv1's weights and output posit16
//   pool1  posit16 -> posit8             the rule for all layers names pool1 too; without it pool1 would keep posit16
//   conv2  posit8 x posit8 -> posit8     reads posit8 as it is; had pool1 kept posit16, Convert `pool1:posit8` would come first
#pragma once

#include <optional>
#include <vector>

#include "models/datapath/core_config.h"
#include "models/programs/program.h"

namespace binade::programs {

/// What a run says of formats: rules, and the configuration around them. A word of the configuration wins over every rule; what
/// neither says follows from the formats (default_accumulate, default_rounding).
struct FormatChoice {
  Recipe recipe;
  numerics::FormatSpec format;                    ///< of inputs, weights and products that no rule speaks of
  std::optional<numerics::FormatSpec> a, b, out;  ///< of the factors and the result of every product
  std::optional<numerics::Accumulate> accumulate;
  std::optional<numerics::Rounding> rounding;
  std::optional<int> acc_bits, block, chain;
  std::optional<numerics::BiasPosition> bias;
  std::optional<int> add_shift;  ///< of every dfp and sdfp tensor
};

/// The policy of a product whose result a rule speaks of: the configuration's word, then the rule's, then what the formats say.
numerics::AccumulateSpec accumulate_of(const FormatChoice& choice, const TensorRule& says, const numerics::OperandFormats& formats,
                                       numerics::Rounding rounding);

/// Every product in the core's own mode, and every tensor in what it makes of it.
FormatChoice choice_of(const datapath::CoreConfig& core);

/// The program with the format of each tensor and the mode of each operation, and with the Converts that follow from them. Its
/// network is one of its own where there are any. Throws InputError with every problem, one a line: rules that match no layer,
/// factors and results that no datapath has, each with the layer's name.
Program with_formats(const Program& program, const FormatChoice& choice);

/// The modes of a program's products, each once, in order of first use.
std::vector<datapath::CoreMode> core_modes(const Program& program);

/// The formats in which a program's operations without products read and write, and the second passes of products: each once.
std::vector<operations::ElementFormat> element_formats(const Program& program);

/// One row of what with_formats() has decided: a tensor that an operation writes (Activation), what it learned (Weight), or what
/// the host gives (Input, or the Activation of an inner layer).
struct FormatRow {
  std::string layer;
  TensorClass tensor_class = TensorClass::Activation;
  numerics::FormatSpec format;
  std::optional<numerics::AccumulateSpec> accumulate;  ///< of products
  numerics::Rounding rounding = numerics::Rounding::Rne;
};
std::vector<FormatRow> format_rows(const Program& program);

}  // namespace binade::programs
