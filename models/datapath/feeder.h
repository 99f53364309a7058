// SPDX-License-Identifier: Apache-2.0
// A stream port of the memory side as its timing: one transfer every `interval` clocks, the first at once.
#pragma once

namespace binade::datapath {

class Feeder {
 public:
  explicit Feeder(int interval = 1) : interval_(interval) {}

  /// The memory side's valid (operands) or ready (outputs) on the coming edge.
  bool open() const { return wait_ == 0; }
  void edge(bool transferred) {
    if (transferred) {
      wait_ = interval_ - 1;
    } else if (wait_ > 0) {
      --wait_;
    }
  }

 private:
  int interval_;
  int wait_ = 0;
};

}  // namespace binade::datapath
