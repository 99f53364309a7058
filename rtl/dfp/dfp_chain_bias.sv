// SPDX-License-Identifier: Apache-2.0
// Adds a bias, a float or an integer, to a binary32 sum that counts product LSBs: one rounding to nearest even. Combinational.
module dfp_chain_bias #(
    parameter bit FloatOut = 1'b1,            // the bias is a float
    parameter int unsigned N = 32,            // bits of its codes; floats: 1 + ExponentBits + FractionBits
    parameter int unsigned ExponentBits = 8,  // of a float
    parameter int unsigned FractionBits = 23,
    parameter int unsigned Specials = float_pkg::InfNan
) (
    input  logic [31:0]                  run_i,
    input  logic [N-1:0]                 bias_i,
    input  logic signed [command_pkg::ShiftBits-1:0] product_shift_i,  // one product LSB is 2^-shift output LSBs (1, of a float)
    input  logic signed [command_pkg::ShiftBits-1:0] bias_shift_i,     // integers: one bias LSB is 2^-shift output LSBs
    output logic [31:0]                  run_o,
    output logic [events_pkg::Count-1:0] events_o
);

  // A float's scale, or an integer's, and the two shifts.
  localparam int unsigned FloatScaleBits = $clog2((1 << (ExponentBits - 1)) + FractionBits + 1) + 1;
  localparam int unsigned ScaleBits = 12;
  localparam int unsigned SigBits = FloatOut ? FractionBits + 1 : N;

  logic zero, infinite, nan, negative;
  logic signed [ScaleBits-1:0] scale;
  logic [SigBits-1:0] significand;

  if (FloatOut) begin : gen_float
    logic signed [FloatScaleBits-1:0] own_scale;
    float_decoder #(
        .ExponentBits(ExponentBits),
        .FractionBits(FractionBits),
        .Specials    (Specials)
    ) u_decode (
        .code_i       (bias_i),
        .zero_o       (zero),
        .infinite_o   (infinite),
        .nan_o        (nan),
        .negative_o   (negative),
        .scale_o      (own_scale),
        .significand_o(significand)
    );
    assign scale = ScaleBits'(own_scale) + ScaleBits'(product_shift_i);
    logic unused;
    assign unused = ^bias_shift_i;
  end else begin : gen_integer
    localparam int unsigned CountBits = $clog2(N);
    logic [CountBits-1:0] zeros;
    assign infinite = 1'b0;
    assign nan = 1'b0;
    assign negative = bias_i[N-1];
    normalizer #(
        .Width(N)
    ) u_normalise (
        .data_i (negative ? -bias_i : bias_i),
        .data_o (significand),
        .count_o(zeros),
        .zero_o (zero)
    );
    assign scale = ScaleBits'(N - 1) - ScaleBits'(zeros) + ScaleBits'(product_shift_i) - ScaleBits'(bias_shift_i);
  end

  logic [events_pkg::Count-1:0] events;
  float_accumulator #(
      .TermScaleBits(ScaleBits),
      .TermBits     (SigBits)
  ) u_add (
      .sum_i             (run_i),
      .term_zero_i       (zero),
      .term_infinite_i   (infinite),
      .term_nan_i        (nan),
      .term_negative_i   (negative),
      .term_scale_i      (scale),
      .term_significand_i(significand),
      .rounding_i        (rounding_pkg::Rne),
      .sum_o             (run_o),
      .events_o          (events)
  );
  assign events_o = events & events_pkg::Steps;

endmodule
