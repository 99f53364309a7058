// SPDX-License-Identifier: Apache-2.0
// posit_pe without product stages (Latency 1), its registers at their next clock edge: quire_sum of the product of two posits' values,
// their fractions multiplied on paper; a beat that is not valid passes the sum on, one that is not enabled keeps it.
module posit_pe_check #(
    parameter int unsigned ABits = 8,
    parameter int unsigned BBits = 8,
    parameter int unsigned Es = 0,
    parameter int unsigned QuireBits = 2 * ((ABits + BBits - 4) << Es) + 32
) (
    input  logic               rst_ni,
    input  logic               enable_i,
    input  logic               valid_i,
    input  logic               load_i,
    input  logic [ABits-1:0]   a_i,
    input  logic [BBits-1:0]   b_i,
    input  logic [QuireBits:0] state_i,
    input  logic [QuireBits:0] state_q,  // what the registers hold
    input  logic [4:0]         events_q,
    output logic               fails_o
);

  localparam int unsigned Point = (ABits + BBits - 4) << Es;  // the quire's LSB is 2^-Point
  localparam int unsigned AFraction = ABits;
  localparam int unsigned BFraction = BBits;

  logic [QuireBits:0] next, next_state_q;
  logic [4:0] next_events_q;
  dut u_dut (.clk_i(1'b0), .rst_ni, .enable_i, .valid_i, .load_i, .a_i, .b_i, .state_i, .next_o(next),
             .\state_o.i (state_q), .state_o(next_state_q), .\events_o.i (events_q), .events_o(next_events_q));

  logic [ABits-1:0] a_magnitude;
  logic [BBits-1:0] b_magnitude;
  logic signed [15:0] a_scale, b_scale;
  logic [AFraction-1:0] a_fraction;
  logic [BFraction-1:0] b_fraction;
  logic [AFraction+BFraction+1:0] product;
  assign a_magnitude = a_i[ABits-1] ? ABits'(0) - a_i : a_i;
  assign b_magnitude = b_i[BBits-1] ? BBits'(0) - b_i : b_i;
  posit_value #(.Bits(ABits - 1), .Es(Es), .FractionBits(AFraction))
  u_a (.code_i(a_magnitude[ABits-2:0]), .scale_o(a_scale), .fraction_o(a_fraction));
  posit_value #(.Bits(BBits - 1), .Es(Es), .FractionBits(BFraction))
  u_b (.code_i(b_magnitude[BBits-2:0]), .scale_o(b_scale), .fraction_o(b_fraction));
  long_product #(.ABits(AFraction + 1), .BBits(BFraction + 1)) u_product (.a_i({1'b1, a_fraction}), .b_i({1'b1, b_fraction}), .product_o(product));

  logic [QuireBits:0] base, total;
  logic [4:0] total_events;
  logic [15:0] position;
  logic zero, nar;
  assign base = load_i ? state_i : state_q;
  assign zero = a_i == '0 || b_i == '0;
  assign nar = a_i == {1'b1, {(ABits - 1) {1'b0}}} || b_i == {1'b1, {(BBits - 1) {1'b0}}};
  assign position = a_scale + b_scale + 16'(Point);
  quire_sum #(
      .QuireBits   (QuireBits),
      .FullBits    (2 * Point + 32),
      .MaxPosition (2 * Point),
      .SigBits     (AFraction + BFraction + 2),
      .FractionBits(AFraction + BFraction)
  ) u_sum (
      .state_i      (base),
      .zero_i       (zero),
      .nar_i        (nar),
      .negative_i   (a_i[ABits-1] != b_i[BBits-1]),
      .position_i   (position),
      .significand_i(product),
      .state_o      (total),
      .events_o     (total_events)
  );

  assign fails_o = !(next == (valid_i ? total : base) &&
                     next_state_q == (!enable_i ? state_q : valid_i ? total : load_i ? state_i : state_q) &&
                     next_events_q == (rst_ni && enable_i && valid_i ? total_events : 5'd0));

endmodule
