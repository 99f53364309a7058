// SPDX-License-Identifier: Apache-2.0
// Folds a block sum into the running sum of the `blocked` policy (models/numerics/blocked.h). Combinational.
//   t = clamp_{I+12 bits}(RTZ(sum * 2^12 + block * 2^(12 - shift)));  sum' = min((t + 0x800) >> 12, 2^(I-1) - 1)
// RTZ acts on the combined value: the floor of the shifted block plus the sum, raised by one where that is negative and bits
// were lost.
module block_rounder #(
    parameter int unsigned SumBits = 20,    // I: integer bits of the running sum
    parameter int unsigned BlockBits = 37
) (
    input  logic signed [SumBits-1:0]   sum_i,     // output LSBs
    input  logic signed [BlockBits-1:0] block_i,   // one unit is 2^-shift_i output LSBs
    input  logic signed [command_pkg::ShiftBits-1:0] shift_i,
    output logic signed [SumBits-1:0]   sum_o,
    output logic                        clamped_o
);

  localparam int unsigned GuardBits = 12;
  localparam int unsigned RegisterBits = SumBits + GuardBits;
  // A left shift beyond this takes any non-zero block out of the register whatever the sum.
  localparam int unsigned MaxLeft = RegisterBits + 1;
  localparam int unsigned WideBits = BlockBits + MaxLeft;
  localparam int unsigned TotalBits = WideBits + 2;

  logic signed [8:0] left;       // positions that the block moves left; negative: right
  logic signed [8:0] limited_left;
  logic signed [WideBits-1:0] shifted;
  logic [BlockBits-1:0] lost;
  logic signed [TotalBits-1:0] combined, truncated;
  logic fits;
  logic signed [RegisterBits-1:0] guarded;
  logic signed [RegisterBits:0] rounded;

  assign left = 9'sd12 - 9'(shift_i);
  assign limited_left = left > signed'(9'(MaxLeft)) ? 9'(MaxLeft) : left;

  always_comb begin
    lost = '0;
    if (left >= 0) begin
      shifted = WideBits'(block_i) <<< limited_left;
    end else begin
      shifted = WideBits'(block_i) >>> (-left);
      // The bits that the right shift drops.
      lost = block_i & ~({BlockBits{1'b1}} << (-left));
    end
  end

  assign combined = TotalBits'(signed'({sum_i, {GuardBits{1'b0}}})) + TotalBits'(shifted);
  assign truncated = combined[TotalBits-1] && lost != '0 ? combined + TotalBits'(1) : combined;

  assign fits = truncated[TotalBits-1:RegisterBits-1] == '0 || truncated[TotalBits-1:RegisterBits-1] == '1;
  assign guarded = fits ? truncated[RegisterBits-1:0] : {truncated[TotalBits-1], {(RegisterBits - 1) {~truncated[TotalBits-1]}}};
  assign rounded = (RegisterBits + 1)'(guarded) + (RegisterBits + 1)'(1 << (GuardBits - 1));

  // Rounding up can leave the register only at its positive end.
  logic rounds_out;
  assign rounds_out = ~rounded[RegisterBits] & rounded[RegisterBits-1];
  assign sum_o = rounds_out ? {1'b0, {(SumBits - 1) {1'b1}}} : rounded[RegisterBits-1:GuardBits];
  assign clamped_o = ~fits | rounds_out;

endmodule
