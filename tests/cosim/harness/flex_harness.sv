// SPDX-License-Identifier: Apache-2.0
// Testbench frame around one processing element and one lane: the ports of tests/cosim/dot_unit.h. A register stands for the
// partial-sum bank.
module flex_harness #(
    parameter int unsigned N = 16,
    parameter int unsigned BlockBits = 2 * N + 5,
    parameter int unsigned Latency = 1
) (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        enable_i,
    input  logic        valid_i,
    input  logic        load_i,
    input  logic        close_i,
    input  logic        restore_i,
    input  logic        save_i,
    input  logic [31:0] a_i,
    input  logic [31:0] b_i,
    input  logic [2:0]  step_rounding_i,
    input  logic [7:0]  product_shift_i,
    input  logic        lane_valid_i,
    input  logic [7:0]  lane_shift_i,
    input  logic        bias_valid_i,
    input  logic [31:0] bias_i,
    input  logic [7:0]  bias_shift_i,
    input  logic        relu_i,
    input  logic        raw_i,
    input  logic [2:0]  rounding_i,
    input  logic [31:0] seed_i,
    input  logic [31:0] tensor_i,
    input  logic [63:0] index_i,
    output logic [4:0]  step_events_o,
    output logic [4:0]  product_events_o,
    output logic        lane_valid_o,
    output logic [63:0] code_o,
    output logic [4:0]  events_o,
    output logic [4:0]  bias_events_o,
    output logic [4:0]  block_events_o,
    output logic [63:0] magnitude_o,
    output logic        overflow_o
);

  localparam int unsigned StateBits = (N > 20 ? N : 20) + BlockBits;

  logic [N-1:0] code, magnitude;
  logic [4:0] block_events;
  logic [StateBits-1:0] state, saved_q, next;

  always_ff @(posedge clk_i) begin
    if (save_i) saved_q <= state;
  end

  flex_pe #(
      .N        (N),
      .BlockBits(BlockBits),
      .Latency  (Latency)
  ) u_pe (
      .clk_i,
      .rst_ni,
      .enable_i,
      .valid_i,
      .load_i,
      .close_i,
      .a_i            (a_i[N-1:0]),
      .b_i            (b_i[N-1:0]),
      .product_shift_i,
      .state_i        (restore_i ? saved_q : '0),
      .state_o        (state),
      .next_o(next),
      .events_o       (step_events_o),
      .round_events_o (product_events_o)
  );

  flex_lane #(
      .N        (N),
      .BlockBits(BlockBits)
  ) u_lane (
      .clk_i,
      .rst_ni,
      .enable_i,
      .valid_i        (lane_valid_i),
      .state_i        (state),
      .product_shift_i(lane_shift_i),
      .bias_valid_i,
      .bias_i         (bias_i[N-1:0]),
      .bias_shift_i,
      .relu_i,
      .valid_o        (lane_valid_o),
      .code_o         (code),
      .magnitude_o    (magnitude),
      .overflow_o,
      .events_o,
      .block_events_o (block_events),
      .bias_events_o
  );

  assign code_o = 64'(code);
  assign magnitude_o = 64'(magnitude);
  assign block_events_o = block_events;

  logic unused;
  assign unused = ^next ^ &{a_i, b_i, bias_i, raw_i, rounding_i, step_rounding_i, seed_i, tensor_i, index_i};

endmodule
