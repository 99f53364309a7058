// SPDX-License-Identifier: Apache-2.0
// Post-processing lane of posits: bias as one more exact term, ReLU, one rounding to a posit. Two stages. The lanes of all
// datapaths share this interface (docs/rtl/lane.md).
module posit_lane #(
    parameter int unsigned N = 16,  // of the output and of the bias
    parameter int unsigned Es = 2,
    parameter int unsigned PointBits = 2 * ((N - 2) << Es),  // the quire's LSB, minpos_a minpos_b, is 2^-PointBits
    parameter int unsigned QuireBits = 2 * PointBits + 32,
    parameter bit Underflow = 1'b0,   // of posit_encoder
    parameter bit Stochastic = 1'b1,  // 0: rounding_pkg::Sr is not used and its bits are not kept
    localparam int unsigned StateBits = QuireBits + 1
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         enable_i,       // both stages move
    input  logic                         valid_i,
    input  logic [StateBits-1:0]         state_i,        // NaR flag, quire
    input  logic                         bias_valid_i,
    input  logic [N-1:0]                 bias_i,
    input  logic                         relu_i,
    input  logic [2:0]                   rounding_i,
    input  logic [31:0]                  key_i,          // hash_pkg::tensor_key(seed, tensor)
    input  logic [63:0]                  index_i,        // logical output element
    output logic                         valid_o,
    output logic [N-1:0]                 code_o,
    output logic [events_pkg::Count-1:0] events_o,       // of the output rounding
    output logic [events_pkg::Count-1:0] bias_events_o   // of the bias addition
);

  localparam int unsigned MaxScale = (N - 2) << Es;
  localparam int unsigned DecodedScaleBits = $clog2(MaxScale + 1) + 1;
  localparam int unsigned SigBits = N > Es + 3 ? N - 2 - Es : 1;
  // A bias may be finer than every product: the register then goes on below the quire's LSB.
  localparam int unsigned ExtraBits = MaxScale > PointBits ? MaxScale - PointBits : 0;
  localparam int unsigned RegisterBits = QuireBits + ExtraBits;
  localparam int unsigned RegisterPointBits = PointBits + ExtraBits;
  // Of the largest bias, or of the largest product.
  localparam int unsigned BiasPosition = MaxScale + RegisterPointBits;
  localparam int unsigned MaxPosition = BiasPosition > 2 * PointBits ? BiasPosition : 2 * PointBits;
  localparam int unsigned PositionBits = $clog2(MaxPosition + 1);
  localparam int unsigned ScaleBits = $clog2(RegisterBits + RegisterPointBits + 1) + 1;
  localparam int unsigned FractionBits = (N > Es + 3 ? N - 2 - Es : 1) + (Stochastic ? 32 : 0);
  localparam int unsigned CountBits = $clog2(RegisterBits);
  // The magnitude with at least FractionBits below its leading one.
  localparam int unsigned PaddedBits = RegisterBits > FractionBits + 1 ? RegisterBits : FractionBits + 1;

  // Stage 1: bias, ReLU, first hash.
  logic bias_zero, bias_nar, bias_negative;
  logic signed [DecodedScaleBits-1:0] bias_scale;
  logic [SigBits-1:0] bias_significand;
  logic [PositionBits-1:0] bias_position;
  logic [RegisterBits:0] entering, biased;
  logic [events_pkg::Count-1:0] bias_events;

  posit_decoder #(
      .N (N),
      .Es(Es)
  ) u_decode (
      .code_i       (bias_i),
      .zero_o       (bias_zero),
      .nar_o        (bias_nar),
      .negative_o   (bias_negative),
      .scale_o      (bias_scale),
      .significand_o(bias_significand)
  );
  assign bias_position = PositionBits'(bias_scale) + PositionBits'(RegisterPointBits);
  assign entering = {state_i, {ExtraBits{1'b0}}};
  posit_term #(
      .QuireBits   (QuireBits),
      .FullBits    (2 * PointBits + 32),
      .MaxPosition (MaxPosition),
      .ExtraBits   (ExtraBits),
      .SigBits     (SigBits),
      .FractionBits(SigBits - 1)
  ) u_bias (
      .state_i      (entering),
      .zero_i       (bias_zero | ~bias_valid_i),
      .nar_i        (bias_nar & bias_valid_i),
      .negative_i   (bias_negative),
      .position_i   (bias_position),
      .significand_i(bias_significand),
      .state_o      (biased),
      .events_o     (bias_events)
  );

  logic valid_q;
  logic [RegisterBits:0] state_q;
  logic [31:0] hash_q, index_low_q;
  logic [2:0] rounding_q;
  logic [events_pkg::Count-1:0] bias_events_q;

  always_ff @(posedge clk_i) begin
    if (enable_i && valid_i) begin
      state_q <= relu_i && biased[RegisterBits-1] ? {biased[RegisterBits], {RegisterBits{1'b0}}} : biased;
      hash_q <= hash_pkg::lowbias32(key_i ^ index_i[63:32]);
      index_low_q <= index_i[31:0];
      rounding_q <= rounding_i;
      bias_events_q <= bias_valid_i ? bias_events : '0;
    end
  end

  // Stage 2: normalise, second hash, encode.
  logic [RegisterBits-1:0] magnitude, normalised;
  logic [CountBits-1:0] zeros;
  logic is_zero, sticky;
  logic [PaddedBits-1:0] padded;
  logic signed [ScaleBits-1:0] scale;
  logic [31:0] random_bits;
  logic [N-1:0] code;
  logic [events_pkg::Count-1:0] events;

  assign magnitude = state_q[RegisterBits-1] ? -state_q[RegisterBits-1:0] : state_q[RegisterBits-1:0];
  normalizer #(
      .Width(RegisterBits)
  ) u_normalise (
      .data_i (magnitude),
      .data_o (normalised),
      .count_o(zeros),
      .zero_o (is_zero)
  );
  assign scale = ScaleBits'(RegisterBits - 1) - ScaleBits'(RegisterPointBits) - ScaleBits'(zeros);
  if (PaddedBits > RegisterBits) begin : gen_pad
    assign padded = {normalised, {(PaddedBits - RegisterBits) {1'b0}}};
  end else begin : gen_whole
    assign padded = normalised;
  end
  if (PaddedBits > FractionBits + 1) begin : gen_sticky
    assign sticky = padded[PaddedBits-FractionBits-2:0] != '0;
  end else begin : gen_exact
    assign sticky = 1'b0;
  end
  assign random_bits = hash_pkg::lowbias32(hash_q ^ index_low_q);

  posit_encoder #(
      .N           (N),
      .Es          (Es),
      .ScaleBits   (ScaleBits),
      .FractionBits(FractionBits),
      .Underflow   (Underflow)
  ) u_encode (
      .zero_i    (is_zero),
      .nar_i     (state_q[RegisterBits]),
      .negative_i(state_q[RegisterBits-1]),
      .scale_i   (scale),
      .fraction_i(padded[PaddedBits-2-:FractionBits]),
      .sticky_i  (sticky),
      .rounding_i(rounding_q),
      .random_i  (random_bits),
      .code_o    (code),
      .events_o  (events)
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
      bias_events_o <= bias_events_q;
    end
  end

endmodule
