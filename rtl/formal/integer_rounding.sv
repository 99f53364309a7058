// SPDX-License-Identifier: Apache-2.0
// Whether a mantissa and its events are |x| 2^-shift rounded and clamped to 2^(N-1) - 1, by the thresholds of rounding_spec_pkg: both
// sides as integers, times 2^(32 + 127).
module integer_rounding #(
    parameter int unsigned N = 8,
    parameter int unsigned MagnitudeBits = 32
) (
    input  logic                     negative_i,
    input  logic [MagnitudeBits-1:0] magnitude_i,
    input  logic signed [7:0]        shift_i,
    input  logic [2:0]               rounding_i,
    input  logic [31:0]              random_i,
    input  logic [N-1:0]             rounded_i,    // a magnitude
    input  logic [4:0]               events_i,
    output logic                     holds_o
);

  localparam int unsigned ValueBits = MagnitudeBits + 32 + 127 + 128;
  localparam int unsigned ThresholdBits = N + 32 + 127;
  localparam int unsigned Bits = ValueBits > ThresholdBits ? ValueBits : ThresholdBits;
  localparam logic [N-1:0] Limit = {1'b0, {(N - 1) {1'b1}}};

  logic [31:0] below;
  logic [N+31:0] own, reached, next;
  logic [Bits-1:0] value;
  logic reaches_this, reaches_next, exact;

  assign below = rounding_spec_pkg::below(rounding_i, random_i);
  assign own = {rounded_i, 32'd0};
  assign reached = own - (N + 32)'(below);
  assign next = reached + {N'(1), 32'd0};
  assign value = Bits'(magnitude_i) << (9'sd159 - 9'(shift_i));
  assign reaches_this = rounded_i == '0 || rounding_spec_pkg::reaches(rounding_i, negative_i, ~rounded_i[0], value > Bits'(reached) << 127,
                                                                     value == Bits'(reached) << 127);
  assign reaches_next = rounding_spec_pkg::reaches(rounding_i, negative_i, rounded_i[0], value > Bits'(next) << 127, value == Bits'(next) << 127);
  assign exact = value == Bits'(own) << 127;

  logic [4:0] events;
  always_comb begin
    events = '0;
    events[rounding_spec_pkg::Saturation] = reaches_next;  // only where it is the limit
    events[rounding_spec_pkg::Inexact] = !exact;
    events[rounding_spec_pkg::Underflow] = !exact && rounded_i == '0;
    holds_o = rounded_i <= Limit && reaches_this && (!reaches_next || rounded_i == Limit) && events_i == events;
  end

endmodule
