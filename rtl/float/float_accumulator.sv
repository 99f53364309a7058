// SPDX-License-Identifier: Apache-2.0
// One rounded addition: the sum's code plus a decoded term, rounded to the sum's format. Combinational.
module float_accumulator #(
    parameter int unsigned ExponentBits = 8,   // of the sum
    parameter int unsigned FractionBits = 23,
    parameter int unsigned Specials = float_pkg::InfNan,
    parameter int unsigned TermScaleBits = 9,
    parameter int unsigned TermBits = 24,      // significand bits of the term
    localparam int unsigned CodeBits = 1 + ExponentBits + FractionBits
) (
    input  logic [CodeBits-1:0]              sum_i,
    input  logic                             term_zero_i,
    input  logic                             term_infinite_i,
    input  logic                             term_nan_i,
    input  logic                             term_negative_i,
    input  logic signed [TermScaleBits-1:0]  term_scale_i,
    input  logic [TermBits-1:0]              term_significand_i,
    input  logic [2:0]                       rounding_i,
    output logic [CodeBits-1:0]              sum_o,
    output logic [events_pkg::Count-1:0]     events_o
);

  localparam int unsigned SumScaleBits = $clog2((1 << (ExponentBits - 1)) + FractionBits + 1) + 1;
  localparam int unsigned ScaleBits = TermScaleBits > SumScaleBits ? TermScaleBits : SumScaleBits;
  localparam int unsigned SigBits = (TermBits > FractionBits + 1 ? TermBits : FractionBits + 1) + 4;

  logic sum_zero, sum_infinite, sum_nan, sum_negative, zero, infinite, nan, negative;
  logic signed [SumScaleBits-1:0] sum_scale;
  logic [FractionBits:0] sum_significand;
  logic signed [ScaleBits:0] scale;
  logic [SigBits-1:0] significand;

  float_decoder #(
      .ExponentBits(ExponentBits),
      .FractionBits(FractionBits),
      .Specials    (Specials)
  ) u_decode (
      .code_i       (sum_i),
      .zero_o       (sum_zero),
      .infinite_o   (sum_infinite),
      .nan_o        (sum_nan),
      .negative_o   (sum_negative),
      .scale_o      (sum_scale),
      .significand_o(sum_significand)
  );
  float_adder #(
      .ScaleBits(ScaleBits),
      .ABits    (FractionBits + 1),
      .BBits    (TermBits)
  ) u_add (
      .a_zero_i       (sum_zero),
      .a_infinite_i   (sum_infinite),
      .a_nan_i        (sum_nan),
      .a_negative_i   (sum_negative),
      .a_scale_i      (ScaleBits'(sum_scale)),
      .a_significand_i(sum_significand),
      .b_zero_i       (term_zero_i),
      .b_infinite_i   (term_infinite_i),
      .b_nan_i        (term_nan_i),
      .b_negative_i   (term_negative_i),
      .b_scale_i      (ScaleBits'(term_scale_i)),
      .b_significand_i(term_significand_i),
      .zero_o         (zero),
      .infinite_o     (infinite),
      .nan_o          (nan),
      .negative_o     (negative),
      .scale_o        (scale),
      .significand_o  (significand)
  );
  float_encoder #(
      .ExponentBits(ExponentBits),
      .FractionBits(FractionBits),
      .Specials    (Specials),
      .ScaleBits   (ScaleBits + 1),
      .SigBits     (SigBits)
  ) u_round (
      .zero_i       (zero),
      .infinite_i   (infinite),
      .nan_i        (nan),
      .negative_i   (negative),
      .scale_i      (scale),
      .significand_i(significand),
      .sticky_i     (1'b0),
      .rounding_i,
      .random_i     ('0),
      .code_o       (sum_o),
      .events_o
  );

endmodule
