// SPDX-License-Identifier: Apache-2.0
// Value of a float's magnitude, a code without its sign bit and with fractions and exponents of any length (IEEE 754-2019, 3.4): exponent 0
// holds zero and the subnormals, every other exponent normal numbers. `Hill`: normal numbers in exponent 0 too.
module float_value #(
    parameter int unsigned ExponentBits = 8,
    parameter int unsigned Bias = 127,
    parameter int unsigned FractionBits = 23,
    parameter bit Hill = 1'b0
) (
    input  logic        [ExponentBits+FractionBits-1:0] code_i,
    output logic                                        zero_o,
    output logic signed [15:0]                          scale_o,    // of the leading one; 0 for zero
    output logic        [FractionBits-1:0]              fraction_o  // behind it
);

  logic [ExponentBits-1:0] exponent;
  logic [FractionBits-1:0] fraction;

  assign {exponent, fraction} = code_i;

  always_comb begin
    zero_o = 1'b0;
    scale_o = 16'(exponent) - 16'(Bias);
    fraction_o = fraction;
    if (exponent == '0 && !Hill) begin
      zero_o = 1'b1;
      scale_o = '0;
      fraction_o = '0;
      // The highest one of the fraction is the last that the loop sees.
      for (int unsigned i = 0; i < FractionBits; i++) begin
        if (fraction[i]) begin
          zero_o = 1'b0;
          scale_o = 16'sd1 - 16'(Bias) + 16'(i) - 16'(FractionBits);
          fraction_o = fraction << (FractionBits - i);
        end
      end
    end
  end

endmodule
