// SPDX-License-Identifier: Apache-2.0
// a b as on paper: a where b has a one, moved there, and added up.
module long_product #(
    parameter int unsigned ABits = 8,
    parameter int unsigned BBits = 8
) (
    input  logic [ABits-1:0]       a_i,
    input  logic [BBits-1:0]       b_i,
    output logic [ABits+BBits-1:0] product_o
);

  always_comb begin
    product_o = '0;
    for (int unsigned i = 0; i < BBits; i++) begin
      if (b_i[i]) product_o = product_o + ((ABits + BBits)'(a_i) << i);
    end
  end

endmodule
