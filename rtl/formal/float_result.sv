// SPDX-License-Identifier: Apache-2.0
// Whether a float and its events are what a value of any class becomes: float_rounding for finite values that are not zero.
module float_result #(
    parameter int unsigned ExponentBits = 8,
    parameter int unsigned FractionBits = 23,
    parameter int unsigned Specials = 1,
    parameter int unsigned InputFractionBits = 28,
    parameter bit Stochastic = 1'b0
) (
    input  logic                               zero_i,
    input  logic                               infinite_i,
    input  logic                               nan_i,      // wins over both
    input  logic                               negative_i,
    input  logic signed [15:0]                 scale_i,
    input  logic [InputFractionBits-1:0]       fraction_i,
    input  logic                               sticky_i,
    input  logic [2:0]                         rounding_i,
    input  logic [31:0]                        random_i,
    input  logic [ExponentBits+FractionBits:0] code_i,
    input  logic [4:0]                         events_i,
    output logic                               holds_o
);

  localparam bit Hill = Specials == 0;
  localparam bit Ieee = Specials == 1 || Specials == 5;
  localparam logic [ExponentBits-1:0] TopExponent = {ExponentBits{1'b1}};
  localparam logic [FractionBits-1:0] TopFraction = {FractionBits{1'b1}};
  localparam logic [FractionBits-1:0] NoFraction = {FractionBits{1'b0}};
  localparam int unsigned Bits = ExponentBits + FractionBits;
  localparam logic [Bits-1:0] Largest = (Ieee ? {TopExponent, NoFraction} : {TopExponent, TopFraction}) - Bits'(1);

  logic finite_holds;
  float_rounding #(
      .ExponentBits     (ExponentBits),
      .FractionBits     (FractionBits),
      .Specials         (Specials),
      .InputFractionBits(InputFractionBits),
      .Stochastic       (Stochastic)
  ) u_rounding (
      .negative_i,
      .scale_i,
      .fraction_i,
      .sticky_i,
      .rounding_i,
      .random_i,
      .code_i,
      .events_i,
      .holds_o(finite_holds)
  );

  always_comb begin
    if (nan_i) begin
      // Hill has no NaN, an IEEE one is quiet and positive with nothing else in it, E4M3 has one.
      holds_o = events_i == 5'd1 << rounding_spec_pkg::Nar &&
                code_i == (Hill ? {(Bits + 1) {1'b0}} : {1'b0, TopExponent, Ieee ? ~(TopFraction >> 1) : TopFraction});
    end else if (zero_i) begin
      holds_o = events_i == '0 && code_i == {negative_i && !Hill, {Bits{1'b0}}};
    end else if (infinite_i) begin
      if (Hill) holds_o = events_i == 5'd1 << rounding_spec_pkg::Saturation && code_i == {negative_i, TopExponent, TopFraction};
      else if (Specials == 1) holds_o = events_i == '0 && code_i == {negative_i, TopExponent, NoFraction};
      else if (Specials == 2) holds_o = events_i == 5'd1 << rounding_spec_pkg::Nar && code_i == {1'b0, TopExponent, TopFraction};
      else holds_o = events_i == 5'd1 << rounding_spec_pkg::Saturation &&
                     code_i == {negative_i, Largest};
    end else begin
      holds_o = finite_holds;
    end
  end

endmodule
