// SPDX-License-Identifier: Apache-2.0
// Flexpoint processing element, `blocked` policy: integer multiply, exact block sum, 20.12 running sum. A block is closed on the
// beat of its last product (close_i); the lane closes one that is still open.
// Latency - 1 product stages, then the one accumulate stage. Interface: docs/rtl/pe.md.
module flex_pe #(
    parameter int unsigned ABits = 16,                      // mantissa bits of a, 4..32
    parameter int unsigned BBits = 16,                      // of b
    parameter int unsigned OutBits = 16,                    // of the output, in whose LSBs the running sum counts
    parameter int unsigned BlockBits = ABits + BBits + 5,   // blocks of 32; fewer bits: the block sum saturates
    parameter int unsigned Latency = 1,                     // 1..8
    parameter bit Rounder = 1'b1,                           // 0: close_i never comes (ws rows that end no block)
    localparam int unsigned SumBits = OutBits > 20 ? OutBits : 20,
    localparam int unsigned StateBits = SumBits + BlockBits
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         enable_i,
    input  logic                         valid_i,
    input  logic                         load_i,
    input  logic                         close_i,          // this product is the last of its block
    input  logic signed [ABits-1:0]      a_i,
    input  logic signed [BBits-1:0]      b_i,
    input  logic signed [command_pkg::ShiftBits-1:0] product_shift_i,  // one product LSB is 2^-shift output LSBs; constant in a command
    input  logic [StateBits-1:0]         state_i,          // sampled at the accumulate stage: running sum, block sum
    output logic [StateBits-1:0]         state_o,
    output logic [StateBits-1:0]         next_o,            // combinational: what state_o becomes if this is a beat
    output logic [events_pkg::Count-1:0] events_o,         // of the block sum
    output logic [events_pkg::Count-1:0] round_events_o    // of closing a block
);

  if (ABits < 4 || ABits > 32 || BBits < 4 || BBits > 32 || OutBits < 4 || OutBits > 32 || Latency < 1 || Latency > 8 ||
      BlockBits < 2) begin : gen_parameter_check
    $fatal(1, "flex_pe: ABits, BBits and OutBits are 4 to 32, Latency 1 to 8, BlockBits 2 or more");
  end

  localparam int unsigned ProductBits = ABits + BBits;
  localparam int unsigned WideBits = (BlockBits > ProductBits ? BlockBits : ProductBits) + 1;

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
  logic signed [SumBits-1:0] sum, closed_sum;
  logic signed [BlockBits-1:0] block;
  logic signed [WideBits-1:0] exact;
  logic clamped, fits, closes;
  logic signed [BlockBits-1:0] next_block;

  assign base = load_q ? state_i : state_q;
  assign sum = base[StateBits-1-:SumBits];
  assign block = base[BlockBits-1:0];

  assign exact = WideBits'(block) + WideBits'(signed'(product_q));
  assign fits = exact[WideBits-1:BlockBits-1] == '0 || exact[WideBits-1:BlockBits-1] == '1;
  assign next_block = fits ? exact[BlockBits-1:0] : {exact[WideBits-1], {(BlockBits - 1) {~exact[WideBits-1]}}};

  if (Rounder) begin : gen_rounder
    block_rounder #(
        .SumBits  (SumBits),
        .BlockBits(BlockBits)
    ) u_rounder (
        .sum_i    (sum),
        .block_i  (next_block),
        .shift_i  (product_shift_i),
        .sum_o    (closed_sum),
        .clamped_o(clamped)
    );
    assign closes = close_q;
  end else begin : gen_no_rounder
    logic unused;
    assign unused = ^{product_shift_i, close_q};
    assign closed_sum = sum;
    assign clamped = 1'b0;
    assign closes = 1'b0;
`ifndef SYNTHESIS
    assert property (@(posedge clk_i) disable iff (!rst_ni) enable_i && valid_q |-> !close_q)
    else $error("flex_pe: a block ends in an element without a rounder");
`endif
  end

  assign next = closes ? {closed_sum, {BlockBits{1'b0}}} : {sum, next_block};

  assign next_o = valid_q ? next : base;
  always_ff @(posedge clk_i) begin
    if (enable_i && (valid_q || load_q)) state_q <= next_o;
  end

  logic saturates_q, clamps_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      saturates_q <= 1'b0;
      clamps_q <= 1'b0;
    end else begin
      saturates_q <= enable_i & valid_q & ~fits;
      clamps_q <= enable_i & valid_q & closes & clamped;
    end
  end

  assign state_o = state_q;
  assign events_o = events_pkg::Count'(saturates_q) << events_pkg::Saturation;
  assign round_events_o = events_pkg::Count'(clamps_q) << events_pkg::Saturation;

endmodule
