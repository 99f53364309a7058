// SPDX-License-Identifier: Apache-2.0
#include "models/operations/tensor_class.h"

#include <array>
#include <string>

#include "models/numerics/error.h"

namespace binade::operations {
namespace {

struct ClassWord {
  std::string_view letter, word;
};
constexpr std::array kClasses{
#define TENSOR_CLASS(name, letter, word, meaning) ClassWord{letter, word},
#include "models/spec/recipe.def"
};
constexpr std::array kPasses{
#define PASS(name, word, meaning) std::string_view(word),
#include "models/spec/recipe.def"
};

}  // namespace

std::string_view to_string(TensorClass tensor_class) { return kClasses[static_cast<std::size_t>(tensor_class)].word; }
std::string_view to_string(Pass pass) { return kPasses[static_cast<std::size_t>(pass)]; }

TensorClass parse_tensor_class(std::string_view word) {
  std::string allowed;
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    if (word == kClasses[i].word || word == kClasses[i].letter) return static_cast<TensorClass>(i);
    allowed.append(i == 0 ? "" : ", ").append(kClasses[i].word).append(" (").append(kClasses[i].letter).append(")");
  }
  throw InputError("'" + std::string(word) + "' is no tensor class; allowed: " + allowed);
}

Pass parse_pass(std::string_view word) {
  std::string allowed;
  for (std::size_t i = 0; i < kPasses.size(); ++i) {
    if (word == kPasses[i]) return static_cast<Pass>(i);
    allowed.append(i == 0 ? "" : ", ").append(kPasses[i]);
  }
  throw InputError("'" + std::string(word) + "' is no pass; allowed: " + allowed);
}

}  // namespace binade::operations
