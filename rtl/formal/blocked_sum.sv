// SPDX-License-Identifier: Apache-2.0
// A step of the `blocked` policy as its formula (docs/rtl/integer.md), on integers that count 2^-128 of the register's unit:
// t = clamp(RTZ(sum 2^12 + block 2^(12 - shift))) to I + 12 bits; sum' = min((t + 0x800) >> 12, 2^(I-1) - 1).
module blocked_sum #(
    parameter int unsigned SumBits = 20,
    parameter int unsigned BlockBits = 37
) (
    input  logic signed [SumBits-1:0]   sum_i,
    input  logic signed [BlockBits-1:0] block_i,
    input  logic signed [7:0]           shift_i,
    output logic signed [SumBits-1:0]   sum_o,
    output logic                        clamped_o
);

  // sum 2^12 2^128 + block 2^(12 - shift + 128), the second with up to 268 zeros behind it.
  localparam int unsigned Bits = SumBits + BlockBits + 272;

  logic signed [Bits-1:0] total, magnitude, truncated, greatest, least, register, rounded, last;
  assign total = (Bits'(sum_i) <<< 140) + (Bits'(block_i) <<< (10'sd140 - 10'(shift_i)));
  assign magnitude = total < 0 ? -total : total;
  assign truncated = total < 0 ? -(magnitude >>> 128) : magnitude >>> 128;
  assign greatest = (Bits'(1) << (SumBits + 11)) - Bits'(1);
  assign least = ~greatest;
  assign register = truncated > greatest ? greatest : truncated < least ? least : truncated;
  assign rounded = (register + Bits'(2048)) >>> 12;
  assign last = (Bits'(1) << (SumBits - 1)) - Bits'(1);
  assign sum_o = rounded > last ? last[SumBits-1:0] : rounded[SumBits-1:0];
  assign clamped_o = register != truncated || rounded > last;

endmodule
