// SPDX-License-Identifier: Apache-2.0
// Shifts the leading one of a word to its top bit and says by how much. Combinational, log2(Width) stages.
module normalizer #(
    parameter int unsigned Width = 32,
    localparam int unsigned CountBits = $clog2(Width)
) (
    input  logic [Width-1:0]     data_i,
    output logic [Width-1:0]     data_o,   // data_i << count_o; 0 for 0
    output logic [CountBits-1:0] count_o,  // leading zeros; meaningless for 0
    output logic                 zero_o    // data_i is 0
);

  if (Width < 2) begin : gen_width_check
    $fatal(1, "normalizer: Width is 2 or more");
  end

  always_comb begin
    data_o  = data_i;
    count_o = '0;
    for (int unsigned i = 0; i < CountBits; i++) begin
      // The top 2^s bits are zero: take s from the largest to the smallest.
      if ((data_o >> (Width - (1 << (CountBits - 1 - i)))) == '0) begin
        count_o[CountBits-1-i] = 1'b1;
        data_o = data_o << (1 << (CountBits - 1 - i));
      end
    end
  end

  assign zero_o = ~data_o[Width-1];

endmodule
