// SPDX-License-Identifier: Apache-2.0
// Testbench frame around one processing element and one lane: the ports of tests/cosim/dot_unit.h. A register stands for the
// partial-sum bank.
module posit_harness #(
    parameter int unsigned N = 8,
    parameter int unsigned Es = 2,
    parameter int unsigned QuireBits = 4 * ((N - 2) << Es) + 32,
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

  localparam int unsigned StateBits = QuireBits + 1;

  logic [StateBits-1:0] state, saved_q, next;
  logic [N-1:0] code;

  always_ff @(posedge clk_i) begin
    if (save_i) saved_q <= state;
  end

  posit_pe #(
      .N        (N),
      .Es       (Es),
      .QuireBits(QuireBits),
      .Latency  (Latency)
  ) u_pe (
      .clk_i,
      .rst_ni,
      .enable_i,
      .valid_i,
      .load_i,
      .a_i     (a_i[N-1:0]),
      .b_i     (b_i[N-1:0]),
      .state_i (restore_i ? saved_q : '0),
      .state_o (state),
      .next_o(next),
      .events_o(step_events_o)
  );

  posit_lane #(
      .N        (N),
      .Es       (Es),
      .QuireBits(QuireBits)
  ) u_lane (
      .clk_i,
      .rst_ni,
      .enable_i,
      .valid_i      (lane_valid_i),
      .state_i      (state),
      .bias_valid_i,
      .bias_i       (bias_i[N-1:0]),
      .relu_i,
      .rounding_i,
      .key_i        (hash_pkg::tensor_key(seed_i, tensor_i)),
      .index_i,
      .valid_o      (lane_valid_o),
      .code_o       (code),
      .events_o,
      .bias_events_o
  );

  assign code_o = 64'(code);
  assign product_events_o = '0;
  assign block_events_o = '0;
  assign magnitude_o = '0;
  assign overflow_o = 1'b0;

  logic unused;
  assign unused = ^next ^ &{a_i, b_i, bias_i, close_i, product_shift_i, bias_shift_i, raw_i, step_rounding_i, lane_shift_i};

endmodule
