// SPDX-License-Identifier: Apache-2.0
// Floating-point processing element.
//   Fp32 = 0, `serial`: s = round(s + round(a * b)), both roundings to the output format.
//   Fp32 = 1, `fp32`:   s = RNE32(s + a * b), the product exact.
// The product (and under `serial` its rounding) is before the Latency - 1 product stages, the sum in the one accumulate stage.
// Interface: docs/rtl/pe.md.
module float_pe #(
    parameter int unsigned AExponentBits = 8,  // of a
    parameter int unsigned AFractionBits = 23,
    parameter int unsigned ASpecials = float_pkg::InfNan,
    parameter int unsigned BExponentBits = 8,  // of b
    parameter int unsigned BFractionBits = 23,
    parameter int unsigned BSpecials = float_pkg::InfNan,
    parameter int unsigned ExponentBits = 8,   // of the output: of products and sums under `serial`
    parameter int unsigned FractionBits = 23,
    parameter int unsigned Specials = float_pkg::InfNan,
    parameter bit Fp32 = 1'b0,
    parameter int unsigned Latency = 1,  // 1..8
    localparam int unsigned ABits = 1 + AExponentBits + AFractionBits,
    localparam int unsigned BBits = 1 + BExponentBits + BFractionBits,
    localparam int unsigned CodeBits = 1 + ExponentBits + FractionBits,
    localparam int unsigned StateBits = Fp32 ? 32 : CodeBits
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         enable_i,
    input  logic                         valid_i,
    input  logic                         load_i,
    input  logic [ABits-1:0]             a_i,
    input  logic [BBits-1:0]             b_i,
    input  logic [2:0]                   rounding_i,        // `serial`: rounding_pkg, not Sr; constant in a command
    input  logic [StateBits-1:0]         state_i,           // sampled at the accumulate stage: the running sum's code
    output logic [StateBits-1:0]         state_o,
    output logic [StateBits-1:0]         next_o,            // combinational: what state_o becomes if this is a beat
    output logic [events_pkg::Count-1:0] events_o,          // of the addition
    output logic [events_pkg::Count-1:0] product_events_o   // of the product's rounding
);

  if (Latency < 1 || Latency > 8) begin : gen_parameter_check
    $fatal(1, "float_pe: Latency is 1 to 8");
  end

  localparam int unsigned SumExponentBits = Fp32 ? 8 : ExponentBits;
  localparam int unsigned SumFractionBits = Fp32 ? 23 : FractionBits;
  localparam int unsigned SumSpecials = Fp32 ? float_pkg::InfNan : Specials;
  localparam int unsigned ASigBits = AFractionBits + 1;
  localparam int unsigned BSigBits = BFractionBits + 1;
  localparam int unsigned ProductBits = ASigBits + BSigBits;
  localparam int unsigned AScaleBits = $clog2((1 << (AExponentBits - 1)) + AFractionBits + 1) + 1;
  localparam int unsigned BScaleBits = $clog2((1 << (BExponentBits - 1)) + BFractionBits + 1) + 1;
  localparam int unsigned ScaleBits = $clog2((1 << (ExponentBits - 1)) + FractionBits + 1) + 1;
  localparam int unsigned ProductScaleBits = (AScaleBits > BScaleBits ? AScaleBits : BScaleBits) + 1;
  // The term that is added: the rounded product, or the exact one.
  localparam int unsigned TermBits = Fp32 ? ProductBits : FractionBits + 1;
  localparam int unsigned TermScaleBits = Fp32 ? ProductScaleBits : ScaleBits;

  // Operand stage: decode and multiply.
  logic a_zero, a_infinite, a_nan, a_negative, b_zero, b_infinite, b_nan, b_negative;
  logic signed [AScaleBits-1:0] a_scale;
  logic signed [BScaleBits-1:0] b_scale;
  logic [ASigBits-1:0] a_significand;
  logic [BSigBits-1:0] b_significand;
  logic product_zero, product_infinite, product_nan, product_negative;
  logic signed [ProductScaleBits-1:0] product_scale;
  logic [ProductBits-1:0] product_significand;

  float_decoder #(
      .ExponentBits(AExponentBits),
      .FractionBits(AFractionBits),
      .Specials    (ASpecials)
  ) u_decode_a (
      .code_i       (a_i),
      .zero_o       (a_zero),
      .infinite_o   (a_infinite),
      .nan_o        (a_nan),
      .negative_o   (a_negative),
      .scale_o      (a_scale),
      .significand_o(a_significand)
  );
  float_decoder #(
      .ExponentBits(BExponentBits),
      .FractionBits(BFractionBits),
      .Specials    (BSpecials)
  ) u_decode_b (
      .code_i       (b_i),
      .zero_o       (b_zero),
      .infinite_o   (b_infinite),
      .nan_o        (b_nan),
      .negative_o   (b_negative),
      .scale_o      (b_scale),
      .significand_o(b_significand)
  );
  float_multiplier #(
      .AScaleBits(AScaleBits),
      .BScaleBits(BScaleBits),
      .ASigBits  (ASigBits),
      .BSigBits  (BSigBits)
  ) u_multiply (
      .a_zero_i       (a_zero),
      .a_infinite_i   (a_infinite),
      .a_nan_i        (a_nan),
      .a_negative_i   (a_negative),
      .a_scale_i      (a_scale),
      .a_significand_i(a_significand),
      .b_zero_i       (b_zero),
      .b_infinite_i   (b_infinite),
      .b_nan_i        (b_nan),
      .b_negative_i   (b_negative),
      .b_scale_i      (b_scale),
      .b_significand_i(b_significand),
      .zero_o         (product_zero),
      .infinite_o     (product_infinite),
      .nan_o          (product_nan),
      .negative_o     (product_negative),
      .scale_o        (product_scale),
      .significand_o  (product_significand)
  );

  logic valid_q, load_q;
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

  // Product stages.
  logic term_zero, term_infinite, term_nan, term_negative;
  logic signed [TermScaleBits-1:0] term_scale;
  logic [TermBits-1:0] term_significand;
  logic [events_pkg::Count-1:0] product_events;

  if (Fp32) begin : gen_exact_product
    // What crosses: the exact product, decoded.
    delay_line #(
        .Width (4 + TermScaleBits + TermBits),
        .Stages(Latency - 1)
    ) u_product (
        .clk_i,
        .enable_i,
        .data_i({product_zero, product_infinite, product_nan, product_negative, product_scale, product_significand}),
        .data_o({term_zero, term_infinite, term_nan, term_negative, term_scale, term_significand})
    );
    assign product_events = '0;
  end else begin : gen_rounded_product
    // What crosses: the product's code and the events of its rounding.
    logic [CodeBits-1:0] product_code, code_q;
    logic [events_pkg::Count-1:0] rounding_events;
    float_encoder #(
        .ExponentBits(ExponentBits),
        .FractionBits(FractionBits),
        .Specials    (Specials),
        .ScaleBits   (ProductScaleBits),
        .SigBits     (ProductBits)
    ) u_round (
        .zero_i       (product_zero),
        .infinite_i   (product_infinite),
        .nan_i        (product_nan),
        .negative_i   (product_negative),
        .scale_i      (product_scale),
        .significand_i(product_significand),
        .sticky_i     (1'b0),
        .rounding_i,
        .random_i     ('0),
        .code_o       (product_code),
        .events_o     (rounding_events)
    );
    delay_line #(
        .Width (CodeBits + events_pkg::Count),
        .Stages(Latency - 1)
    ) u_product (
        .clk_i,
        .enable_i,
        .data_i({product_code, rounding_events}),
        .data_o({code_q, product_events})
    );
    float_decoder #(
        .ExponentBits(ExponentBits),
        .FractionBits(FractionBits),
        .Specials    (Specials)
    ) u_decode (
        .code_i       (code_q),
        .zero_o       (term_zero),
        .infinite_o   (term_infinite),
        .nan_o        (term_nan),
        .negative_o   (term_negative),
        .scale_o      (term_scale),
        .significand_o(term_significand)
    );
  end

  // Accumulate stage.
  logic [StateBits-1:0] state_q, base, next;
  logic [events_pkg::Count-1:0] events, events_q, product_events_q;

  assign base = load_q ? state_i : state_q;
  float_accumulator #(
      .ExponentBits (SumExponentBits),
      .FractionBits (SumFractionBits),
      .Specials     (SumSpecials),
      .TermScaleBits(TermScaleBits),
      .TermBits     (TermBits)
  ) u_accumulate (
      .sum_i             (base),
      .term_zero_i       (term_zero),
      .term_infinite_i   (term_infinite),
      .term_nan_i        (term_nan),
      .term_negative_i   (term_negative),
      .term_scale_i      (term_scale),
      .term_significand_i(term_significand),
      .rounding_i        (Fp32 ? rounding_pkg::Rne : rounding_i),
      .sum_o             (next),
      .events_o          (events)
  );

  assign next_o = valid_q ? next : base;
  always_ff @(posedge clk_i) begin
    if (enable_i && (valid_q || load_q)) state_q <= next_o;
  end
  // Steps do not count inexact results.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      events_q <= '0;
      product_events_q <= '0;
    end else begin
      events_q <= enable_i && valid_q ? events & events_pkg::Steps : '0;
      product_events_q <= enable_i && valid_q ? product_events & events_pkg::Steps : '0;
    end
  end

  assign state_o = state_q;
  assign events_o = events_q;
  assign product_events_o = product_events_q;

endmodule
