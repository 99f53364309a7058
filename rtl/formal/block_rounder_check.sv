// SPDX-License-Identifier: Apache-2.0
// block_rounder is blocked_sum. All inputs are free.
module block_rounder_check #(
    parameter int unsigned SumBits = 20,
    parameter int unsigned BlockBits = 37
) (
    input  logic [SumBits-1:0]   sum_i,
    input  logic [BlockBits-1:0] block_i,
    input  logic [7:0]           shift_i,
    output logic [SumBits-1:0]   sum_o,
    output logic                 clamped_o,
    output logic                 fails_o
);

  dut u_dut (.*);

  logic [SumBits-1:0] sum;
  logic clamped;
  blocked_sum #(
      .SumBits  (SumBits),
      .BlockBits(BlockBits)
  ) u_sum (
      .sum_i,
      .block_i,
      .shift_i,
      .sum_o    (sum),
      .clamped_o(clamped)
  );
  assign fails_o = sum_o != sum || clamped_o != clamped;

endmodule
