// SPDX-License-Identifier: Apache-2.0
// saturating_adder: the sum of integers, or the bound that it passes.
module saturating_adder_check #(
    parameter int unsigned SumBits = 32,
    parameter int unsigned TermBits = 16
) (
    input  logic signed [SumBits-1:0]  sum_i,
    input  logic signed [TermBits-1:0] term_i,
    output logic                       fails_o
);

  localparam int unsigned Bits = SumBits + TermBits + 1;

  logic [SumBits-1:0] sum;
  logic saturates;
  dut u_dut (.sum_i, .term_i, .sum_o(sum), .saturates_o(saturates));

  logic signed [Bits-1:0] total, greatest, least, expected;
  assign total = Bits'(sum_i) + Bits'(term_i);
  assign greatest = (Bits'(1) << (SumBits - 1)) - Bits'(1);
  assign least = ~greatest;
  assign expected = total > greatest ? greatest : total < least ? least : total;
  assign fails_o = Bits'(signed'(sum)) != expected || saturates != (expected != total);

endmodule
