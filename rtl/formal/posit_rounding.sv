// SPDX-License-Identifier: Apache-2.0
// Whether a posit and its events are the rounding of (-1)^negative 2^scale (1 + fraction), a little more with sticky.
module posit_rounding #(
    parameter int unsigned N = 16,
    parameter int unsigned Es = 2,
    parameter int unsigned FractionBits = 48,
    parameter bit Underflow = 1'b0
) (
    input  logic                    negative_i,
    input  logic signed [15:0]      scale_i,
    input  logic [FractionBits-1:0] fraction_i,
    input  logic                    sticky_i,
    input  logic [2:0]              rounding_i,
    input  logic [31:0]             random_i,
    input  logic [N-1:0]            code_i,
    input  logic [4:0]              events_i,
    output logic                    holds_o
);

  localparam int unsigned Longer = FractionBits + 2 + Es >= N + 32 ? 32 : 1;  // bits behind the code that thresholds have
  localparam int unsigned LongBits = N - 1 + Longer;
  localparam int unsigned ValueBits = FractionBits > LongBits ? FractionBits : LongBits;
  localparam int unsigned OrderBits = 16 + ValueBits + 1;
  localparam logic signed [15:0] MaxScale = 16'((N - 2) << Es);    // of maxpos; of minpos -MaxScale
  localparam logic signed [15:0] ZeroScale = 16'sd0 - 16'((N - 1) << Es);  // what is no larger than this becomes 0 with `Underflow`
  localparam logic [N-1:0] MaxCode = {1'b0, {(N - 1) {1'b1}}};

  logic [N-1:0] magnitude;
  logic [31:0] below;
  logic [LongBits-1:0] this_code, next_code, own_code;
  logic signed [15:0] this_scale, next_scale, own_scale;
  logic [ValueBits-1:0] this_fraction, next_fraction, own_fraction;
  // Values as unsigned integers of the same order.
  logic [OrderBits-1:0] value, this_value, next_value, own_value;
  logic reaches_this, reaches_next, exact, beyond, under, to_zero;

  assign magnitude = negative_i ? -code_i : code_i;
  assign below = rounding_spec_pkg::below(rounding_i, random_i);
  assign own_code = LongBits'(magnitude) << Longer;
  assign this_code = own_code - LongBits'(below >> (32 - Longer));
  assign next_code = this_code + (LongBits'(1) << Longer);

  posit_value #(.Bits(LongBits), .Es(Es), .FractionBits(ValueBits))
  u_this (.code_i(this_code), .scale_o(this_scale), .fraction_o(this_fraction));
  posit_value #(.Bits(LongBits), .Es(Es), .FractionBits(ValueBits))
  u_next (.code_i(next_code), .scale_o(next_scale), .fraction_o(next_fraction));
  posit_value #(.Bits(LongBits), .Es(Es), .FractionBits(ValueBits))
  u_own (.code_i(own_code), .scale_o(own_scale), .fraction_o(own_fraction));

  assign value = {~scale_i[15], scale_i[14:0], fraction_i, {(ValueBits - FractionBits) {1'b0}}, sticky_i};
  assign this_value = {~this_scale[15], this_scale[14:0], this_fraction, 1'b0};
  assign next_value = {~next_scale[15], next_scale[14:0], next_fraction, 1'b0};
  assign own_value = {~own_scale[15], own_scale[14:0], own_fraction, 1'b0};

  assign reaches_this = magnitude == N'(1) ||
      rounding_spec_pkg::reaches(rounding_i, negative_i, ~magnitude[0], value > this_value, value == this_value);
  assign reaches_next = magnitude != MaxCode &&
      rounding_spec_pkg::reaches(rounding_i, negative_i, magnitude[0], value > next_value, value == next_value);
  assign exact = value == own_value;
  assign beyond = scale_i > MaxScale || (scale_i == MaxScale && (fraction_i != '0 || sticky_i));
  assign under = scale_i < -MaxScale;
  assign to_zero = Underflow && (scale_i < ZeroScale || (scale_i == ZeroScale && fraction_i == '0 && !sticky_i));

  logic [4:0] events;
  always_comb begin
    events = '0;
    events[rounding_spec_pkg::Saturation] = beyond;
    events[rounding_spec_pkg::Underflow] = under;
    events[rounding_spec_pkg::Inexact] = to_zero || !exact;
    holds_o = events_i == events && (to_zero ? magnitude == '0 :
              magnitude != '0 && !magnitude[N-1] && reaches_this && !reaches_next);
  end

endmodule
