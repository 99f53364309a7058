// SPDX-License-Identifier: Apache-2.0
// float_decoder against float_value and the special values of IEEE 754-2019 (3.4), OCP E4M3 and Hill's format. Every code.
module float_decoder_check #(
    parameter int unsigned ExponentBits = 8,
    parameter int unsigned FractionBits = 23,
    parameter int unsigned Specials = 1
) (
    input  logic [ExponentBits+FractionBits:0] code_i,
    output logic                               fails_o
);

  localparam int unsigned ScaleBits = $clog2((1 << (ExponentBits - 1)) + FractionBits + 1) + 1;
  localparam bit Hill = Specials == 0;
  localparam bit Ieee = Specials == 1 || Specials == 5;

  logic zero, infinite, nan, negative, holds;
  logic [ScaleBits-1:0] scale;
  logic [FractionBits:0] significand;
  dut u_dut (.code_i, .zero_o(zero), .infinite_o(infinite), .nan_o(nan), .negative_o(negative), .scale_o(scale), .significand_o(significand));

  logic sign, value_zero, is_zero, is_infinite, is_nan;
  logic [ExponentBits-1:0] exponent;
  logic [FractionBits-1:0] fraction, value_fraction;
  logic signed [15:0] value_scale;
  assign {sign, exponent, fraction} = code_i;
  float_value #(
      .ExponentBits(ExponentBits),
      .Bias        ((1 << (ExponentBits - 1)) - 1),
      .FractionBits(FractionBits),
      .Hill        (Hill)
  ) u_value (
      .code_i    (code_i[ExponentBits+FractionBits-1:0]),
      .zero_o    (value_zero),
      .scale_o   (value_scale),
      .fraction_o(value_fraction)
  );

  assign is_zero = Hill ? exponent == '0 : value_zero;
  assign is_infinite = Ieee && (&exponent) && fraction == '0;
  assign is_nan = !Hill && (&exponent) && (Ieee ? fraction != '0 : (&fraction));
  always_comb begin
    holds = zero == is_zero && infinite == is_infinite && nan == is_nan && negative == (sign && !is_nan && !(Hill && is_zero));
    if (!is_zero && !is_infinite && !is_nan) holds = holds && 16'(signed'(scale)) == value_scale && significand == {1'b1, value_fraction};
  end
  assign fails_o = ~holds;

endmodule
