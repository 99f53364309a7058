// SPDX-License-Identifier: Apache-2.0
// Post-processing lane of dfp and sdfp under `chained`: closes the last chain, adds the bias to the binary32 running sum, ReLU; then
// either one rounding to a float, or the sum as the integer that it is (dfp and sdfp, whose exponent is chosen from the finished
// tensor). Two stages. Interface: docs/rtl/lane.md.
module dfp_chain_lane #(
    parameter int unsigned ChainBits = 37,
    parameter bit FloatOut = 1'b1,            // 0: the sum as an integer
    parameter int unsigned N = 32,            // of the output's codes and of the bias; floats: 1 + ExponentBits + FractionBits
    parameter int unsigned ExponentBits = 8,  // of a float
    parameter int unsigned FractionBits = 23,
    parameter int unsigned Specials = float_pkg::InfNan,
    parameter bit Stochastic = 1'b1,          // 0: rounding_pkg::Sr is not used and its bits are not kept
    localparam int unsigned StateBits = 32 + ChainBits
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         enable_i,
    input  logic                         valid_i,
    input  logic [StateBits-1:0]         state_i,          // running sum's code, chain's sum
    input  logic                         bias_valid_i,
    input  logic [N-1:0]                 bias_i,
    input  logic signed [command_pkg::ShiftBits-1:0] product_shift_i,  // one product LSB is 2^-shift output LSBs (1, of a float)
    input  logic signed [command_pkg::ShiftBits-1:0] bias_shift_i,     // integers: one bias LSB is 2^-shift product LSBs
    input  logic                         relu_i,
    input  logic [2:0]                   rounding_i,
    input  logic [31:0]                  key_i,            // hash_pkg::tensor_key(seed, tensor)
    input  logic [63:0]                  index_i,          // logical output element
    output logic                         valid_o,
    output logic [63:0]                  word_o,           // the code in the low N bits, or the integer
    output logic [63:0]                  magnitude_o,      // |stored integer|
    output logic                         overflow_o,       // the integer was clamped
    output logic [events_pkg::Count-1:0] events_o,         // of the output rounding, or of the clamp
    output logic [events_pkg::Count-1:0] block_events_o,   // of closing the last chain
    output logic [events_pkg::Count-1:0] bias_events_o     // of adding the bias
);

  if (FloatOut && N != 1 + ExponentBits + FractionBits) begin : gen_parameter_check
    $fatal(1, "dfp_chain_lane: a float has 1 + ExponentBits + FractionBits bits");
  end

  // Stage 1: the last chain, first hash.
  logic [31:0] closed, run_q;
  logic [events_pkg::Count-1:0] closing, closing_q;
  logic bias_valid_q, relu_q, valid_q;
  logic [N-1:0] bias_q;
  logic signed [command_pkg::ShiftBits-1:0] product_shift_q, bias_shift_q;
  logic [31:0] hash_q, index_low_q;
  logic [2:0] rounding_q;

  chain_adder #(
      .ChainBits(ChainBits)
  ) u_close (
      .run_i   (state_i[StateBits-1-:32]),
      .chain_i (state_i[ChainBits-1:0]),
      .run_o   (closed),
      .events_o(closing)
  );

  always_ff @(posedge clk_i) begin
    if (enable_i && valid_i) begin
      run_q <= closed;
      closing_q <= closing;
      bias_valid_q <= bias_valid_i;
      bias_q <= bias_i;
      product_shift_q <= product_shift_i;
      bias_shift_q <= bias_shift_i;
      relu_q <= relu_i;
      hash_q <= hash_pkg::lowbias32(key_i ^ index_i[63:32]);
      index_low_q <= index_i[31:0];
      rounding_q <= rounding_i;
    end
  end

  // Stage 2: bias, ReLU, second hash, output.
  logic [31:0] biased, rectified;
  logic [events_pkg::Count-1:0] bias_events, events;
  logic [63:0] word, magnitude;
  logic overflow;

  dfp_chain_bias #(
      .FloatOut    (FloatOut),
      .N           (N),
      .ExponentBits(ExponentBits),
      .FractionBits(FractionBits),
      .Specials    (Specials)
  ) u_bias (
      .run_i          (run_q),
      .bias_i         (bias_q),
      .product_shift_i(product_shift_q),
      .bias_shift_i   (bias_shift_q),
      .run_o          (biased),
      .events_o       (bias_events)
  );

  logic [31:0] sum;
  assign sum = bias_valid_q ? biased : run_q;

  // A negative sign is what ReLU clears, -0 and -Inf included; NaN is canonical and positive.
  assign rectified = relu_q && sum[31] ? '0 : sum;

  logic zero, infinite, nan, negative;
  logic signed [8:0] scale;
  logic [23:0] significand;
  float_decoder u_decode (
      .code_i       (rectified),
      .zero_o       (zero),
      .infinite_o   (infinite),
      .nan_o        (nan),
      .negative_o   (negative),
      .scale_o      (scale),
      .significand_o(significand)
  );

  if (FloatOut) begin : gen_float
    localparam int unsigned ScaleBits = 10;  // a binary32's, less a shift
    logic [N-1:0] code;
    float_encoder #(
        .ExponentBits(ExponentBits),
        .FractionBits(FractionBits),
        .Specials    (Specials),
        .ScaleBits   (ScaleBits),
        .SigBits     (24),
        .Stochastic  (Stochastic)
    ) u_round (
        .zero_i       (zero),
        .infinite_i   (infinite),
        .nan_i        (nan),
        .negative_i   (negative),
        .scale_i      (ScaleBits'(scale) - ScaleBits'(product_shift_q)),
        .significand_i(significand),
        .sticky_i     (1'b0),
        .rounding_i   (rounding_q),
        .random_i     (hash_pkg::lowbias32(hash_q ^ index_low_q)),
        .code_o       (code),
        .events_o     (events)
    );
    assign word = 64'(code);
    assign magnitude = '0;
    assign overflow = 1'b0;
  end else begin : gen_integer
    // Chains and whole biases: a sum has no fraction. From 2^63 on it becomes the largest word.
    logic [86:0] shifted;
    assign overflow = ~zero & (infinite | nan | (scale >= 9'sd63));
    assign shifted = {63'd0, significand} << scale[5:0];
    assign magnitude = overflow ? {1'b0, {63{1'b1}}} : zero ? '0 : shifted[86:23];
    assign word = negative ? -magnitude : magnitude;
    assign events = events_pkg::Count'(overflow) << events_pkg::Saturation;
    logic unused;
    assign unused = ^{product_shift_q, rounding_q, hash_q, index_low_q, shifted[22:0]};
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
      word_o <= word;
      magnitude_o <= magnitude;
      overflow_o <= overflow;
      events_o <= events;
      block_events_o <= closing_q;
      bias_events_o <= bias_valid_q ? bias_events : '0;
    end
  end

endmodule
