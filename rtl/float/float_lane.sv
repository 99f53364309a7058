// SPDX-License-Identifier: Apache-2.0
// Post-processing lane of floats: the bias is the last rounded addition, then ReLU; under `fp32` one rounding to the element
// format. Two stages. Interface: docs/rtl/lane.md.
module float_lane #(
    parameter int unsigned ExponentBits = 8,
    parameter int unsigned FractionBits = 23,
    parameter int unsigned Specials = float_pkg::InfNan,
    parameter bit Fp32 = 1'b0,
    parameter bit Stochastic = 1'b1,  // `fp32` only; 0: rounding_pkg::Sr is not used
    localparam int unsigned CodeBits = 1 + ExponentBits + FractionBits,
    localparam int unsigned StateBits = Fp32 ? 32 : CodeBits
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         enable_i,
    input  logic                         valid_i,
    input  logic [StateBits-1:0]         state_i,
    input  logic                         bias_valid_i,
    input  logic [CodeBits-1:0]          bias_i,
    input  logic                         relu_i,
    input  logic [2:0]                   rounding_i,
    input  logic [31:0]                  key_i,         // hash_pkg::tensor_key(seed, tensor)
    input  logic [63:0]                  index_i,       // logical output element
    output logic                         valid_o,
    output logic [CodeBits-1:0]          code_o,
    output logic [events_pkg::Count-1:0] events_o,      // of the output rounding (`fp32`)
    output logic [events_pkg::Count-1:0] bias_events_o  // of the bias addition
);

  localparam int unsigned SumExponentBits = Fp32 ? 8 : ExponentBits;
  localparam int unsigned SumFractionBits = Fp32 ? 23 : FractionBits;
  localparam int unsigned SumSpecials = Fp32 ? float_pkg::InfNan : Specials;
  localparam int unsigned BiasScaleBits = $clog2((1 << (ExponentBits - 1)) + FractionBits + 1) + 1;
  localparam int unsigned SumScaleBits = $clog2((1 << (SumExponentBits - 1)) + SumFractionBits + 1) + 1;

  // Stage 1: bias, first hash.
  logic bias_zero, bias_infinite, bias_nan, bias_negative;
  logic signed [BiasScaleBits-1:0] bias_scale;
  logic [FractionBits:0] bias_significand;
  logic [StateBits-1:0] biased;
  logic [events_pkg::Count-1:0] bias_events;

  float_decoder #(
      .ExponentBits(ExponentBits),
      .FractionBits(FractionBits),
      .Specials    (Specials)
  ) u_decode_bias (
      .code_i       (bias_i),
      .zero_o       (bias_zero),
      .infinite_o   (bias_infinite),
      .nan_o        (bias_nan),
      .negative_o   (bias_negative),
      .scale_o      (bias_scale),
      .significand_o(bias_significand)
  );
  float_accumulator #(
      .ExponentBits (SumExponentBits),
      .FractionBits (SumFractionBits),
      .Specials     (SumSpecials),
      .TermScaleBits(BiasScaleBits),
      .TermBits     (FractionBits + 1)
  ) u_bias (
      .sum_i             (state_i),
      .term_zero_i       (bias_zero),
      .term_infinite_i   (bias_infinite),
      .term_nan_i        (bias_nan),
      .term_negative_i   (bias_negative),
      .term_scale_i      (bias_scale),
      .term_significand_i(bias_significand),
      .rounding_i        (Fp32 ? rounding_pkg::Rne : rounding_i),
      .sum_o             (biased),
      .events_o          (bias_events)
  );

  logic valid_q, relu_q;
  logic [StateBits-1:0] state_q;
  logic [31:0] hash_q, index_low_q;
  logic [2:0] rounding_q;
  logic [events_pkg::Count-1:0] bias_events_q;

  always_ff @(posedge clk_i) begin
    if (enable_i && valid_i) begin
      state_q <= bias_valid_i ? biased : state_i;
      bias_events_q <= bias_valid_i ? bias_events & events_pkg::Steps : '0;
      relu_q <= relu_i;
      hash_q <= hash_pkg::lowbias32(key_i ^ index_i[63:32]);
      index_low_q <= index_i[31:0];
      rounding_q <= rounding_i;
    end
  end

  // Stage 2: ReLU, output rounding. A negative sign is what ReLU clears, -0 and -Inf included; NaN is canonical and positive.
  logic [StateBits-1:0] rectified;
  logic [CodeBits-1:0] code;
  logic [events_pkg::Count-1:0] events;

  assign rectified = relu_q && state_q[StateBits-1] ? '0 : state_q;

  if (Fp32) begin : gen_round
    logic zero, infinite, nan, negative;
    logic signed [SumScaleBits-1:0] scale;
    logic [SumFractionBits:0] significand;

    float_decoder #(
        .ExponentBits(SumExponentBits),
        .FractionBits(SumFractionBits),
        .Specials    (SumSpecials)
    ) u_decode_sum (
        .code_i       (rectified),
        .zero_o       (zero),
        .infinite_o   (infinite),
        .nan_o        (nan),
        .negative_o   (negative),
        .scale_o      (scale),
        .significand_o(significand)
    );
    float_encoder #(
        .ExponentBits(ExponentBits),
        .FractionBits(FractionBits),
        .Specials    (Specials),
        .ScaleBits   (SumScaleBits),
        .SigBits     (SumFractionBits + 1),
        .Stochastic  (Stochastic)
    ) u_round (
        .zero_i       (zero),
        .infinite_i   (infinite),
        .nan_i        (nan),
        .negative_i   (negative),
        .scale_i      (scale),
        .significand_i(significand),
        .sticky_i     (1'b0),
        .rounding_i   (rounding_q),
        .random_i     (hash_pkg::lowbias32(hash_q ^ index_low_q)),
        .code_o       (code),
        .events_o     (events)
    );
  end else begin : gen_pack
    // The sum is a value of the format already.
    logic unused;
    assign unused = ^{hash_q, index_low_q, rounding_q};
    assign code = rectified;
    assign events = '0;
  end

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
      bias_events_o <= bias_events_q;
    end
  end

endmodule
