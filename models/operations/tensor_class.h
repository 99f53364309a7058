// SPDX-License-Identifier: Apache-2.0
// What a tensor is in a program, and in which pass an operation runs: the words that a recipe's rules match (spec/recipe.def).
#pragma once

#include <cstdint>
#include <string_view>

namespace binade::operations {

enum class TensorClass : std::uint8_t {
#define TENSOR_CLASS(name, letter, word, meaning) name,
#include "models/spec/recipe.def"
};
enum class Pass : std::uint8_t {
#define PASS(name, word, meaning) name,
#include "models/spec/recipe.def"
};
std::string_view to_string(TensorClass tensor_class);  ///< input weight activation delta gradient state loss
std::string_view to_string(Pass pass);                 ///< forward backward-data backward-weight update
/// The word or its letter (W, A, D, G, S, L, I); throws InputError.
TensorClass parse_tensor_class(std::string_view word);
Pass parse_pass(std::string_view word);

}  // namespace binade::operations
