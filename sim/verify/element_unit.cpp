// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/element_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/numerics/error.h"
#include "sim/verify/codes.h"
#include "sim/verify/event_pins.h"

namespace binade::verify {

using numerics::Code;

ElementModel::ElementModel(const ElementShape& shape, std::size_t classes)
    : UnitModel(classes), adder_(shape.adder()), sum_(adder_.words()), element_(shape) {}

void ElementModel::hit_operands(Code a, Code b) {
  hit(element_.classes.operand(0, class_of(element_.formats.a, a)));
  hit(element_.classes.operand(1, class_of(element_.formats.b, b)));
}

void ElementModel::put(const numerics::Events& events, Row& out, Row& care) {
  put_events(out, care, element_.events, events, known_);
  events_ += events;
  element_.classes.events.count(events, hits_);
}

void ElementModel::show_sum(Row& out, Row& care) const {
  const auto pin = static_cast<std::ptrdiff_t>(element_.sum);
  std::copy(sum_.begin(), sum_.end(), out.begin() + pin);
  if (!known_) return;
  const auto specified = adder_.care(sum_);
  std::copy(specified.begin(), specified.end(), care.begin() + pin);
}

rtl::ModuleSpec ElementUnit::module(const rtl::ModuleCache& /*cache*/) const {
  throw InputError(fmt::format("verify: {}: there is no module of it here; allowed: yours, with --rtl DIR --top NAME", name_));
}

std::uint64_t ElementUnit::exhaustive_vectors() const { return all_pairs(element().formats.a, element().formats.b); }

void ElementUnit::add_controls(ElementShape& shape) {
  shape.reset = inputs_.add_optional("rst_ni", 1, false, 1);
  shape.enable = inputs_.add_optional("enable_i", 1, false, 1);
}

std::size_t ElementUnit::add_operand(std::string name, const numerics::FormatSpec& format) {
  const std::size_t pin = inputs_.add(std::move(name), format.bits);
  inputs_.last().format = format;
  return pin;
}

void ElementUnit::add_outputs(ElementShape& shape, std::string second) {
  shape.sum = outputs_.add("sum_o", shape.adder().bits());
  shape.a_out = outputs_.add_optional("a_o", shape.formats.a.bits);
  shape.b_out = outputs_.add_optional(std::move(second), shape.formats.b.bits);
  shape.events = outputs_.add_optional("events_o", kEventBits);
}

void ElementUnit::add_classes(ElementShape& shape, std::initializer_list<ElementControl> controls, EventSet possible) {
  shape.classes = ElementClasses(classes_, shape.formats, controls, possible);
  need("frozen", "enable_i", 0);
  need("reset", "rst_ni", 0);
}

}  // namespace binade::verify
