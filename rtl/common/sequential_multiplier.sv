// SPDX-License-Identifier: Apache-2.0
// Unsigned multiplier, one bit of b a clock: small and slow, for arithmetic that runs once a tensor. Operands are taken on start_i
// and the product is valid from done_o (one clock, BBits clocks after start_i) until the next start.
module sequential_multiplier #(
    parameter int unsigned ABits = 32,
    parameter int unsigned BBits = 32,
    localparam int unsigned ProductBits = ABits + BBits
) (
    input  logic                   clk_i,
    input  logic                   rst_ni,
    input  logic                   start_i,
    input  logic [ABits-1:0]       a_i,
    input  logic [BBits-1:0]       b_i,
    output logic                   done_o,
    output logic [ProductBits-1:0] product_o
);

  localparam int unsigned CountBits = $clog2(BBits + 1);

  logic [ABits-1:0] a_q;
  logic [ABits:0] high;
  logic [CountBits-1:0] left_q;
  logic done_q;

  // The upper part collects a where b's lowest bit is set; both parts move right together.
  assign high = {1'b0, product_o[ProductBits-1:BBits]} + (product_o[0] ? {1'b0, a_q} : '0);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q <= '0;
      done_q <= 1'b0;
    end else begin
      left_q <= start_i ? CountBits'(BBits) : left_q != '0 ? left_q - CountBits'(1) : '0;
      done_q <= !start_i && left_q == CountBits'(1);
    end
  end
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      a_q <= a_i;
      product_o <= {{ABits{1'b0}}, b_i};
    end else if (left_q != '0) begin
      product_o <= {high, product_o[BBits-1:1]};
    end
  end

  assign done_o = done_q;

endmodule
