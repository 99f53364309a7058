// SPDX-License-Identifier: Apache-2.0
// flex_lane, each register at its next clock edge, whatever the registers hold: the last block closed by blocked_sum; then the bias
// as a block, ReLU, the range of the mantissa; and that what is not enabled stays.
module flex_lane_check #(
    parameter int unsigned N = 16,
    parameter int unsigned BlockBits = 2 * N + 5,
    localparam int unsigned SumBits = N > 20 ? N : 20
) (
    input  logic                         rst_ni,
    input  logic                         enable_i,
    input  logic                         valid_i,
    input  logic [SumBits+BlockBits-1:0] state_i,
    input  logic [7:0]                   product_shift_i,
    input  logic                         bias_valid_i,
    input  logic [N-1:0]                 bias_i,
    input  logic [7:0]                   bias_shift_i,
    input  logic                         relu_i,
    // What the registers hold.
    input  logic                         valid_q,
    input  logic                         valid_o,
    input  logic [SumBits-1:0]           sum_q,
    input  logic                         block_clamped_q,
    input  logic                         bias_valid_q,
    input  logic [N-1:0]                 bias_q,
    input  logic [7:0]                   bias_shift_q,
    input  logic                         relu_q,
    input  logic [N-1:0]                 code_o,
    input  logic [N-1:0]                 magnitude_o,
    input  logic                         overflow_o,
    input  logic [4:0]                   events_o,
    input  logic [4:0]                   block_events_o,
    input  logic [4:0]                   bias_events_o,
    output logic                         fails_o
);

  // What they take.
  logic next_valid_q, next_valid_o, next_block_clamped_q, next_bias_valid_q, next_relu_q, next_overflow_o;
  logic [SumBits-1:0] next_sum_q;
  logic [N-1:0] next_bias_q, next_code_o, next_magnitude_o;
  logic [7:0] next_bias_shift_q;
  logic [4:0] next_events_o, next_block_events_o, next_bias_events_o;

  dut u_dut (
      .clk_i(1'b0), .rst_ni, .enable_i, .valid_i, .state_i, .product_shift_i, .bias_valid_i, .bias_i, .bias_shift_i, .relu_i,
      .\valid_q.i (valid_q), .\valid_o.i (valid_o), .\sum_q.i (sum_q), .\block_clamped_q.i (block_clamped_q),
      .\bias_valid_q.i (bias_valid_q), .\bias_q.i (bias_q), .\bias_shift_q.i (bias_shift_q), .\relu_q.i (relu_q), .\code_o.i (code_o),
      .\magnitude_o.i (magnitude_o), .\overflow_o.i (overflow_o), .\events_o.i (events_o), .\block_events_o.i (block_events_o),
      .\bias_events_o.i (bias_events_o),
      .valid_q(next_valid_q), .valid_o(next_valid_o), .sum_q(next_sum_q), .block_clamped_q(next_block_clamped_q),
      .bias_valid_q(next_bias_valid_q), .bias_q(next_bias_q), .bias_shift_q(next_bias_shift_q), .relu_q(next_relu_q), .code_o(next_code_o),
      .magnitude_o(next_magnitude_o), .overflow_o(next_overflow_o), .events_o(next_events_o), .block_events_o(next_block_events_o),
      .bias_events_o(next_bias_events_o)
  );

  logic control_holds, takes, gives;
  lane_control u_control (.rst_ni, .enable_i, .valid_i, .valid_q, .valid_o, .next_valid_q, .next_valid_o, .takes_o(takes), .gives_o(gives),
                          .holds_o(control_holds));

  // Stage 1.
  logic [SumBits-1:0] closed;
  logic closed_clamped, first_holds;
  blocked_sum #(
      .SumBits  (SumBits),
      .BlockBits(BlockBits)
  ) u_block (
      .sum_i    (state_i[SumBits+BlockBits-1:BlockBits]),
      .block_i  (state_i[BlockBits-1:0]),
      .shift_i  (product_shift_i),
      .sum_o    (closed),
      .clamped_o(closed_clamped)
  );
  assign first_holds = {next_sum_q, next_block_clamped_q, next_bias_valid_q, next_bias_q, next_bias_shift_q, next_relu_q} ==
      (takes ? {closed, closed_clamped, bias_valid_i, bias_i, bias_shift_i, relu_i} :
               {sum_q, block_clamped_q, bias_valid_q, bias_q, bias_shift_q, relu_q});

  // Stage 2.
  logic [SumBits-1:0] biased;
  logic [N-1:0] bias;
  logic biased_clamped, second_holds, clamped;
  logic signed [31:0] rectified, greatest, least, stored, size;
  assign bias = bias_valid_q ? bias_q : '0;
  blocked_sum #(
      .SumBits  (SumBits),
      .BlockBits(N)
  ) u_bias (
      .sum_i    (sum_q),
      .block_i  (bias),
      .shift_i  (bias_shift_q),
      .sum_o    (biased),
      .clamped_o(biased_clamped)
  );
  assign rectified = relu_q && biased[SumBits-1] ? 32'sd0 : 32'(signed'(biased));
  assign greatest = (32'sd1 << (N - 1)) - 32'sd1;
  assign least = ~greatest;
  assign stored = rectified > greatest ? greatest : rectified < least ? least : rectified;
  assign size = stored < 0 ? 32'sd0 - stored : stored;
  assign clamped = stored != rectified;
  assign second_holds = {next_code_o, next_magnitude_o, next_overflow_o, next_events_o, next_block_events_o, next_bias_events_o} ==
      (gives ? {stored[N-1:0], size[N-1:0], size >= greatest, clamped, 3'd0, clamped, 4'd0, block_clamped_q, 4'd0, biased_clamped} :
               {code_o, magnitude_o, overflow_o, events_o, block_events_o, bias_events_o});
  assign fails_o = !control_holds || (rst_ni && !(first_holds && second_holds));

endmodule
