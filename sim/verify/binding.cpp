// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/binding.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <regex>

#include "models/numerics/error.h"
#include "rtl/cosim/port_members.h"

namespace binade::verify {
namespace {

constexpr std::string_view kClock = "clk_i", kRounding = "rounding_i";

const char* way(bool output) { return output ? "output" : "input"; }

/// "a_i[7:0]" in a name and bits; all of them where there are none.
struct PinBits {
  std::string name;
  int first = 0, bits = 0;  ///< bits 0: all
};
PinBits pin_bits(const std::string& text) {
  static const std::regex kBits(R"((\w+)\[(\d{1,6})(?::(\d{1,6}))?\])");
  std::smatch parts;
  if (!std::regex_match(text, parts, kBits)) return {text};
  const int high = std::stoi(parts[2]), low = parts[3].matched ? std::stoi(parts[3]) : high;
  return {parts[1], low, std::max(high - low + 1, 0)};
}

std::uint64_t code_of(const Pin& pin, const std::string& word, const char* option) {
  const auto found = std::find(pin.names.begin(), pin.names.end(), word);
  if (found != pin.names.end()) return static_cast<std::uint64_t>(found - pin.names.begin());
  const bool digits = !word.empty() && word.size() < 19 && word.find_first_not_of("0123456789") == std::string::npos;
  const std::uint64_t number = digits ? std::stoull(word) : 0;
  if (digits && pin.names.empty() && pin.bits < 64 && number <= low_bits(pin.bits)) return number;
  throw InputError(
      fmt::format("{} {}: no value of {}; allowed: {}", option, word, pin.name,
                  pin.names.empty() ? fmt::format("0 to {}", low_bits(pin.bits)) : fmt::format("{}", fmt::join(pin.names, " "))));
}

}  // namespace

std::string clock_of(const Adapter& adapter) {
  for (const auto& [pin, port] : adapter.map)
    if (pin == kClock) return port;
  return std::string(kClock);
}

bool has_pin(const rtl::Module& module, const Adapter& adapter, std::string_view pin) {
  if (adapter.ignore.contains(std::string(pin))) return false;
  for (const auto& connection : adapter.map)
    if (pin_bits(connection.pin).name == pin) return true;
  return module.has_port(pin) && !adapter.drive.contains(std::string(pin));
}

std::vector<std::uint64_t> admitted(const Pin& pin, const Adapter& adapter) {
  std::vector<std::uint64_t> codes, valued;
  for (const auto& value : adapter.values)
    if (value.pin == pin.name) valued.push_back(code_of(pin, value.word, "--map-value"));
  if (pin.name != kRounding || adapter.roundings.empty()) return valued;
  for (const auto& word : adapter.roundings) {
    const std::uint64_t code = code_of(pin, word, "--rounding");
    if (!valued.empty() && std::find(valued.begin(), valued.end(), code) == valued.end())
      throw InputError(fmt::format("--rounding {}: has no --map-value; allowed: one for each mode", word));
    codes.push_back(code);
  }
  return codes;
}

/// Makes a Binding and gathers what is wrong.
class Binder {
 public:
  Binder(Binding& binding, const Unit& unit, rtl::Module& module, const Adapter& adapter)
      : binding_(binding), unit_(unit), module_(module), adapter_(adapter), clock_(clock_of(adapter)) {}

  void bind() {
    binding_.compared_.assign(unit_.outputs().words(), 0);
    if (module_.has_port(clock_)) take(module_.port(clock_));
    for (const auto& connection : adapter_.map) connect(connection);
    for (const Pin& pin : unit_.inputs().list()) settle(pin, false);
    for (const Pin& pin : unit_.outputs().list()) settle(pin, true);
    for (const auto& value : adapter_.values)
      if (const Pin* const pin = unit_.inputs().find(value.pin))
        static_cast<void>(code_of(*pin, value.word, "--map-value"));
      else
        problem("--map-value {}: no input of {}; allowed: {}", value.pin, unit_.name(), names(unit_.inputs()));
    for (const auto& name : adapter_.ignore)
      if (const Pin* const pin = unit_.inputs().find(name); pin != nullptr && !pin->optional && !module_.has_port(name))
        problem("--ignore {}: an input that every module needs; allowed: --map {}=PORT", name, name);
    for (const auto& name : adapter_.ignore)
      if (const std::string elements = elements_beside(name); !elements.empty())
        problem("--ignore {}: no element of the module's; allowed: {}", name, elements);
    if (adapter_.roundings.size() > 1 && !bound_.contains(std::string(kRounding)))
      problem("--rounding: the module has no {}; allowed: one mode, or --map {}=PORT", kRounding, kRounding);
    if (!adapter_.roundings.empty() && unit_.inputs().find(kRounding) == nullptr)
      problem("--rounding: {} has no {}; allowed: nothing here; a unit that rounds in one mode has it from --set rounding=WORD",
              unit_.name(), kRounding);
    drive();
    const auto& outputs = unit_.outputs().list();
    if (problems_.empty() && std::none_of(outputs.begin(), outputs.end(), [&](const Pin& pin) { return binding_.compares(pin); }))
      problem("no output of the module is one of {}; allowed: {}, by their names or with --map; the module has {}", unit_.name(),
              names(unit_.outputs()), there());
    if (!problems_.empty()) throw InputError(fmt::format("{}", fmt::join(problems_, "\n")));
  }

