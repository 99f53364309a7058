// SPDX-License-Identifier: Apache-2.0
// Coverage classes of elements that people have: what their operands are, what their controls ask for, events.
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "models/numerics/operand_formats.h"
#include "sim/verify/codes.h"
#include "sim/verify/event_pins.h"

namespace binade::verify {

enum class ElementControl : std::uint8_t { Add, Load, Clear, Hold, Frozen, Reset };
inline constexpr std::array<std::string_view, 6> kElementControlNames{"add", "load", "clear", "hold", "frozen", "reset"};

struct ElementClasses {
  std::size_t first = 0;
  EventClasses events;

  ElementClasses() = default;
  /// Adds theirs to the unit's; controls that it lacks have no name.
  ElementClasses(std::vector<std::string>& classes, const numerics::OperandFormats& formats,
                 std::initializer_list<ElementControl> controls, EventSet possible)
      : first(classes.size()) {
    for (const bool second : {false, true})
      for (std::size_t i = 0; i < kCodeClassNames.size(); ++i) {
        const bool has = has_class(second ? formats.b : formats.a, static_cast<CodeClass>(i));
        classes.push_back(has ? (second ? "b " : "a ") + std::string(kCodeClassNames[i]) : "");
      }
    for (std::size_t i = 0; i < kElementControlNames.size(); ++i) {
      const bool has = std::find(controls.begin(), controls.end(), static_cast<ElementControl>(i)) != controls.end();
      classes.emplace_back(has ? kElementControlNames[i] : "");
    }
    events = EventClasses(classes, possible);
  }
  std::size_t operand(std::size_t which, CodeClass one) const {
    return first + which * kCodeClassNames.size() + static_cast<std::size_t>(one);
  }
  std::size_t control(ElementControl one) const { return operand(2, CodeClass{}) + static_cast<std::size_t>(one); }
};

}  // namespace binade::verify
