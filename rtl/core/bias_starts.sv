// SPDX-License-Identifier: Apache-2.0
// What the sums of each column start from: zero, or where bias_first the bias of the column block that an A vector meets when it enters
// the array. The events of making it are counted for every sum that starts so.
module bias_starts #(
    parameter core_config_pkg::core_config_t Config = core_config_pkg::Default,
    parameter int unsigned StateBits = 32,  // of an element's state
    parameter int unsigned CountBits = 16,  // of counts: Rows * Cols fits
    localparam int unsigned Cols = 32'(Config.cols),
    localparam int unsigned OutBits = 32'(Config.out.n),
    localparam int unsigned ColBits = $clog2(Cols + 1),
    localparam int unsigned BlockBits = 32'(Config.bias_blocks) > 1 ? $clog2(32'(Config.bias_blocks)) : 1
) (
    input  logic                              clk_i,
    input  logic                              clear_i,    // a command begins
    input  logic                              bias_i,     // it has a bias
    input  logic                              vector_i,   // an A vector enters
    input  logic [CountBits-1:0]              starts_i,   // sums of a column that start from this vector's: os the rows, ws one
    input  logic [31:0]                       n0_i,       // first column of its block
    input  logic [ColBits-1:0]                c_i,        // columns in use
    input  logic signed [command_pkg::ShiftBits-1:0] product_shift_i,
    input  logic signed [command_pkg::ShiftBits-1:0] bias_shift_i,
    output logic [BlockBits-1:0]              block_o,    // of the bias memory, read in the same clock
    input  logic [Cols*OutBits-1:0]           biases_i,
    output logic [Cols*StateBits-1:0]         starts_o,   // zero without a bias
    output logic [events_pkg::Count*CountBits-1:0] counts_o  // events of all columns' sums, on the vector's clock
);

  if (Config.bias_first == 8'd0) begin : gen_zero
    logic unused;
    assign unused = ^{clk_i, clear_i, bias_i, vector_i, starts_i, n0_i, c_i, product_shift_i, bias_shift_i, biases_i};
    assign block_o = '0;
    assign starts_o = '0;
    assign counts_o = '0;
  end else if (32'(Config.accumulate) == accumulate_pkg::Exact) begin : gen_refused
    $fatal(1, "bias_starts: sums that are exact have no order");
  end else begin : gen_bias
    // The blocks are met in order: a counter instead of a division by Cols.
    logic [BlockBits-1:0] block_q;
    logic [31:0] n0_q;
    assign block_o = n0_i == '0 ? '0 : n0_i == n0_q ? block_q : block_q + BlockBits'(1);
    always_ff @(posedge clk_i) begin
      if (clear_i) begin
        block_q <= '0;
        n0_q <= '0;
      end else if (vector_i) begin
        block_q <= block_o;
        n0_q <= n0_i;
      end
    end

    logic [Cols*events_pkg::Count-1:0] events;
    for (genvar j = 0; j < Cols; j++) begin : gen_start
      logic [StateBits-1:0] start;
      bias_start #(
          .Config   (Config),
          .StateBits(StateBits)
      ) u_start (
          .bias_i  (biases_i[j*OutBits+:OutBits]),
          .product_shift_i,
          .bias_shift_i,
          .state_o (start),
          .events_o(events[j*events_pkg::Count+:events_pkg::Count])
      );
      assign starts_o[j*StateBits+:StateBits] = bias_i ? start : '0;
    end

    always_comb begin
      counts_o = '0;
      for (int unsigned j = 0; j < Cols; j++) begin
        for (int unsigned e = 0; e < events_pkg::Count; e++) begin
          if (bias_i && vector_i && ColBits'(j) < c_i && events[j*events_pkg::Count+e])
            counts_o[e*CountBits+:CountBits] = counts_o[e*CountBits+:CountBits] + starts_i;
        end
      end
    end
  end

endmodule
