// SPDX-License-Identifier: Apache-2.0
// normalizer: where the highest one of the word is says what the outputs are.
module normalizer_check #(
    parameter int unsigned Width = 32
) (
    input  logic [Width-1:0] data_i,
    output logic             fails_o
);

  localparam int unsigned CountBits = $clog2(Width);

  logic [Width-1:0] data;
  logic [CountBits-1:0] count;
  logic zero, holds;
  dut u_dut (.data_i, .data_o(data), .count_o(count), .zero_o(zero));

  always_comb begin
    holds = zero && data == '0;
    for (int unsigned i = 0; i < Width; i++) begin
      if (data_i[i]) holds = !zero && count == CountBits'(Width - 1 - i) && data == data_i << (Width - 1 - i);
    end
  end
  assign fails_o = ~holds;

endmodule
