// SPDX-License-Identifier: Apache-2.0
// Post-processing lane of integer sums that leave as a float: the bias, itself a float, is added to the finished sum, exactly; then
// ReLU and the one rounding. Two stages. Interface: docs/rtl/lane.md.
module dfp_float_lane #(
    parameter int unsigned AccBits = 32,
    parameter int unsigned ExponentBits = 8,  // of the output and of the bias
    parameter int unsigned FractionBits = 23,
    parameter int unsigned Specials = float_pkg::InfNan,
    parameter bit Stochastic = 1'b1,          // 0: rounding_pkg::Sr is not used and its bits are not kept
    localparam int unsigned CodeBits = 1 + ExponentBits + FractionBits
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         enable_i,
    input  logic                         valid_i,
    input  logic [AccBits-1:0]           state_i,
    input  logic                         bias_valid_i,
    input  logic [CodeBits-1:0]          bias_i,
    input  logic                         relu_i,
    input  logic signed [command_pkg::ShiftBits-1:0] shift_i,  // one accumulator LSB is 2^-shift
    input  logic [2:0]                   rounding_i,
    input  logic [31:0]                  key_i,         // hash_pkg::tensor_key(seed, tensor)
    input  logic [63:0]                  index_i,       // logical output element
    output logic                         valid_o,
    output logic [CodeBits-1:0]          code_o,
    output logic [events_pkg::Count-1:0] events_o       // of the output rounding
);

  localparam int unsigned BiasScaleBits = $clog2((1 << (ExponentBits - 1)) + FractionBits + 1) + 1;
  // AccBits - 1 less the farthest shift, either way.
  localparam int unsigned IntegerScaleBits = $clog2(AccBits + (1 << (command_pkg::ShiftBits - 1))) + 1;
  localparam int unsigned ScaleBits = IntegerScaleBits > BiasScaleBits ? IntegerScaleBits : BiasScaleBits;
  localparam int unsigned CountBits = $clog2(AccBits);
  // The adder's result is exact for one rounding to as many bits as its wider operand has: those that are kept and, for stochastic
  // rounding, the 32 behind them.
  localparam int unsigned WantedBits = FractionBits + 1 + (Stochastic ? 32 : 0);
  localparam int unsigned IntegerBits = AccBits > WantedBits ? AccBits : WantedBits;
  localparam int unsigned SigBits = IntegerBits + 4;

  // Stage 1: normalise, bias, first hash.
  logic bias_zero, bias_infinite, bias_nan, bias_negative, integer_zero;
  logic signed [BiasScaleBits-1:0] bias_scale;
  logic [FractionBits:0] bias_significand;
  logic [AccBits-1:0] magnitude, normalised;
  logic [CountBits-1:0] zeros;
  logic [IntegerBits-1:0] integer_significand;
  logic signed [ScaleBits-1:0] integer_scale;

  assign magnitude = state_i[AccBits-1] ? -state_i : state_i;
  normalizer #(
      .Width(AccBits)
  ) u_normalise (
      .data_i (magnitude),
      .data_o (normalised),
      .count_o(zeros),
      .zero_o (integer_zero)
  );
  assign integer_significand = IntegerBits'(normalised) << (IntegerBits - AccBits);
  assign integer_scale = ScaleBits'(AccBits - 1) - ScaleBits'(zeros) - ScaleBits'(shift_i);

  float_decoder #(
      .ExponentBits(ExponentBits),
      .FractionBits(FractionBits),
      .Specials    (Specials)
  ) u_decode_bias (
      .code_i       (bias_valid_i ? bias_i : '0),
      .zero_o       (bias_zero),
      .infinite_o   (bias_infinite),
      .nan_o        (bias_nan),
      .negative_o   (bias_negative),
      .scale_o      (bias_scale),
      .significand_o(bias_significand)
  );

  logic zero, infinite, nan, negative;
  logic signed [ScaleBits:0] scale;
  logic [SigBits-1:0] significand;
  float_adder #(
      .ScaleBits(ScaleBits),
      .ABits    (IntegerBits),
      .BBits    (FractionBits + 1)
  ) u_bias (
      .a_zero_i       (integer_zero),
      .a_infinite_i   (1'b0),
      .a_nan_i        (1'b0),
      .a_negative_i   (state_i[AccBits-1]),
      .a_scale_i      (integer_scale),
      .a_significand_i(integer_significand),
      .b_zero_i       (bias_zero),
      .b_infinite_i   (bias_infinite),
      .b_nan_i        (bias_nan),
      .b_negative_i   (bias_negative),
      .b_scale_i      (ScaleBits'(bias_scale)),
      .b_significand_i(bias_significand),
      .zero_o         (zero),
      .infinite_o     (infinite),
      .nan_o          (nan),
      .negative_o     (negative),
      .scale_o        (scale),
      .significand_o  (significand)
  );

  // ReLU: what is negative becomes +0. The encoder lets a NaN win over it.
  logic clears;
  assign clears = relu_i & negative;

  logic valid_q, zero_q, infinite_q, nan_q, negative_q;
  logic signed [ScaleBits:0] scale_q;
  logic [SigBits-1:0] significand_q;
  logic [31:0] hash_q, index_low_q;
  logic [2:0] rounding_q;

  always_ff @(posedge clk_i) begin
    if (enable_i && valid_i) begin
      zero_q <= zero | clears;
      infinite_q <= infinite & ~clears;
      nan_q <= nan;
      negative_q <= negative & ~clears;
      scale_q <= scale;
      significand_q <= significand;
      hash_q <= hash_pkg::lowbias32(key_i ^ index_i[63:32]);
      index_low_q <= index_i[31:0];
      rounding_q <= rounding_i;
    end
  end

  // Stage 2: second hash, output rounding.
  logic [CodeBits-1:0] code;
  logic [events_pkg::Count-1:0] events;
  float_encoder #(
      .ExponentBits(ExponentBits),
      .FractionBits(FractionBits),
      .Specials    (Specials),
      .ScaleBits   (ScaleBits + 1),
      .SigBits     (SigBits),
      .Stochastic  (Stochastic)
  ) u_round (
      .zero_i       (zero_q),
      .infinite_i   (infinite_q),
      .nan_i        (nan_q),
      .negative_i   (negative_q),
      .scale_i      (scale_q),
      .significand_i(significand_q),
      .sticky_i     (1'b0),
      .rounding_i   (rounding_q),
      .random_i     (hash_pkg::lowbias32(hash_q ^ index_low_q)),
      .code_o       (code),
      .events_o     (events)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      valid_o <= 1'b0;
    end else if (enable_i) begin
      valid_q <= valid_i;
      valid_o <= valid_q;
    end
  end
  always_ff @(posedge clk_i) begin
    if (enable_i && valid_q) begin
      code_o <= code;
      events_o <= events;
    end
  end

endmodule
