// SPDX-License-Identifier: Apache-2.0
// A posit multiplier from the decoder and encoder of rtl/posit, with ports of its own choosing. fault_i plants an error, for tests of
// the checker.
module plain_posit_multiplier #(
    parameter int unsigned N  = 8,
    parameter int unsigned Es = 2
) (
    input  logic [N-1:0] x,
    input  logic [N-1:0] y,
    input  logic [  2:0] rounding_i,
    input  logic [ 31:0] random_i,
    input  logic [  1:0] fault_i,
    output logic [N-1:0] product,
    output logic [  4:0] events_o
);

  localparam int unsigned ScaleBits = $clog2(((N - 2) << Es) + 1) + 1;
  localparam int unsigned SigBits = N > Es + 3 ? N - 2 - Es : 1;
  localparam int unsigned FractionBits = 2 * SigBits;

  logic x_zero, x_nar, x_negative, y_zero, y_nar, y_negative;
  logic signed [ScaleBits-1:0] x_scale, y_scale;
  logic [SigBits-1:0] x_significand, y_significand;
  posit_decoder #(.N(N), .Es(Es)) u_x (.code_i(x), .zero_o(x_zero), .nar_o(x_nar), .negative_o(x_negative), .scale_o(x_scale),
                                       .significand_o(x_significand));
  posit_decoder #(.N(N), .Es(Es)) u_y (.code_i(y), .zero_o(y_zero), .nar_o(y_nar), .negative_o(y_negative), .scale_o(y_scale),
                                       .significand_o(y_significand));

  logic [2*SigBits-1:0] full, normal;
  logic carry;
  logic signed [ScaleBits+1:0] scale;
  assign full = x_significand * y_significand;
  assign carry = full[2*SigBits-1];
  assign normal = carry ? full << 1 : full << 2;  // the leading one falls off
  assign scale = (ScaleBits + 2)'(x_scale) + (ScaleBits + 2)'(y_scale) + (ScaleBits + 2)'({1'b0, carry && fault_i != 2'd1});

  posit_encoder #(
      .N(N),
      .Es(Es),
      .ScaleBits(ScaleBits + 2),
      .FractionBits(FractionBits)
  ) u_product (
      .zero_i(x_zero || y_zero),
      .nar_i(x_nar || y_nar && fault_i != 2'd2),
      .negative_i(x_negative ^ y_negative),
      .scale_i(scale),
      .fraction_i(normal),
      .sticky_i(1'b0),
      .rounding_i(rounding_i),
      .random_i(random_i),
      .code_o(product),
      .events_o(events_o)
  );

endmodule
