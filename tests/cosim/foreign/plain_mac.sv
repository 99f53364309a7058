// SPDX-License-Identifier: Apache-2.0
// Integer elements as people write them: a multiply-accumulate with a clear, and a systolic element whose weight stays. `fault`
// plants an error, for tests of the checker.
module plain_mac #(
    parameter int Width = 32,
    parameter int Latency = 1,
    parameter bit Saturates = 1'b0
) (
    input  logic                    clk,
    input  logic                    rst,
    input  logic                    clear,
    input  logic                    en,
    input  logic signed [      7:0] x,
    input  logic signed [      7:0] y,
    input  logic        [      2:0] fault,
    output logic signed [Width-1:0] acc
);

  logic signed [15:0] product, product_q;
  logic valid, clears, valid_q, clears_q;
  // 1: the product of two -128 loses its top bit.
  assign product = fault == 1 && x == -128 && y == -128 ? -16'sd16384 : x * y;

  always_ff @(posedge clk) begin
    product_q <= product;
    valid_q <= en && !rst;
    clears_q <= clear && !rst;
  end
  assign valid = Latency == 1 ? en : valid_q;
  assign clears = Latency == 1 ? clear : clears_q;

  logic signed [Width:0] sum;
  assign sum = acc + (Width + 1)'(Latency == 1 ? product : product_q);
  logic over;
  assign over = sum[Width] != sum[Width-1] && fault != 2;  // 2: it does the other thing at the ends of the range

  always_ff @(posedge clk) begin
    if (rst) begin
      acc <= '0;
    end else if (clears && !(fault == 3 && valid)) begin  // 3: a product beside a clear counts
      acc <= '0;
    end else if (valid) begin
      if (Saturates ? over : sum[Width] != sum[Width-1] && fault == 2) acc <= {sum[Width], {(Width - 1) {!sum[Width]}}};
      else acc <= sum[Width-1:0];
    end
  end

endmodule

module plain_ws_mac #(
    parameter int Width = 20
) (
    input  logic                    clk,
    input  logic                    rst_n,
    input  logic                    load,
    input  logic signed [      7:0] weight_in,
    input  logic signed [      7:0] x_in,
    input  logic signed [Width-1:0] psum_in,
    input  logic        [      2:0] fault,
    output logic signed [      7:0] x_out,
    output logic signed [      7:0] weight_out,
    output logic signed [Width-1:0] psum_out
);

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      weight_out <= '0;
      x_out <= '0;
      psum_out <= '0;
    end else begin
      if (load && !(fault == 1 && weight_in == -128)) weight_out <= weight_in;
      x_out <= x_in;
      psum_out <= psum_in + Width'(x_in * weight_out);
      if (fault == 2 && x_in[7] && weight_out == 1) psum_out <= psum_in;  // one weight with half of the operands
      if (fault == 3 && psum_in[Width-1] && !psum_in[Width-2]) psum_out <= {1'b1, {(Width - 1) {1'b0}}};
    end
  end

endmodule
