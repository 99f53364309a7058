// SPDX-License-Identifier: Apache-2.0
// Integer processing element of dfp and sdfp, `chained` policy: multiply, exact sum of a chain, binary32 running sum. A chain is
// closed on the beat of its last product (close_i); the lane closes one that is still open. Latency - 1 product stages, then the
// one accumulate stage. Interface: docs/rtl/pe.md.
module dfp_chain_pe #(
    parameter int unsigned ABits = 16,                     // mantissa bits of a, 2..32
    parameter int unsigned BBits = 16,                     // of b
    parameter int unsigned ChainBits = ABits + BBits + 5,  // 2..64; chains of 31; fewer bits: the chain's sum saturates
    parameter int unsigned Latency = 1,                    // 1..8
    localparam int unsigned StateBits = 32 + ChainBits
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         enable_i,
    input  logic                         valid_i,
    input  logic                         load_i,
    input  logic                         close_i,         // this product is the last of its chain
    input  logic signed [ABits-1:0]      a_i,
    input  logic signed [BBits-1:0]      b_i,
    input  logic [StateBits-1:0]         state_i,         // sampled at the accumulate stage: running sum's code, chain's sum
    output logic [StateBits-1:0]         state_o,
    output logic [StateBits-1:0]         next_o,          // combinational: what state_o becomes if this is a beat
    output logic [events_pkg::Count-1:0] events_o,        // of the chain's sum
    output logic [events_pkg::Count-1:0] round_events_o   // of closing a chain
);

  if (ABits < 2 || ABits > 32 || BBits < 2 || BBits > 32 || ChainBits < 2 || ChainBits > 64 || Latency < 1 || Latency > 8)
  begin : gen_parameter_check
    $fatal(1, "dfp_chain_pe: ABits and BBits are 2 to 32, ChainBits 2 to 64, Latency 1 to 8");
  end

  localparam int unsigned ProductBits = ABits + BBits;

  logic signed [ProductBits-1:0] product;
  logic [ProductBits-1:0] product_q;
  logic valid_q, load_q, close_q;

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
      .Width (3),
      .Stages(Latency - 1)
  ) u_control (
      .clk_i,
      .rst_ni,
      .enable_i,
      .data_i({valid_i, load_i, close_i}),
      .data_o({valid_q, load_q, close_q})
  );

  // Accumulate stage.
  logic [StateBits-1:0] state_q, base, next;
  logic [ChainBits-1:0] chain;
  logic [31:0] closed;
  logic [events_pkg::Count-1:0] closing, closing_q;
  logic saturates, saturates_q;

  assign base = load_q ? state_i : state_q;
  saturating_adder #(
      .SumBits (ChainBits),
      .TermBits(ProductBits)
  ) u_chain (
      .sum_i      (base[ChainBits-1:0]),
      .term_i     (product_q),
      .sum_o      (chain),
      .saturates_o(saturates)
  );
  chain_adder #(
      .ChainBits(ChainBits)
  ) u_close (
      .run_i   (base[StateBits-1-:32]),
      .chain_i (chain),
      .run_o   (closed),
      .events_o(closing)
  );
  assign next = close_q ? {closed, {ChainBits{1'b0}}} : {base[StateBits-1-:32], chain};

  assign next_o = valid_q ? next : base;
  always_ff @(posedge clk_i) begin
    if (enable_i && (valid_q || load_q)) state_q <= next_o;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      saturates_q <= 1'b0;
      closing_q <= '0;
    end else begin
      saturates_q <= enable_i & valid_q & saturates;
      closing_q <= enable_i && valid_q && close_q ? closing : '0;
    end
  end

  assign state_o = state_q;
  assign events_o = events_pkg::Count'(saturates_q) << events_pkg::Saturation;
  assign round_events_o = closing_q;

endmodule
