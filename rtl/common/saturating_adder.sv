// SPDX-License-Identifier: Apache-2.0
// sum_i + term_i, clamped to the two's-complement range of SumBits. Combinational.
module saturating_adder #(
    parameter int unsigned SumBits  = 32,
    parameter int unsigned TermBits = 16
) (
    input  logic signed [SumBits-1:0]  sum_i,
    input  logic signed [TermBits-1:0] term_i,
    output logic [SumBits-1:0]         sum_o,
    output logic                       saturates_o
);

  localparam int unsigned ExactBits = (SumBits > TermBits ? SumBits : TermBits) + 1;

  logic signed [ExactBits-1:0] exact;

  assign exact = ExactBits'(sum_i) + ExactBits'(term_i);
  assign saturates_o = exact[ExactBits-1:SumBits-1] != '0 && exact[ExactBits-1:SumBits-1] != '1;
  assign sum_o = saturates_o ? {exact[ExactBits-1], {(SumBits - 1) {~exact[ExactBits-1]}}} : exact[SumBits-1:0];

endmodule
