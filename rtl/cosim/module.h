// SPDX-License-Identifier: Apache-2.0
// A Verilated module in this process: ports by name, values of any width, clock edges. What is behind it was built by ModuleCache.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rtl/cosim/module_abi.h"

namespace binade::rtl {

/// Bits of a port, or some of them. Reading and writing 64-bit words is what a port of any width offers; lanes are packed, lane 0
/// lowest.
class Port {
 public:
  Port() = default;
  explicit Port(const BinadePort& port) : port_(&port), bits_(static_cast<int>(port.bits)) {}
  Port(const BinadePort& port, int first, int bits) : port_(&port), first_(first), bits_(bits) {}

  int bits() const { return bits_; }
  /// The whole port's name, and where in it these bits start.
  std::string_view name() const { return port_->name; }
  int first() const { return first_; }
  bool is_output() const { return port_->output != 0; }
  /// The whole port from / to ceil(bits / 64) words, least significant first; bits above the width are ignored / zero.
  void write(const std::uint64_t* words);
  void read(std::uint64_t* words) const;
  /// Ports of at most 64 bits.
  void set(std::uint64_t value);
  std::uint64_t get() const;
  /// Bits [first, first + width), width <= 64.
  void set_field(int first, int width, std::uint64_t value);
  std::uint64_t field(int first, int width) const;
  /// `bits` of these from `first` on.
  Port part(int first, int bits) const { return Port(*port_, first_ + first, bits); }

 private:
  bool whole() const { return bits_ == static_cast<int>(port_->bits); }

  const BinadePort* port_ = nullptr;
  int first_ = 0, bits_ = 0;
};

/// What has a name within a port: "request.tag" of a packed structure, "x[1]" of a packed array.
struct PortMember {
  std::string name, port;
  int first = 0, bits = 0;
  bool element = false;  ///< of an array of vectors, which is known by its array

  bool operator==(const PortMember&) const = default;
};

/// A shared object, loaded; every Module of it keeps it.
class ModuleImage {
 public:
  /// Throws InputError where the file is not a built module of this program's interface.
  explicit ModuleImage(const std::filesystem::path& shared_object, std::vector<PortMember> members = {},
                       std::vector<std::filesystem::path> read = {});
  ~ModuleImage();
  ModuleImage(const ModuleImage&) = delete;
  ModuleImage& operator=(const ModuleImage&) = delete;
  BinadeOpen open() const { return open_; }
  const std::vector<PortMember>& members() const { return members_; }
  /// What Verilator read beyond the listed sources: includes, modules of libraries.
  const std::vector<std::filesystem::path>& read() const { return read_; }

 private:
  std::vector<PortMember> members_;
  std::vector<std::filesystem::path> read_;
  void* handle_ = nullptr;
  BinadeOpen open_ = nullptr;
};

class Module {
 public:
  /// `clock` is its clock where it has a port of that name.
  explicit Module(std::shared_ptr<const ModuleImage> image, std::uint32_t seed = 0, std::string_view clock = "clk_i");

  bool has_port(std::string_view name) const;
  /// A port, an element of an unpacked array ("x[2]"), a member of either, or bits of any of these ("x[7:0]", "x.a[3]"). Throws
  /// InputError that names the ports there are.
  Port port(std::string_view name) const;

  /// All ports in their order; an unpacked array is its elements.
  std::vector<Port> ports() const;
  /// What lies in those of structures and packed arrays, outer before inner.
  const std::vector<PortMember>& members() const { return image_->members(); }
  /// "a_i (in 8)", ..., members of structures behind their port.
  std::vector<std::string> described_ports() const;

  void eval() { module_->eval(module_->self); }
  /// Half a clock each: the inputs, set before, settle with `clk_i` low; a rising edge, and the outputs settle.
  void settle();
  void rise();
  /// The same without the waveform, which dump() continues: for those that have something to say beside it.
  void low();
  void high();
  /// A moment of the waveform: half a clock after the last one, or a whole one where there is no clock.
  void dump();
  void clock() {
    settle();
    rise();
  }
  /// Active-low asynchronous reset of `rst_ni`, which the module has, over one edge. Inputs other than these two keep their values.
  void reset();
  std::uint64_t edges() const { return edges_; }

  /// From now on every edge goes into an FST file. `beside`: further signals, in a scope `expected`; their data, whole 64-bit
  /// words, outlive the module. Throws InputError where the file cannot be written.
  void open_wave(const std::filesystem::path& path, const std::vector<BinadePort>& beside = {});
  /// Throws InputError where it cannot be written.
  void write_coverage(const std::filesystem::path& path);
  /// Failed assertions of the design so far; empty = none.
  std::string_view messages() const { return module_->messages(module_->self); }

 private:
  std::optional<Port> find(std::string_view name) const;
  struct Close {
    void operator()(BinadeModule* module) const { module->close(module); }
  };
  std::shared_ptr<const ModuleImage> image_;
  std::unique_ptr<BinadeModule, Close> module_;
  Port clock_, reset_;
  bool clocked_ = false, wave_ = false;
  std::uint64_t edges_ = 0, wave_time_ = 0;
};

}  // namespace binade::rtl
