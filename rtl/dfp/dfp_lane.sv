// SPDX-License-Identifier: Apache-2.0
// Post-processing lane of dfp, sdfp and fixed. Bias as one more exact term, ReLU, then either the accumulator itself (dfp and
// sdfp, whose exponent is chosen from the finished tensor) or a shift, one rounding and symmetric saturation (fixed, and the
// second pass of dfp and sdfp). Two stages. Interface: docs/rtl/lane.md.
module dfp_lane #(
    parameter int unsigned N = 8,
    parameter int unsigned AccBits = 32
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         enable_i,
    input  logic                         valid_i,
    input  logic [AccBits-1:0]           state_i,
    input  logic                         bias_valid_i,
    input  logic signed [N-1:0]          bias_i,
    input  logic [command_pkg::ShiftBits-1:0] bias_left_i,   // one bias LSB is 2^bias_left accumulator LSBs
    input  logic                         relu_i,
    input  logic                         raw_i,         // store the accumulator
    input  logic signed [command_pkg::ShiftBits-1:0] shift_i,       // one accumulator LSB is 2^-shift output LSBs
    input  logic [2:0]                   rounding_i,
    input  logic [31:0]                  key_i,         // hash_pkg::tensor_key(seed, tensor)
    input  logic [63:0]                  index_i,       // logical output element
    output logic                         valid_o,
    output logic [63:0]                  word_o,        // sign-extended accumulator, or the mantissa in the low N bits
    output logic [63:0]                  magnitude_o,   // |stored|
    output logic                         overflow_o,    // the lane clamped
    output logic [events_pkg::Count-1:0] events_o,      // of the output rounding
    output logic [events_pkg::Count-1:0] bias_events_o  // of the bias addition
);

  // A bias of one at 2^AccBits leaves the range of the sum whatever the sum, and any other but zero lies farther out on its side:
  // farther left shifts saturate alike.
  localparam int unsigned BiasBits = N + AccBits;
  localparam logic [command_pkg::ShiftBits-1:0] MaxLeft = command_pkg::ShiftBits'(AccBits);

  // Stage 1: bias, ReLU, first hash.
  logic [command_pkg::ShiftBits-1:0] left;
  logic signed [BiasBits-1:0] bias;
  logic [AccBits-1:0] biased;
  logic bias_saturates;

  assign left = bias_left_i > MaxLeft ? MaxLeft : bias_left_i;
  assign bias = bias_valid_i ? BiasBits'(bias_i) <<< left : '0;
  saturating_adder #(
      .SumBits (AccBits),
      .TermBits(BiasBits)
  ) u_bias (
      .sum_i      (state_i),
      .term_i     (bias),
      .sum_o      (biased),
      .saturates_o(bias_saturates)
  );

  logic valid_q, raw_q, bias_saturates_q;
  logic [AccBits-1:0] state_q;
  logic signed [command_pkg::ShiftBits-1:0] shift_q;
  logic [31:0] hash_q, index_low_q;
  logic [2:0] rounding_q;

  always_ff @(posedge clk_i) begin
    if (enable_i && valid_i) begin
      state_q <= relu_i && biased[AccBits-1] ? '0 : biased;
      raw_q <= raw_i;
      shift_q <= shift_i;
      hash_q <= hash_pkg::lowbias32(key_i ^ index_i[63:32]);
      index_low_q <= index_i[31:0];
      rounding_q <= rounding_i;
      bias_saturates_q <= bias_saturates;
    end
  end

  // Stage 2: shift, round, saturate.
  logic [N-1:0] code, code_magnitude;
  logic [events_pkg::Count-1:0] events;
  logic [AccBits-1:0] magnitude;

  assign magnitude = state_q[AccBits-1] ? -state_q : state_q;
  shift_round #(
      .N      (N),
      .AccBits(AccBits)
  ) u_round (
      .negative_i (state_q[AccBits-1]),
      .magnitude_i(magnitude),
      .shift_i    (shift_q),
      .rounding_i (rounding_q),
      .random_i   (hash_pkg::lowbias32(hash_q ^ index_low_q)),
      .code_o     (code),
      .magnitude_o(code_magnitude),
      .events_o   (events)
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
      word_o <= raw_q ? 64'(signed'(state_q)) : 64'(code);
      magnitude_o <= raw_q ? 64'(magnitude) : 64'(code_magnitude);
      overflow_o <= bias_saturates_q || (!raw_q && events[events_pkg::Saturation]);
      events_o <= raw_q ? '0 : events;
      bias_events_o <= events_pkg::Count'(bias_saturates_q) << events_pkg::Saturation;
    end
  end

endmodule
