// SPDX-License-Identifier: Apache-2.0
// Every input pin of a core on every clock since its last start without state, and what the core took. A tile that fails is
// played again from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "models/datapath/core.h"

namespace binade::lockstep {

/// Vectors of element codes at storage width.
class VectorStore {
 public:
  VectorStore(int lanes, int element_bytes)
      : lanes_(static_cast<std::size_t>(lanes)), element_bytes_(static_cast<std::size_t>(element_bytes)) {}

  void clear() { bytes_.clear(); }
  std::size_t size() const { return bytes_.size() / (lanes_ * element_bytes_); }
  /// Index of a vector of this content: the last one, where it is equal to that, else a new one.
  std::size_t hold(const numerics::Code* lanes);
  numerics::Code at(std::size_t vector, std::size_t lane) const;
  std::vector<numerics::Code> at(std::size_t vector) const;

 private:
  std::size_t lanes_, element_bytes_;
  std::vector<std::byte> bytes_;
};

class Recording {
 public:
  /// One command of the chain, and the vectors that the core has taken for it in stream order (indices into a() and b()).
  struct Tile {
    datapath::CoreCommand command;
    std::vector<std::uint32_t> a, b;
  };

  explicit Recording(const datapath::CoreConfig& config);

  void clear();
  /// The edge that comes: inputs `in`, and what the core's ready outputs say.
  void edge(const datapath::CorePinsIn& in, const datapath::CorePinsOut& pins);

  std::uint64_t clocks() const { return flags_.size(); }
  const std::vector<Tile>& tiles() const { return tiles_; }
  const VectorStore& a() const { return a_; }
  const VectorStore& b() const { return b_; }

  /// Calls `edge` with the inputs of each clock in turn until it returns false.
  void play(const std::function<bool(const datapath::CorePinsIn&)>& edge) const;

  /// One clock a line: input ports of rtl/core/core.sv in hexadecimal, under a line of their names (docs/cosim.md). Lines of
  /// `comments` go before it. Throws InputError where the file cannot be written.
  void write_csv(const std::filesystem::path& path, const std::vector<std::string>& comments) const;

 private:
  const datapath::CoreConfig config_;
  std::vector<std::uint8_t> flags_;  ///< of each clock
  std::vector<Tile> tiles_;
  VectorStore a_, b_;
  bool command_waits_ = false;
};

}  // namespace binade::lockstep
