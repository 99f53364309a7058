// SPDX-License-Identifier: Apache-2.0
// Exact product of two decoded floats, normalised. Combinational. 0 * Inf is NaN.
module float_multiplier #(
    parameter int unsigned AScaleBits = 9,
    parameter int unsigned BScaleBits = 9,
    parameter int unsigned ASigBits = 24,
    parameter int unsigned BSigBits = 24,
    localparam int unsigned ScaleBits = AScaleBits > BScaleBits ? AScaleBits : BScaleBits,
    localparam int unsigned ProductBits = ASigBits + BSigBits
) (
    input  logic                          a_zero_i,
    input  logic                          a_infinite_i,
    input  logic                          a_nan_i,
    input  logic                          a_negative_i,
    input  logic signed [AScaleBits-1:0]  a_scale_i,
    input  logic        [ASigBits-1:0]    a_significand_i,
    input  logic                          b_zero_i,
    input  logic                          b_infinite_i,
    input  logic                          b_nan_i,
    input  logic                          b_negative_i,
    input  logic signed [BScaleBits-1:0]  b_scale_i,
    input  logic        [BSigBits-1:0]    b_significand_i,
    output logic                          zero_o,
    output logic                          infinite_o,
    output logic                          nan_o,
    output logic                          negative_o,
    output logic signed [ScaleBits:0]     scale_o,
    output logic        [ProductBits-1:0] significand_o
);

  logic [ProductBits-1:0] product;

  assign product = ProductBits'(a_significand_i) * ProductBits'(b_significand_i);
  // In [1, 4): one bit of normalisation.
  assign significand_o = product[ProductBits-1] ? product : {product[ProductBits-2:0], 1'b0};
  assign scale_o = (ScaleBits + 1)'(a_scale_i) + (ScaleBits + 1)'(b_scale_i) + (ScaleBits + 1)'(product[ProductBits-1]);
  assign nan_o = a_nan_i | b_nan_i | (a_zero_i & b_infinite_i) | (a_infinite_i & b_zero_i);
  assign infinite_o = a_infinite_i | b_infinite_i;
  assign zero_o = a_zero_i | b_zero_i;
  assign negative_o = a_negative_i ^ b_negative_i;

endmodule
