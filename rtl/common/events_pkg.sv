// SPDX-License-Identifier: Apache-2.0
// Bit positions of an event vector.
package events_pkg;

  // generated: EVENT
  localparam int unsigned Saturation = 0;  // clamped
  localparam int unsigned Underflow = 1;  // became zero, or was raised to minpos
  localparam int unsigned Overflow = 2;  // became Inf, NaN or NaR
  localparam int unsigned Nar = 3;  // a NaR or NaN result
  localparam int unsigned Inexact = 4;  // an output rounding stored another value
  // end of generated
  localparam int unsigned Count = 5;

  // Events that steps count: all but Inexact, which is the output rounding's.
  localparam logic [4:0] Steps = 5'b01111;

endpackage
