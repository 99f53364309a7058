// SPDX-License-Identifier: Apache-2.0
// Adds two decoded floats of different widths: a normalised significand and a sticky lowest bit, exact enough to be rounded
// once (any mode but stochastic) to at most max(ABits, BBits) significant bits. Combinational. x - x is +0; Inf - Inf is NaN.
module float_adder #(
    parameter int unsigned ScaleBits = 10,
    parameter int unsigned ABits = 24,  // significand bits of a
    parameter int unsigned BBits = 24,
    localparam int unsigned OperandBits = ABits > BBits ? ABits : BBits,
    localparam int unsigned SigBits = OperandBits + 4  // carry, operand, guard, round, sticky
) (
    input  logic                        a_zero_i,
    input  logic                        a_infinite_i,
    input  logic                        a_nan_i,
    input  logic                        a_negative_i,
    input  logic signed [ScaleBits-1:0] a_scale_i,
    input  logic        [ABits-1:0]     a_significand_i,
    input  logic                        b_zero_i,
    input  logic                        b_infinite_i,
    input  logic                        b_nan_i,
    input  logic                        b_negative_i,
    input  logic signed [ScaleBits-1:0] b_scale_i,
    input  logic        [BBits-1:0]     b_significand_i,
    output logic                        zero_o,
    output logic                        infinite_o,
    output logic                        nan_o,
    output logic                        negative_o,
    output logic signed [ScaleBits:0]   scale_o,
    output logic        [SigBits-1:0]   significand_o
);

  localparam int unsigned CountBits = $clog2(SigBits);

  logic [OperandBits-1:0] a_aligned, b_aligned, larger, smaller;
  logic a_is_large, large_negative, subtract;
  logic signed [ScaleBits:0] large_scale, small_scale;
  logic [ScaleBits:0] distance;
  logic [OperandBits+2:0] small_wide, small_kept, small_lost;
  logic [SigBits-1:0] sum;
  logic [CountBits-1:0] zeros;
  logic cancels;

  if (ABits < OperandBits) begin : gen_widen_a
    assign a_aligned = {a_significand_i, {(OperandBits - ABits) {1'b0}}};
  end else begin : gen_take_a
    assign a_aligned = a_significand_i;
  end
  if (BBits < OperandBits) begin : gen_widen_b
    assign b_aligned = {b_significand_i, {(OperandBits - BBits) {1'b0}}};
  end else begin : gen_take_b
    assign b_aligned = b_significand_i;
  end

  // A zero operand loses every comparison and contributes nothing.
  assign a_is_large = b_zero_i || (!a_zero_i && (a_scale_i > b_scale_i || (a_scale_i == b_scale_i && a_aligned >= b_aligned)));
  assign larger = a_is_large ? a_aligned : b_aligned;
  assign large_negative = a_is_large ? a_negative_i : b_negative_i;
  assign large_scale = a_is_large ? (ScaleBits + 1)'(a_scale_i) : (ScaleBits + 1)'(b_scale_i);
  assign small_scale = a_is_large ? (ScaleBits + 1)'(b_scale_i) : (ScaleBits + 1)'(a_scale_i);
  assign smaller = (a_is_large ? b_zero_i : a_zero_i) ? '0 : a_is_large ? b_aligned : a_aligned;
  assign subtract = a_negative_i ^ b_negative_i;

  // With a sticky bit two places below the operands' last bit, a difference that needs normalising by more than one bit is
  // exact, and one that needs one bit keeps guard and sticky apart.
  assign distance = large_scale - small_scale;
  assign small_wide = {smaller, 3'b000};
  assign small_kept = small_wide >> distance;
  assign small_lost = small_wide & ~({(OperandBits + 3) {1'b1}} << distance);
  assign sum = subtract ? {1'b0, larger, 3'b000} - {1'b0, small_kept[OperandBits+2:1], small_kept[0] | (small_lost != '0)}
                        : {1'b0, larger, 3'b000} + {1'b0, small_kept[OperandBits+2:1], small_kept[0] | (small_lost != '0)};

  normalizer #(
      .Width(SigBits)
  ) u_normalise (
      .data_i (sum),
      .data_o (significand_o),
      .count_o(zeros),
      .zero_o (cancels)
  );
  assign scale_o = large_scale + (ScaleBits + 1)'(1) - (ScaleBits + 1)'(zeros);

  assign nan_o = a_nan_i | b_nan_i | (a_infinite_i & b_infinite_i & subtract);
  assign infinite_o = a_infinite_i | b_infinite_i;
  // An infinity's scale and significand may happen to cancel a finite operand's.
  assign zero_o = ~infinite_o & ((a_zero_i & b_zero_i) | (~a_zero_i & ~b_zero_i & cancels));
  always_comb begin
    if (a_infinite_i) negative_o = a_negative_i;
    else if (b_infinite_i) negative_o = b_negative_i;
    else if (a_zero_i && b_zero_i) negative_o = a_negative_i & b_negative_i;
    else negative_o = large_negative & ~zero_o;
  end

endmodule
