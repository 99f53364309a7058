// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/module.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <regex>

#include "models/numerics/error.h"
#include "rtl/cosim/port_members.h"

namespace binade::rtl {

static_assert(std::endian::native == std::endian::little, "ports are little-endian integers");

namespace {

std::uint64_t mask_of(int width) { return width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1; }

}  // namespace

void Port::write(const std::uint64_t* words) {
  if (!whole()) {
    for (int bit = 0; bit < bits_; bit += 64) set_field(bit, std::min(64, bits_ - bit), words[bit / 64]);
    return;
  }
  std::memcpy(port_->data, words, port_->bytes);
  if (const auto spare = port_->bytes * 8 - port_->bits; spare != 0) {
    // Verilated code relies on unused high bits being zero.
    auto* const last = static_cast<unsigned char*>(port_->data);
    for (std::uint32_t bit = port_->bits; bit < port_->bytes * 8; ++bit) {
      last[bit / 8] = static_cast<unsigned char>(last[bit / 8] & ~(1U << bit % 8));
    }
  }
}

void Port::read(std::uint64_t* words) const {
  if (!whole()) {
    for (int bit = 0; bit < bits_; bit += 64) words[bit / 64] = field(bit, std::min(64, bits_ - bit));
    return;
  }
  words[(port_->bits - 1) / 64] = 0;
  std::memcpy(words, port_->data, port_->bytes);
}

void Port::set(std::uint64_t value) {
  if (!whole()) return set_field(0, bits_, value);
  value &= mask_of(bits());
  std::memcpy(port_->data, &value, port_->bytes);
}

std::uint64_t Port::get() const {
  if (!whole()) return field(0, bits_);
  std::uint64_t value = 0;
  std::memcpy(&value, port_->data, port_->bytes);
  return value;
}

std::uint64_t Port::field(int first, int width) const {
  first += first_;
  const auto* const from = static_cast<const unsigned char*>(port_->data) + first / 8;
  const auto size = std::min<std::size_t>(8, port_->bytes - static_cast<std::size_t>(first / 8));
  std::uint64_t word = 0;
  std::memcpy(&word, from, size);
  word >>= first % 8;
  // A field across nine bytes.
  if (first % 8 + width > 64) word |= std::uint64_t{from[8]} << (64 - first % 8);
  return word & mask_of(width);
}

void Port::set_field(int first, int width, std::uint64_t value) {
  first += first_;
  auto* const to = static_cast<unsigned char*>(port_->data) + first / 8;
  const auto size = std::min<std::size_t>(8, port_->bytes - static_cast<std::size_t>(first / 8));
  const int shift = first % 8;
  const std::uint64_t mask = mask_of(width);
  std::uint64_t word = 0;
  std::memcpy(&word, to, size);
  word = (word & ~(mask << shift)) | (value & mask) << shift;
  std::memcpy(to, &word, size);
  if (shift + width > 64) {
    const auto high = static_cast<unsigned char>(mask >> (64 - shift));
    to[8] = static_cast<unsigned char>((to[8] & ~high) | ((value & mask) >> (64 - shift)));
  }
}

ModuleImage::ModuleImage(const std::filesystem::path& shared_object, std::vector<PortMember> members,
                         std::vector<std::filesystem::path> read)
    : members_(std::move(members)), read_(std::move(read)), handle_(dlopen(shared_object.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr)
    throw InputError(shared_object.string() + ": " + dlerror() + "; allowed: a module that this program built");
  // The one cast that dlsym needs.
  open_ = reinterpret_cast<BinadeOpen>(dlsym(handle_, "binade_open"));
  if (open_ == nullptr) {
    dlclose(handle_);
    throw InputError(shared_object.string() + ": has no binade_open; allowed: a module that this program built");
  }
}

ModuleImage::~ModuleImage() { dlclose(handle_); }

Module::Module(std::shared_ptr<const ModuleImage> image, std::uint32_t seed, std::string_view clock)
    : image_(std::move(image)), module_(image_->open()(seed)), clocked_(has_port(clock)) {
  if (!clocked_) return;
  clock_ = port(clock);
  clock_.set(0);
  if (has_port("rst_ni")) {
    reset_ = port("rst_ni");
    reset_.set(1);
  }
  eval();
}

bool Module::has_port(std::string_view name) const { return find(name).has_value(); }

Port Module::port(std::string_view name) const {
  if (const auto port = find(name)) return *port;
  throw InputError(fmt::format("module: no port '{}'; it has {}", name, fmt::join(described_ports(), " ")));
}

std::optional<Port> Module::find(std::string_view name) const {
  for (const BinadePort* port = module_->ports; port != module_->ports + module_->port_count; ++port)
    if (port->name == name) return Port(*port);
  for (const PortMember& member : members()) {
    if (member.name != name) continue;
    if (const auto port = find(member.port)) return port->part(member.first, member.bits);
  }
  // "[high:low]" or "[bit]" of what is before it.
  static const std::regex kBits(R"((.+)\[(\d{1,6})(?::(\d{1,6}))?\])");
  std::match_results<std::string_view::const_iterator> parts;
  if (!std::regex_match(name.begin(), name.end(), parts, kBits)) return std::nullopt;
  const auto before = name.substr(0, static_cast<std::size_t>(parts[1].length()));
  if (!parts[3].matched && elements_of(members(), before) != 0) return std::nullopt;  // no such element, which is no bit either
  const auto of = find(before);
  const int high = std::stoi(parts[2]), low = parts[3].matched ? std::stoi(parts[3]) : high;
  if (!of || low > high || high >= of->bits()) return std::nullopt;
  return of->part(low, high - low + 1);
}

std::vector<Port> Module::ports() const {
  std::vector<Port> ports;
  for (const BinadePort* port = module_->ports; port != module_->ports + module_->port_count; ++port) ports.emplace_back(*port);
  return ports;
}

std::vector<std::string> Module::described_ports() const {
  std::vector<std::string> texts;
  for (const Port& port : ports()) {
    const char* const way = port.is_output() ? "out" : "in";
    texts.push_back(fmt::format("{} ({} {})", port.name(), way, port.bits()));
    for (const PortMember& member : members())
      if (member.port == port.name() && !member.element) texts.push_back(fmt::format("{} ({} {})", member.name, way, member.bits));
  }
  return texts;
}

void Module::low() {
  clock_.set(0);
  eval();
}

void Module::high() {
  clock_.set(1);
  eval();
  ++edges_;
}

void Module::settle() {
  low();
  dump();
}

void Module::rise() {
  high();
  dump();
}

void Module::reset() {
  reset_.set(1);
  clock_.set(0);
  eval();
  reset_.set(0);
  eval();
  clock();
  reset_.set(1);
  eval();
}

void Module::dump() {
  constexpr std::uint64_t kHalfPeriodPs = 500;
  if (wave_) module_->dump_wave(module_->self, wave_time_ += clocked_ ? kHalfPeriodPs : 2 * kHalfPeriodPs);
}

void Module::open_wave(const std::filesystem::path& path, const std::vector<BinadePort>& beside) {
  if (module_->open_wave(module_->self, path.c_str(), beside.data(), static_cast<std::uint32_t>(beside.size())) != 0)
    throw InputError(path.string() + ": cannot write the waveform; allowed: a file in a directory that exists");
  wave_ = true;
}

void Module::write_coverage(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  module_->write_coverage(module_->self, path.c_str());
  if (std::filesystem::file_size(path, error) == 0 || error)
    throw InputError(path.string() + ": cannot write the coverage data; allowed: a file in a folder that can be written");
}

}  // namespace binade::rtl
