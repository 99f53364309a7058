// SPDX-License-Identifier: Apache-2.0
// The attributes of layers as users write them: one table for the reader, the writer, the messages, the schema and the
// documentation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/networks/network.h"

namespace binade::sim {

/// A number; a number or two, vertical first; one, two or four around an image: above, left, below, right; true or false; a real
/// number; one to three extents in brackets.
enum class AttributeKind : std::uint8_t { Count, Pair, Sides, Flag, Real, Extents };

struct Attribute {
  std::string_view key;
  std::vector<networks::Op> ops;  ///< that have it
  AttributeKind kind;
  bool required;
  double least, most;  ///< Count, Pair, Real
  /// One value; of a Pair two, of Sides four. Flags are 0 and 1.
  std::vector<double> (*get)(const networks::Layer& layer);
  void (*set)(networks::Layer& layer, const std::vector<double>& values);
  std::string_view meaning;
};

const std::vector<Attribute>& attributes();
std::vector<const Attribute*> attributes_of(networks::Op op);
/// A layer of that operation with every attribute's default: a bias where there may be one, a pool that strides by its window.
networks::Layer default_layer(networks::Op op);
/// What the operation needs to be told: Pair and Count in words.
std::string allowed_values(const Attribute& attribute);

/// Every operation's word, input excepted.
std::optional<networks::Op> operation_called(std::string_view word);
std::vector<std::string> operation_words();

}  // namespace binade::sim
