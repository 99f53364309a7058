// SPDX-License-Identifier: Apache-2.0
// Posit processing element: decode, multiply exactly, add to the quire. Latency - 1 product stages, then the one accumulate
// stage. The processing elements of all datapaths share this interface (docs/rtl/pe.md).
module posit_pe #(
    parameter int unsigned ABits = 16,  // of a's codes
    parameter int unsigned BBits = 16,  // of b's
    parameter int unsigned Es = 2,      // of both
    parameter int unsigned QuireBits = 2 * ((ABits + BBits - 4) << Es) + 32,  // fewer: LSB kept, saturates
    parameter int unsigned Latency = 1,                                       // 1..8
    localparam int unsigned StateBits = QuireBits + 1
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         enable_i,  // the array's beat
    input  logic                         valid_i,   // operands take part; otherwise the sum passes unchanged
    input  logic                         load_i,    // accumulate onto state_i instead of the own state
    input  logic [ABits-1:0]             a_i,
    input  logic [BBits-1:0]             b_i,
    input  logic [StateBits-1:0]         state_i,   // sampled at the accumulate stage: NaR flag, quire
    output logic [StateBits-1:0]         state_o,   // registered
    output logic [StateBits-1:0]         next_o,            // combinational: what state_o becomes if this is a beat
    output logic [events_pkg::Count-1:0] events_o   // registered: of the last beat's step, for one clock
);

  if (Latency < 1 || Latency > 8) begin : gen_parameter_check
    $fatal(1, "posit_pe: Latency is 1 to 8");
  end

  // The quire's LSB is minpos_a minpos_b, 2^-PointBits; the largest product is 2^PointBits.
  localparam int unsigned PointBits = (ABits + BBits - 4) << Es;
  localparam int unsigned AScaleBits = $clog2(((ABits - 2) << Es) + 1) + 1;
  localparam int unsigned BScaleBits = $clog2(((BBits - 2) << Es) + 1) + 1;
  localparam int unsigned ASigBits = ABits > Es + 3 ? ABits - 2 - Es : 1;
  localparam int unsigned BSigBits = BBits > Es + 3 ? BBits - 2 - Es : 1;
  localparam int unsigned ProductBits = ASigBits + BSigBits;
  localparam int unsigned PositionBits = $clog2(2 * PointBits + 1);

  // Operand stage.
  logic a_zero, a_nar, a_negative, b_zero, b_nar, b_negative;
  logic signed [AScaleBits-1:0] a_scale;
  logic signed [BScaleBits-1:0] b_scale;
  logic [ASigBits-1:0] a_significand;
  logic [BSigBits-1:0] b_significand;

  posit_decoder #(
      .N (ABits),
      .Es(Es)
  ) u_decode_a (
      .code_i       (a_i),
      .zero_o       (a_zero),
      .nar_o        (a_nar),
      .negative_o   (a_negative),
      .scale_o      (a_scale),
      .significand_o(a_significand)
  );
  posit_decoder #(
      .N (BBits),
      .Es(Es)
  ) u_decode_b (
      .code_i       (b_i),
      .zero_o       (b_zero),
      .nar_o        (b_nar),
      .negative_o   (b_negative),
      .scale_o      (b_scale),
      .significand_o(b_significand)
  );

  logic zero, nar, negative, zero_q, nar_q, negative_q, valid_q, load_q;
  logic [PositionBits-1:0] position, position_q;
  logic [ProductBits-1:0] product, product_q;

  assign zero = a_zero | b_zero;
  assign nar = a_nar | b_nar;
  assign negative = a_negative ^ b_negative;
  assign position = PositionBits'(a_scale) + PositionBits'(b_scale) + PositionBits'(PointBits);
  assign product = ProductBits'(a_significand) * ProductBits'(b_significand);

  // What crosses the product stages: sign, quire position and exact product.
  delay_line #(
      .Width (3 + PositionBits + ProductBits),
      .Stages(Latency - 1)
  ) u_product (
      .clk_i,
      .enable_i,
      .data_i({zero, nar, negative, position, product}),
      .data_o({zero_q, nar_q, negative_q, position_q, product_q})
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
  logic [StateBits-1:0] state_q, base, next;
  logic [events_pkg::Count-1:0] events, events_q;

  assign base = load_q ? state_i : state_q;
  posit_term #(
      .QuireBits   (QuireBits),
      .FullBits    (2 * PointBits + 32),
      .MaxPosition (2 * PointBits),
      .SigBits     (ProductBits),
      .FractionBits(ProductBits - 2)
  ) u_term (
      .state_i      (base),
      .zero_i       (zero_q),
      .nar_i        (nar_q),
      .negative_i   (negative_q),
      .position_i   (position_q),
      .significand_i(product_q),
      .state_o      (next),
      .events_o     (events)
  );

  assign next_o = valid_q ? next : base;
  always_ff @(posedge clk_i) begin
    if (enable_i && (valid_q || load_q)) state_q <= next_o;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) events_q <= '0;
    else events_q <= enable_i && valid_q ? events : '0;
  end

  assign state_o = state_q;
  assign events_o = events_q;

endmodule
