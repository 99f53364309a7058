// SPDX-License-Identifier: Apache-2.0
// Whether a value reaches a float's code: the threshold `below` it, with `Longer` bits behind the code, as a value to compare with.
module float_threshold #(
    parameter int unsigned ExponentBits = 8,
    parameter int unsigned FractionBits = 23,
    parameter int unsigned Longer = 1,
    parameter int unsigned ValueBits = 28,  // fraction bits of values
    parameter bit Hill = 1'b0,
    localparam int unsigned LongBits = 1 + ExponentBits + FractionBits + Longer,
    localparam int unsigned OrderBits = 1 + 16 + ValueBits + 1
) (
    input  logic [LongBits-1:0]  code_i,      // Longer zeros behind the code, a bit of exponent before it
    input  logic [OrderBits-1:0] value_i,     // not zero, scale from its most negative, fraction, sticky
    input  logic [2:0]           rounding_i,
    input  logic                 negative_i,
    input  logic [31:0]          below_i,
    output logic [OrderBits-1:0] threshold_o,
    output logic                 reaches_o
);

  localparam int unsigned LongFractionBits = FractionBits + Longer;

  logic [LongBits-1:0] long_code;
  logic zero;
  logic signed [15:0] scale;
  logic [LongFractionBits-1:0] fraction;

  assign long_code = code_i - LongBits'(below_i >> (32 - Longer));
  float_value #(
      .ExponentBits(ExponentBits + 1),
      .Bias        ((1 << (ExponentBits - 1)) - 1),
      .FractionBits(LongFractionBits),
      .Hill        (Hill)
  ) u_value (
      .code_i    (long_code),
      .zero_o    (zero),
      .scale_o   (scale),
      .fraction_o(fraction)
  );
  assign threshold_o = zero ? '0 : {1'b1, ~scale[15], scale[14:0], fraction, {(ValueBits - LongFractionBits + 1) {1'b0}}};
  assign reaches_o = rounding_spec_pkg::reaches(rounding_i, negative_i, ~code_i[Longer], value_i > threshold_o, value_i == threshold_o);

endmodule
