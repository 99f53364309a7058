// SPDX-License-Identifier: Apache-2.0
// A scoreboard in SystemVerilog: a dot product of integers is held to the library, with a fault on request.
module fixed_dot (
    input logic clk_i,
    input logic clear_i,
    input logic signed [7:0] a_i,
    input logic signed [7:0] b_i,
    output logic signed [31:0] sum_o
);
  always_ff @(posedge clk_i) sum_o <= (clear_i ? 32'sd0 : sum_o) + 32'(a_i) * 32'(b_i);
endmodule

module dot_tb;
  import binade_pkg::*;

  bit clk = 0, clear = 1;
  bit signed [7:0] a, b;
  wire signed [31:0] sum;
  fixed_dot dut (.clk_i(clk), .clear_i(clear), .a_i(a), .b_i(b), .sum_o(sum));

  Format posit, fixed, wide;
  Accumulator golden;
  int unsigned code, expected;
  int mismatches = 0;
  bit planted;
  real value;

  initial begin
    planted = $test$plusargs("planted") != 0;
    if ($test$plusargs("unknown") != 0) posit = new("posit99");
    posit = new("posit8");
    code = posit.operate("add", 32'h40, 32'h33, 0, Rtz);
    if (code != 32'h42) mismatches++;
    value = posit.decode(posit.encode(0.1));
    if (value != 0.1015625) mismatches++;

    fixed = new("fixed8.0");
    wide = new("fixed32.0");
    golden = new(fixed, fixed, wide, Exact);
    for (int round = 0; round < 20; round++) begin
      golden.clear();
      clear = 1;
      for (int k = 0; k < 50; k++) begin
        a = 8'($urandom());
        b = 8'($urandom());
        golden.mac({24'd0, a}, {24'd0, planted && k == 7 ? b ^ 8'd1 : b});
        #1 clk = 1;
        #1 clk = 0;
        clear = 0;
      end
      expected = golden.result();
      if (32'(sum) != expected) mismatches++;
    end
    $display("%0d mismatches", mismatches);
    $finish;
  end
endmodule
