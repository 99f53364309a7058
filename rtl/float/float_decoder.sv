// SPDX-License-Identifier: Apache-2.0
// Float code to class, sign, exponent of the leading one and normalised significand. Combinational, exact. Subnormals are
// normalised; in a format without specials exponent 0 is zero whatever the fraction.
module float_decoder #(
    parameter int unsigned ExponentBits = 8,                  // E
    parameter int unsigned FractionBits = 23,                 // M
    parameter int unsigned Specials = float_pkg::InfNan,
    // Holds 1 - bias - M and, before a subnormal is known to be one, the all-ones exponent.
    localparam int unsigned ScaleBits = $clog2((1 << (ExponentBits - 1)) + FractionBits + 1) + 1
) (
    input  logic        [ExponentBits+FractionBits:0] code_i,
    output logic                                      zero_o,
    output logic                                      infinite_o,
    output logic                                      nan_o,
    output logic                                      negative_o,     // of NaN and of Hill's zero: 0
    output logic signed [ScaleBits-1:0]               scale_o,        // finite, non-zero
    output logic        [FractionBits:0]              significand_o   // top bit is the leading one
);

  localparam int unsigned Bias = (1 << (ExponentBits - 1)) - 1;

  logic [ExponentBits-1:0] exponent;
  logic [FractionBits-1:0] fraction;

  assign exponent = code_i[FractionBits+:ExponentBits];
  assign fraction = code_i[FractionBits-1:0];

  if (Specials == float_pkg::None) begin : gen_hill
    assign zero_o = exponent == '0;
    assign infinite_o = 1'b0;
    assign nan_o = 1'b0;
    assign negative_o = code_i[ExponentBits+FractionBits] & ~zero_o;
    assign scale_o = ScaleBits'(exponent) - ScaleBits'(Bias);
    assign significand_o = {1'b1, fraction};
  end else begin : gen_ieee
    localparam int unsigned CountBits = $clog2(FractionBits + 1);
    logic subnormal, unused_zero;
    logic [CountBits-1:0] zeros;

    assign subnormal = exponent == '0;
    assign zero_o = subnormal && fraction == '0;
    if (Specials % float_pkg::Saturating == float_pkg::InfNan) begin : gen_infinity
      assign infinite_o = exponent == '1 && fraction == '0;
      assign nan_o = exponent == '1 && fraction != '0;
    end else begin : gen_no_infinity
      assign infinite_o = 1'b0;
      assign nan_o = exponent == '1 && fraction == '1;
    end
    assign negative_o = code_i[ExponentBits+FractionBits] & ~nan_o;
    normalizer #(
        .Width(FractionBits + 1)
    ) u_normalise (
        .data_i ({~subnormal, fraction}),
        .data_o (significand_o),
        .count_o(zeros),
        .zero_o (unused_zero)
    );
    // Subnormals have the exponent of the smallest normal binade.
    assign scale_o = (subnormal ? ScaleBits'(1) - ScaleBits'(zeros) : ScaleBits'(exponent)) - ScaleBits'(Bias);
  end

endmodule