 private:
  template <class... Arguments>
  void problem(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    problems_.push_back(fmt::format(text, std::forward<Arguments>(arguments)...));
  }
  static std::string names(const Pins& pins) {
    std::vector<std::string> names;
    for (const Pin& pin : pins.list()) names.push_back(pin.name);
    return fmt::format("{}", fmt::join(names, " "));
  }

  void connect(const Adapter::Connection& connection) {
    if (connection.pin == kClock) {
      if (!module_.has_port(clock_)) problem("--map clk_i={}: the module has no such port; it has {}", clock_, there());
      return;
    }
    const auto [name, first, bits] = pin_bits(connection.pin);
    const Pin* pin = unit_.inputs().find(name);
    const bool output = pin == nullptr;
    if (output) pin = unit_.outputs().find(name);
    if (pin == nullptr)
      return problem("--map {}: {} has no such port; allowed: clk_i {} {}", connection.pin, unit_.name(), names(unit_.inputs()),
                     names(unit_.outputs()));
    const int width = connection.pin == name ? pin->bits : bits;
    if (width < 1 || first + width > pin->bits)
      return problem("--map {}: no bits of it; allowed: {}[{}:0]", connection.pin, name, pin->bits - 1);
    const bool inverted = connection.port.starts_with('!');
    const std::string port = connection.port.substr(inverted ? 1 : 0);
    if (!module_.has_port(port))
      return problem("--map {}={}: the module has no port {}, an {} of {}; {}", connection.pin, connection.port, port, way(output),
                     size(width), instead_of(port));
    add(*pin, output, first, width, module_.port(port), inverted);
  }

  void add(const Pin& pin, bool output, int first, int width, const rtl::Port& port, bool inverted) {
    if (port.is_output() != output || port.bits() != width) {
      refused_pins_.insert(pin.name);
      refused_ports_.emplace(port.name());
      return problem("port {}: an {} of {}; allowed: an {} of {}", bits_of(port), way(port.is_output()), size(port.bits()),
                     way(output), width);
    }
    std::vector<bool>& taken = pin_bits_[pin.name];
    taken.resize(static_cast<std::size_t>(pin.bits));
    for (int bit = first; bit < first + width; ++bit) {
      if (taken[static_cast<std::size_t>(bit)]) return problem("--map {}: bit {} twice; allowed: once", pin.name, bit);
      taken[static_cast<std::size_t>(bit)] = true;
    }
    if (!output && !take(port)) return problem("port {}: driven twice; allowed: once", bits_of(port));
    bound_.insert(pin.name);
    Binding::Wire wire{pin.word, first, port, inverted, first == 0 && width == pin.bits && !inverted, pin.combinational};
    for (const auto& value : adapter_.values) {
      if (value.pin != pin.name || output) continue;
      if (width < 64 && value.theirs > low_bits(width))
        return problem("--map-value {}:{}={}: too wide; allowed: {} bits", pin.name, value.word, value.theirs, width);
      wire.values.emplace_back(code_of(pin, value.word, "--map-value"), value.theirs);
      wire.whole = false;
    }
    if (!wire.values.empty() && (first != 0 || width != pin.bits) && width > 64)
      return problem("--map-value {}: of part of it; allowed: of a whole input", pin.name);
    (output ? binding_.outputs_ : binding_.inputs_).push_back(wire);
    if (output && !adapter_.ignore.contains(pin.name))
      for (int bit = first; bit < first + width; ++bit) set_field(&binding_.compared_[pin.word], bit, 1, 1);
  }

