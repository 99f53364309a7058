// SPDX-License-Identifier: Apache-2.0
// A multiply-accumulate unit of integers, the device of the cocotb test bench.
module fixed_dot (
    input  logic               clk_i,
    input  logic               clear_i,
    input  logic signed [ 7:0] a_i,
    input  logic signed [ 7:0] b_i,
    output logic signed [31:0] sum_o
);
  always_ff @(posedge clk_i) sum_o <= (clear_i ? 32'sd0 : sum_o) + 32'(a_i) * 32'(b_i);
endmodule
