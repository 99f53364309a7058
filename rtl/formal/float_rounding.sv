// SPDX-License-Identifier: Apache-2.0
// Whether a float and its events are the rounding of (-1)^negative 2^scale (1 + fraction), a little more with sticky: IEEE 754-2019,
// 4.3 and 7.4, with the thresholds of rounding_spec_pkg. Codes go on beyond the largest finite one as if exponents did; what reaches
// the first of those overflows. Hill's format, without subnormals, goes on below the smallest normal one alike.
module float_rounding #(
    parameter int unsigned ExponentBits = 8,
    parameter int unsigned FractionBits = 23,
    parameter int unsigned Specials = 1,         // 0 Hill, 1 IEEE, 2 NaN only (OCP E4M3); 4 more: saturates
    parameter int unsigned InputFractionBits = 28,
    parameter bit Stochastic = 1'b0
) (
    input  logic                                 negative_i,
    input  logic signed [15:0]                   scale_i,
    input  logic [InputFractionBits-1:0]         fraction_i,
    input  logic                                 sticky_i,
    input  logic [2:0]                           rounding_i,
    input  logic [31:0]                          random_i,
    input  logic [ExponentBits+FractionBits:0]   code_i,
    input  logic [4:0]                           events_i,
    output logic                                 holds_o
);

  localparam int unsigned Longer = Stochastic ? 32 : 1;
  localparam int unsigned Bits = ExponentBits + FractionBits;  // of a magnitude
  localparam int unsigned LongFractionBits = FractionBits + Longer;
  localparam int unsigned LongBits = 1 + Bits + Longer;  // one more bit of exponent
  localparam int unsigned ValueBits = InputFractionBits > LongFractionBits ? InputFractionBits : LongFractionBits;
  localparam int unsigned OrderBits = 1 + 16 + ValueBits + 1;
  localparam int unsigned Bias = (1 << (ExponentBits - 1)) - 1;
  localparam bit Hill = Specials == 0;
  localparam bit Ieee = Specials == 1 || Specials == 5;
  localparam bit Saturates = Hill || Specials >= 4;
  localparam logic [ExponentBits-1:0] TopExponent = {ExponentBits{1'b1}};
  localparam logic [FractionBits-1:0] TopFraction = {FractionBits{1'b1}};
  localparam logic [FractionBits-1:0] NoFraction = {FractionBits{1'b0}};
  // The largest finite value, infinity, NaN.
  localparam logic [Bits-1:0] Largest = Hill ? {TopExponent, TopFraction} :
                                        Ieee ? {TopExponent, NoFraction} - Bits'(1) : {TopExponent, TopFraction} - Bits'(1);
  localparam logic [Bits-1:0] Infinity = {TopExponent, NoFraction};
  localparam logic [Bits-1:0] Nan = {TopExponent, TopFraction};
  localparam logic [Bits-1:0] SmallestNormal = {{(ExponentBits - 1) {1'b0}}, 1'b1, NoFraction};

  logic [31:0] below;
  logic [Bits-1:0] magnitude;
  logic [LongBits-1:0] own_code, next_code, beyond_code, normal_code;
  // Values as unsigned integers of the same order.
  logic [OrderBits-1:0] value, own_value;
  logic reaches_this, reaches_next, overflows, reaches_normal;

  assign below = rounding_spec_pkg::below(rounding_i, random_i);
  assign magnitude = code_i[Bits-1:0];
  assign own_code = LongBits'(magnitude) << Longer;
  assign next_code = own_code + (LongBits'(1) << Longer);
  assign beyond_code = (LongBits'(Largest) + LongBits'(1)) << Longer;
  assign normal_code = LongBits'(SmallestNormal) << Longer;
  assign value = {1'b1, ~scale_i[15], scale_i[14:0], fraction_i, {(ValueBits - InputFractionBits) {1'b0}}, sticky_i};

  float_threshold #(.ExponentBits(ExponentBits), .FractionBits(FractionBits), .Longer(Longer), .ValueBits(ValueBits), .Hill(Hill))
  u_own (.code_i(own_code), .value_i(value), .rounding_i, .negative_i, .below_i(32'd0), .threshold_o(own_value), .reaches_o());
  float_threshold #(.ExponentBits(ExponentBits), .FractionBits(FractionBits), .Longer(Longer), .ValueBits(ValueBits), .Hill(Hill))
  u_this (.code_i(own_code), .value_i(value), .rounding_i, .negative_i, .below_i(below), .threshold_o(), .reaches_o(reaches_this));
  float_threshold #(.ExponentBits(ExponentBits), .FractionBits(FractionBits), .Longer(Longer), .ValueBits(ValueBits), .Hill(Hill))
  u_next (.code_i(next_code), .value_i(value), .rounding_i, .negative_i, .below_i(below), .threshold_o(),
          .reaches_o(reaches_next));
  float_threshold #(.ExponentBits(ExponentBits), .FractionBits(FractionBits), .Longer(Longer), .ValueBits(ValueBits), .Hill(Hill))
  u_beyond (.code_i(beyond_code), .value_i(value), .rounding_i, .negative_i, .below_i(below), .threshold_o(),
            .reaches_o(overflows));
  float_threshold #(.ExponentBits(ExponentBits), .FractionBits(FractionBits), .Longer(Longer), .ValueBits(ValueBits), .Hill(Hill))
  u_normal (.code_i(normal_code), .value_i(value), .rounding_i, .negative_i, .below_i(below), .threshold_o(),
            .reaches_o(reaches_normal));

  logic [4:0] events;
  logic right;
  always_comb begin
    events = '0;
    if (overflows) begin
      events[rounding_spec_pkg::Inexact] = 1'b1;
      if (Saturates || rounding_i == rounding_spec_pkg::TowardZero) begin
        right = code_i == {negative_i, Largest};
        events[rounding_spec_pkg::Saturation] = 1'b1;
      end else begin
        right = code_i == (Ieee ? {negative_i, Infinity} : {1'b0, Nan});
        events[rounding_spec_pkg::Overflow] = 1'b1;
        events[rounding_spec_pkg::Nar] = !Ieee;
      end
    end else if (Hill && !reaches_normal) begin
      right = code_i == '0;
      events[rounding_spec_pkg::Inexact] = 1'b1;
      events[rounding_spec_pkg::Underflow] = 1'b1;
    end else begin
      right = code_i[Bits] == negative_i && magnitude <= Largest && (reaches_this || (magnitude == '0 && !Hill)) && !reaches_next;
      events[rounding_spec_pkg::Inexact] = value != own_value;
      events[rounding_spec_pkg::Underflow] = magnitude == '0;
    end
  end
  assign holds_o = right && events_i == events;

endmodule
