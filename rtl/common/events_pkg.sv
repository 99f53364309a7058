// SPDX-License-Identifier: Apache-2.0
// Bit positions of an event vector, in the order of numerics::Events (models/numerics/events.h).
package events_pkg;

  localparam int unsigned Saturation = 0;
  localparam int unsigned Underflow = 1;
  localparam int unsigned Overflow = 2;
  localparam int unsigned Nar = 3;
  localparam int unsigned Inexact = 4;
  localparam int unsigned Count = 5;

  // Events that steps count: all but Inexact, which is the output rounding's.
  localparam logic [4:0] Steps = 5'b01111;

endpackage
