// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>

#include "models/numerics/error.h"
#include "rtl/cosim/core_ports.h"
#include "rtl/cosim/parameters.h"

namespace binade::lockstep {

using datapath::CorePinsIn;
using datapath::CorePinsOut;
using numerics::Code;

namespace {

enum Flag : std::uint8_t {
  kCommand = 1,
  kNewCommand = 2,  ///< the next command of the list
  kA = 4,
  kNewA = 8,  ///< the next vector of the store
  kB = 16,
  kNewB = 32,
  kOutReady = 64
};

/// Lanes as one number, lane 0 lowest, as a port takes them.
std::string packed_hex(const std::vector<Code>& lanes, int bits) {
  const std::size_t total = lanes.size() * static_cast<std::size_t>(bits);
  std::string digits((total + 3) / 4, '0');
  for (std::size_t bit = 0; bit < total; ++bit) {
    if ((lanes[bit / bits] >> bit % bits & 1) == 0) continue;
    char& digit = digits[digits.size() - 1 - bit / 4];
    const int value = (digit <= '9' ? digit - '0' : digit - 'a' + 10) | 1 << bit % 4;
    digit = "0123456789abcdef"[value];
  }
  return digits;
}

std::uint64_t mask_of(int bits) { return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1; }

}  // namespace

std::size_t VectorStore::hold(const Code* lanes) {
  const std::size_t bytes = lanes_ * element_bytes_, before = bytes_.size();
  bytes_.resize(before + bytes);
  for (std::size_t lane = 0; lane < lanes_; ++lane)  // codes are little-endian in memory: the low bytes come first
    std::memcpy(bytes_.data() + before + lane * element_bytes_, lanes + lane, element_bytes_);
  if (before >= bytes && std::equal(bytes_.end() - static_cast<std::ptrdiff_t>(bytes), bytes_.end(),
                                    bytes_.end() - static_cast<std::ptrdiff_t>(2 * bytes)))
    bytes_.resize(before);
  return size() - 1;
}

Code VectorStore::at(std::size_t vector, std::size_t lane) const {
  Code code = 0;
  std::memcpy(&code, bytes_.data() + (vector * lanes_ + lane) * element_bytes_, element_bytes_);
  return code;
}

std::vector<Code> VectorStore::at(std::size_t vector) const {
  std::vector<Code> lanes(lanes_);
  for (std::size_t lane = 0; lane < lanes_; ++lane) lanes[lane] = at(vector, lane);
  return lanes;
}

Recording::Recording(const datapath::CoreConfig& config)
    : config_(config),
      a_(config.rows, config.format.a.storage_bytes()),
      b_(config.cols, std::max(config.format.b.storage_bytes(), config.format.out.storage_bytes())) {}

void Recording::clear() {
  flags_.clear();
  tiles_.clear();
  a_.clear();
  b_.clear();
  command_waits_ = false;
}

void Recording::edge(const CorePinsIn& in, const CorePinsOut& pins) {
  std::uint8_t flags = in.out_ready ? kOutReady : 0;
  if (in.command != nullptr) {
    flags |= kCommand;
    if (!command_waits_) {
      flags |= kNewCommand;
      tiles_.push_back({*in.command, {}, {}});
    }
    command_waits_ = !pins.command_ready;
  }
  const auto operand = [&](const Code* lanes, bool ready, VectorStore& store, std::vector<std::uint32_t> Tile::*taken, Flag valid,
                           Flag fresh) {
    if (lanes == nullptr) return;
    const std::size_t before = store.size(), vector = store.hold(lanes);
    flags = static_cast<std::uint8_t>(flags | valid | (store.size() != before ? fresh : 0));
    if (ready && !tiles_.empty()) (tiles_.back().*taken).push_back(static_cast<std::uint32_t>(vector));
  };
  operand(in.a, pins.a_ready, a_, &Tile::a, kA, kNewA);
  operand(in.b, pins.b_ready, b_, &Tile::b, kB, kNewB);
  flags_.push_back(flags);
}

void Recording::play(const std::function<bool(const CorePinsIn&)>& edge) const {
  std::size_t tile = 0, a = 0, b = 0;  // one past the current
  std::vector<Code> a_lanes, b_lanes;
  for (const std::uint8_t flags : flags_) {
    if ((flags & kNewCommand) != 0) ++tile;
    if ((flags & kNewA) != 0) a_lanes = a_.at(a++);
    if ((flags & kNewB) != 0) b_lanes = b_.at(b++);
    CorePinsIn in;
    if ((flags & kCommand) != 0) in.command = &tiles_[tile - 1].command;
    if ((flags & kA) != 0) in.a = a_lanes.data();
    if ((flags & kB) != 0) in.b = b_lanes.data();
    in.out_ready = (flags & kOutReady) != 0;
    if (!edge(in)) return;
  }
}

void Recording::write_csv(const std::filesystem::path& path, const std::vector<std::string>& comments) const {
  std::ofstream stream(path);
  for (const std::string& comment : comments) stream << "# " << comment << '\n';
  stream << "command_valid_i";
  for (const auto& port : rtl::command_ports(config_, {})) stream << ',' << port.name;
  stream << ",a_valid_i,a_i,b_valid_i,b_i,out_ready_i,bin_i\n";

  const int a_bits = config_.format.a.bits, b_bits = rtl::b_lane_bits(config_.format);
  std::string command, a, b;  // a port keeps its value while it is not valid
  const auto put_command = [&](const datapath::CoreCommand& fields) {
    command.clear();
    for (const auto& port : rtl::command_ports(config_, fields)) command += fmt::format(",{:x}", port.value & mask_of(port.bits));
  };
  put_command({});
  const auto put_lanes = [&](std::string& text, const Code* lanes, int count, int bits) {
    text = packed_hex(
        lanes == nullptr ? std::vector<Code>(static_cast<std::size_t>(count)) : std::vector<Code>(lanes, lanes + count), bits);
  };
  put_lanes(a, nullptr, config_.rows, a_bits);
  put_lanes(b, nullptr, config_.cols, b_bits);
  play([&](const CorePinsIn& in) {
    if (in.command != nullptr) put_command(*in.command);
    if (in.a != nullptr) put_lanes(a, in.a, config_.rows, a_bits);
    if (in.b != nullptr) put_lanes(b, in.b, config_.cols, b_bits);
    stream << (in.command != nullptr) << command << ',' << (in.a != nullptr) << ',' << a << ',' << (in.b != nullptr) << ',' << b
           << ',' << in.out_ready << ",0\n";
    return true;
  });
  if (!stream.flush())
    throw InputError(path.string() + ": cannot write the replay file; allowed: a file in a directory that exists");
}

}  // namespace binade::lockstep