  /// A pin that the map does not name is the port of its own name, or is not there.
  void settle(const Pin& pin, bool output) {
    const bool ignored = adapter_.ignore.contains(pin.name), driven = pin.optional && adapter_.drive.contains(pin.name);
    if (!bound_.contains(pin.name) && module_.has_port(pin.name) && !driven && !(ignored && !output)) {
      add(pin, output, 0, pin.bits, module_.port(pin.name), false);
    } else if (!bound_.contains(pin.name)) {
      if (refused_pins_.contains(pin.name)) return;
      if (!pin.optional && !ignored)
        problem("port {}: missing, an {} of {}; allowed: --map {}=PORT{}; the module has {}", pin.name, way(output), size(pin.bits),
                pin.name, output ? fmt::format(", --ignore {}", pin.name) : "", there());
      (output ? binding_.absent_outputs_ : binding_.absent_inputs_).push_back({pin.word, rest_of(pin)});
      return;
    }
    if (output) return;
    if (auto codes = admitted(pin, adapter_); !codes.empty()) binding_.choices_.push_back({pin.word, std::move(codes)});
  }

  std::uint64_t rest_of(const Pin& pin) const {
    if (pin.name != kRounding || adapter_.roundings.empty()) return pin.rest;
    return code_of(pin, adapter_.roundings.front(), "--rounding");
  }

  /// Notes bits of an input port as driven; false where some were.
  bool take(const rtl::Port& port) {
    std::vector<bool>& taken = port_bits_[std::string(port.name())];
    taken.resize(static_cast<std::size_t>(module_.port(port.name()).bits()));
    for (int bit = port.first(); bit < port.first() + port.bits(); ++bit)
      if (taken[static_cast<std::size_t>(bit)]) return false;
    for (int bit = port.first(); bit < port.first() + port.bits(); ++bit) taken[static_cast<std::size_t>(bit)] = true;
    return true;
  }

  /// The module's inputs that the stimulus leaves alone are driven or ignored, all of them, and nothing else is.
  void drive() {
    const std::vector<std::string> open = undriven();
    for (const auto& [name, value] : adapter_.drive) {
      const char* why = !module_.has_port(name)          ? "the module has no such port"
                        : module_.port(name).is_output() ? "an output"
                        : name == clock_                 ? "the stimulus drives this input"
                        : take(module_.port(name))       ? nullptr
                                                         : "the stimulus drives this input";
      if (why != nullptr) {
        const std::string beside = elements_beside(name);
        problem("--drive {}: {}; allowed: {}", name, why,
                !beside.empty() ? beside
                : open.empty()  ? "none, the module has no input beside those of the unit"
                                : fmt::format("{}", fmt::join(open, " ")));
        continue;
      }
      rtl::Port port = module_.port(name);
      if (port.bits() < 64 && value > low_bits(port.bits())) {
        problem("--drive {}: {:#x} is too wide; allowed: {} bits", name, value, port.bits());
        continue;
      }
      Row words(static_cast<std::size_t>(port.bits() + 63) / 64);
      words.front() = value;
      port.write(words.data());
    }
    for (const auto& name : undriven()) {
      if (ignores(name) || refused_ports_.contains(name.substr(0, name.find('[')))) continue;
      const bool ours = unit_.outputs().find(name) != nullptr;
      problem("port {}: {}; allowed: --drive {}=VALUE, --ignore {}", name,
              ours ? "an input" : fmt::format("an input that is not of {}", unit_.name()), name, name);
    }
  }

  /// By its name or that of what holds it.
  bool ignores(const std::string& name) const {
    for (auto end = name.find_first_of(".["); end != std::string::npos; end = name.find_first_of(".[", end + 1))
      if (adapter_.ignore.contains(name.substr(0, end))) return true;
    return adapter_.ignore.contains(name);
  }

  /// Names of input ports; where some bits are driven, of members none of whose are, and of the other bits.
  std::vector<std::string> undriven() {
    std::vector<std::string> names;
    for (const rtl::Port& port : module_.ports()) {
      if (port.is_output()) continue;
      std::vector<bool> taken = port_bits_[std::string(port.name())];
      taken.resize(static_cast<std::size_t>(port.bits()));
      const auto open = [&taken, &names](const std::string& name, int first, int bits) {
        const auto begin = taken.begin() + first, end = begin + bits;
        if (std::find(begin, end, true) != end) return;
        names.push_back(name);
        std::fill(begin, end, true);
      };
      open(std::string(port.name()), 0, port.bits());
      for (const rtl::PortMember& member : module_.members())
        if (member.port == port.name()) open(member.name, member.first, member.bits);
      for (int low = 0, high = 0; low < port.bits(); low = high + 1) {
        high = low;
        if (taken[static_cast<std::size_t>(low)]) continue;
        while (high + 1 < port.bits() && !taken[static_cast<std::size_t>(high) + 1]) ++high;
        names.push_back(fmt::format("{}[{}:{}]", port.name(), high, low));
      }
    }
    return names;
  }

