// SPDX-License-Identifier: Apache-2.0
// Post-processing lane of Flexpoint: closes the last block, adds the bias as a block of its own, ReLU, saturates to the
// asymmetric mantissa range; the stored mantissa's magnitude goes to the exponent unit. Two stages. Interface: docs/rtl/lane.md.
module flex_lane #(
    parameter int unsigned N = 16,
    parameter int unsigned BlockBits = 2 * N + 5,
    localparam int unsigned SumBits = N > 20 ? N : 20,
    localparam int unsigned StateBits = SumBits + BlockBits
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         enable_i,
    input  logic                         valid_i,
    input  logic [StateBits-1:0]         state_i,          // running sum, block sum
    input  logic signed [command_pkg::ShiftBits-1:0] product_shift_i,
    input  logic                         bias_valid_i,
    input  logic signed [N-1:0]          bias_i,
    input  logic signed [command_pkg::ShiftBits-1:0] bias_shift_i,     // one bias LSB is 2^-shift output LSBs
    input  logic                         relu_i,
    output logic                         valid_o,
    output logic [N-1:0]                 code_o,
    output logic [N-1:0]                 magnitude_o,      // |stored|; -2^(N-1) counts as 2^(N-1)
    output logic                         overflow_o,       // magnitude_o >= 2^(N-1) - 1
    output logic [events_pkg::Count-1:0] events_o,         // of the saturation
    output logic [events_pkg::Count-1:0] block_events_o,   // of closing the last block
    output logic [events_pkg::Count-1:0] bias_events_o     // of adding the bias
);

  // Stage 1: the last block.
  logic signed [SumBits-1:0] closed_sum, sum_q;
  logic signed [N-1:0] bias_q;
  logic signed [command_pkg::ShiftBits-1:0] bias_shift_q;
  logic block_clamped, block_clamped_q, bias_valid_q, relu_q, valid_q;

  block_rounder #(
      .SumBits  (SumBits),
      .BlockBits(BlockBits)
  ) u_block (
      .sum_i    (state_i[StateBits-1-:SumBits]),
      .block_i  (state_i[BlockBits-1:0]),
      .shift_i  (product_shift_i),
      .sum_o    (closed_sum),
      .clamped_o(block_clamped)
  );

  always_ff @(posedge clk_i) begin
    if (enable_i && valid_i) begin
      sum_q <= closed_sum;
      block_clamped_q <= block_clamped;
      bias_valid_q <= bias_valid_i;
      bias_q <= bias_i;
      bias_shift_q <= bias_shift_i;
      relu_q <= relu_i;
    end
  end

  // Stage 2: bias, ReLU, saturation, statistics.
  logic signed [SumBits-1:0] biased_sum, rectified;
  logic bias_clamped, fits;
  logic [N-1:0] code;

  block_rounder #(
      .SumBits  (SumBits),
      .BlockBits(N)
  ) u_bias (
      .sum_i    (sum_q),
      .block_i  (bias_valid_q ? bias_q : '0),
      .shift_i  (bias_shift_q),
      .sum_o    (biased_sum),
      .clamped_o(bias_clamped)
  );
  assign rectified = relu_q && biased_sum[SumBits-1] ? '0 : biased_sum;
  assign fits = rectified[SumBits-1:N-1] == '0 || rectified[SumBits-1:N-1] == '1;
  assign code = fits ? rectified[N-1:0] : {rectified[SumBits-1], {(N - 1) {~rectified[SumBits-1]}}};

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
      magnitude_o <= code[N-1] ? -code : code;
      overflow_o <= code[N-1] ? code[N-2:0] <= (N - 1)'(1) : &code[N-2:0];
      events_o <= ({events_pkg::Count{~fits}} & events_pkg::Count'((1 << events_pkg::Saturation) | (1 << events_pkg::Inexact)));
      block_events_o <= events_pkg::Count'(block_clamped_q) << events_pkg::Saturation;
      bias_events_o <= events_pkg::Count'(bias_clamped) << events_pkg::Saturation;
    end
  end

endmodule
