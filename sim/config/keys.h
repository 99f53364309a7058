// SPDX-License-Identifier: Apache-2.0
// The one table of configuration keys. Parsing, printing, messages and docs/configuration.md all follow from it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/settings.h"

namespace binade::sim {

struct Key {
  std::string name;     ///< dotted, as users write it
  std::string type;     ///< word, integer, number, boolean
  std::string unit;     ///< empty: none
  std::string allowed;  ///< in words, for messages and documentation
  std::string meaning;
  /// Stores `text` or throws InputError("what; allowed: ..."), without saying where.
  std::function<void(Settings&, std::string_view text)> set;
  std::function<std::string(const Settings&)> get;

  std::string default_value() const { return get(Settings{}); }
  /// Says nothing of a forward pass: reports of `binade run` and their identity are without it.
  bool of_training() const { return name.starts_with("train."); }
  /// Numbers follow from it; of the others cycles, energies and what fits.
  bool of_arithmetic() const;
  /// Of training, and says nothing of one step, once its learning rate, its batch and its tensors are known.
  bool of_the_loop() const;
};

/// In documentation order: of the machine and the formats on it, of tiles, then of training.
const std::vector<Key>& configuration_keys();
/// The second and the third part.
std::vector<Key> tiling_keys();
std::vector<Key> train_keys();
/// Throws InputError that names the nearest key.
const Key& find_key(std::string_view name);
/// The table as Markdown, as docs/configuration.md holds it.
std::string keys_markdown();

}  // namespace binade::sim