  /// Of "x[5]", where x is a packed array of fewer elements: "x[0] to x[1]".
  std::string elements_beside(const std::string& name) const {
    const auto bracket = name.rfind('[');
    if (bracket == std::string::npos || module_.has_port(name)) return {};
    const std::string array = name.substr(0, bracket);
    const int count = rtl::elements_of(module_.members(), array);
    return count == 0 ? std::string() : fmt::format("{0}[0] to {0}[{1}]", array, count - 1);
  }
  std::string instead_of(const std::string& name) const {
    const std::string elements = elements_beside(name);
    return elements.empty() ? "it has " + there() : "allowed: " + elements;
  }
  std::string there() const { return fmt::format("{}", fmt::join(module_.described_ports(), " ")); }
  static std::string size(int bits) { return fmt::format("{} bits", bits); }
  std::string bits_of(const rtl::Port& port) const {
    const int all = module_.port(port.name()).bits();
    if (port.bits() == all) return std::string(port.name());
    for (const rtl::PortMember& member : module_.members())
      if (member.port == port.name() && member.first == port.first() && member.bits == port.bits()) return member.name;
    return fmt::format("{}[{}:{}]", port.name(), port.first() + port.bits() - 1, port.first());
  }

  Binding& binding_;
  const Unit& unit_;
  rtl::Module& module_;
  const Adapter& adapter_;
  const std::string clock_;
  std::set<std::string> bound_;                                    ///< pins
  std::set<std::string> refused_pins_, refused_ports_;             ///< of the wrong width or way, which has been said
  std::map<std::string, std::vector<bool>> pin_bits_, port_bits_;  ///< connected; driven
  std::vector<std::string> problems_;
};

Binding::Binding(const Unit& unit, rtl::Module& module, const Adapter& adapter) { Binder(*this, unit, module, adapter).bind(); }

void Binding::admit(Row& in) const {
  for (const Rest& rest : absent_inputs_) in[rest.word] = rest.value;
  for (const Choice& choice : choices_) {
    std::uint64_t& code = in[choice.word];
    if (std::find(choice.codes.begin(), choice.codes.end(), code) == choice.codes.end())
      code = choice.codes[code % choice.codes.size()];
  }
}

void Binding::write(const Row& in) {
  for (Wire& wire : inputs_) {
    if (wire.whole) {
      wire.port.write(&in[wire.word]);
      continue;
    }
    for (int bit = 0; bit < wire.port.bits(); bit += 64) {
      const int width = std::min(64, wire.port.bits() - bit);
      std::uint64_t value = field(&in[wire.word], wire.first + bit, width);
      for (const auto& [ours, theirs] : wire.values)
        if (ours == in[wire.word]) {
          value = theirs;
          break;
        }
      wire.port.set_field(bit, width, wire.inverted ? ~value : value);
    }
  }
}

void Binding::read(bool combinational, Row& out) {
  for (const Wire& wire : outputs_) {
    if (wire.combinational != combinational) continue;
    if (wire.whole) {
      wire.port.read(&out[wire.word]);
      continue;
    }
    for (int bit = 0; bit < wire.port.bits(); bit += 64) {
      const int width = std::min(64, wire.port.bits() - bit);
      const std::uint64_t value = wire.port.field(bit, width);
      set_field(&out[wire.word], wire.first + bit, width, wire.inverted ? ~value : value);
    }
  }
  for (const Rest& rest : absent_outputs_) out[rest.word] = rest.value;
}

bool Binding::can_be(const Pin& pin, std::uint64_t value) const {
  for (const Rest& rest : absent_inputs_)
    if (rest.word == pin.word) return rest.value == value;
  for (const Choice& choice : choices_)
    if (choice.word == pin.word) return std::find(choice.codes.begin(), choice.codes.end(), value) != choice.codes.end();
  return true;
}

bool Binding::compares(const Pin& pin) const {
  const auto first = compared_.begin() + static_cast<std::ptrdiff_t>(pin.word);
  return std::any_of(first, first + static_cast<std::ptrdiff_t>(pin.words()), [](std::uint64_t bits) { return bits != 0; });
}

void Binding::mask(Row& care) const {
  for (std::size_t word = 0; word < care.size(); ++word) care[word] &= compared_[word];
}

}  // namespace binade::verify
