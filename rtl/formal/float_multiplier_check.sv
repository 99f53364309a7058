// SPDX-License-Identifier: Apache-2.0
// float_multiplier: the product of significands, added up from b's bits, with its leading one on top. Significands have their top bit.
module float_multiplier_check #(
    parameter int unsigned AScaleBits = 9,
    parameter int unsigned BScaleBits = 9,
    parameter int unsigned ASigBits = 24,
    parameter int unsigned BSigBits = 24
) (
    input  logic                  a_zero_i,
    input  logic                  a_infinite_i,
    input  logic                  a_nan_i,
    input  logic                  a_negative_i,
    input  logic [AScaleBits-1:0] a_scale_i,
    input  logic [ASigBits-1:0]   a_significand_i,
    input  logic                  b_zero_i,
    input  logic                  b_infinite_i,
    input  logic                  b_nan_i,
    input  logic                  b_negative_i,
    input  logic [BScaleBits-1:0] b_scale_i,
    input  logic [BSigBits-1:0]   b_significand_i,
    output logic                  fails_o
);

  localparam int unsigned ScaleBits = (AScaleBits > BScaleBits ? AScaleBits : BScaleBits) + 1;
  localparam int unsigned ProductBits = ASigBits + BSigBits;

  logic zero, infinite, nan, negative;
  logic [ScaleBits-1:0] scale;
  logic [ProductBits-1:0] significand;
  dut u_dut (.*, .zero_o(zero), .infinite_o(infinite), .nan_o(nan), .negative_o(negative), .scale_o(scale), .significand_o(significand));

  logic [ProductBits-1:0] product;
  long_product #(
      .ABits(ASigBits),
      .BBits(BSigBits)
  ) u_product (
      .a_i      (a_significand_i),
      .b_i      (b_significand_i),
      .product_o(product)
  );

  logic holds;
  logic signed [15:0] sum;  // the scale of the product's top bit but one
  assign sum = 16'(signed'(a_scale_i)) + 16'(signed'(b_scale_i));
  always_comb begin
    holds = nan == (a_nan_i || b_nan_i || (a_zero_i && b_infinite_i) || (b_zero_i && a_infinite_i)) && zero == (a_zero_i || b_zero_i) &&
            infinite == (a_infinite_i || b_infinite_i) && negative == (a_negative_i != b_negative_i);
    if (a_significand_i[ASigBits-1] && b_significand_i[BSigBits-1]) begin
      if (product[ProductBits-1]) holds = holds && significand == product && 16'(signed'(scale)) == sum + 16'sd1;
      else holds = holds && significand == product << 1 && 16'(signed'(scale)) == sum;
    end
  end
  assign fails_o = ~holds;

endmodule
