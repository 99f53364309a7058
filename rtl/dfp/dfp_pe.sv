// SPDX-License-Identifier: Apache-2.0
// Integer processing element of dfp, sdfp and fixed: multiply, add to a saturating accumulator. Latency - 1 product stages,
// then the one accumulate stage. Interface: docs/rtl/pe.md.
module dfp_pe #(
    parameter int unsigned ABits = 8,     // mantissa bits of a, 2..32
    parameter int unsigned BBits = 8,     // of b
    parameter int unsigned AccBits = 32,  // 2..64
    parameter int unsigned Latency = 1    // 1..8
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         enable_i,
    input  logic                         valid_i,
    input  logic                         load_i,
    input  logic signed [ABits-1:0]      a_i,
    input  logic signed [BBits-1:0]      b_i,
    input  logic [AccBits-1:0]           state_i,   // sampled at the accumulate stage
    output logic [AccBits-1:0]           state_o,
    output logic [AccBits-1:0]           next_o,            // combinational: what state_o becomes if this is a beat
    output logic [events_pkg::Count-1:0] events_o
);

  if (ABits < 2 || ABits > 32 || BBits < 2 || BBits > 32 || AccBits < 2 || AccBits > 64 || Latency < 1 || Latency > 8)
  begin : gen_parameter_check
    $fatal(1, "dfp_pe: ABits and BBits are 2 to 32, AccBits 2 to 64, Latency 1 to 8");
  end

  localparam int unsigned ProductBits = ABits + BBits;

  logic signed [ProductBits-1:0] product;
  logic [ProductBits-1:0] product_q;
  logic valid_q, load_q;

  assign product = ProductBits'(a_i) * ProductBits'(b_i);

  // What crosses the product stages: the exact product.
  delay_line #(
      .Width (ProductBits),
      .Stages(Latency - 1)
  ) u_product (
      .clk_i,
      .enable_i,
      .data_i(product),
      .data_o(product_q)
  );
  valid_line #(
      .Width (2),
      .Stages(Latency - 1)
  ) u_control (
      .clk_i,
      .rst_ni,
      .enable_i,
      .data_i({valid_i, load_i}),
      .data_o({valid_q, load_q})
  );

  // Accumulate stage.
  logic [AccBits-1:0] state_q, base, next;
  logic saturates, saturates_q;

  assign base = load_q ? state_i : state_q;
  saturating_adder #(
      .SumBits (AccBits),
      .TermBits(ProductBits)
  ) u_add (
      .sum_i      (base),
      .term_i     (product_q),
      .sum_o      (next),
      .saturates_o(saturates)
  );

  assign next_o = valid_q ? next : base;
  always_ff @(posedge clk_i) begin
    if (enable_i && (valid_q || load_q)) state_q <= next_o;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) saturates_q <= 1'b0;
    else saturates_q <= enable_i & valid_q & saturates;
  end

  assign state_o = state_q;
  assign events_o = events_pkg::Count'(saturates_q) << events_pkg::Saturation;

endmodule
