// SPDX-License-Identifier: Apache-2.0
// Quire plus (-1)^negative significand 2^(position - fraction bits), in integers that hold every sum. A full quire has the range of
// the Posit Standard 2022 and becomes NaR beyond it, and at its most negative pattern; a narrower one becomes the bound it passes.
module quire_sum #(
    parameter int unsigned QuireBits = 96,
    parameter int unsigned FullBits = 96,
    parameter int unsigned MaxPosition = 64,
    parameter int unsigned ExtraBits = 0,
    parameter int unsigned SigBits = 8,
    parameter int unsigned FractionBits = 6,
    localparam int unsigned RegisterBits = QuireBits + ExtraBits
) (
    input  logic [RegisterBits:0] state_i,
    input  logic                  zero_i,
    input  logic                  nar_i,
    input  logic                  negative_i,
    input  logic [15:0]           position_i,
    input  logic [SigBits-1:0]    significand_i,
    output logic [RegisterBits:0] state_o,
    output logic [4:0]            events_o
);

  localparam int unsigned WideBits = (RegisterBits > MaxPosition + SigBits ? RegisterBits : MaxPosition + SigBits) + FractionBits + 3;

  // In units of 2^-FractionBits register LSBs.
  logic signed [WideBits-1:0] term, total, greatest, least;
  assign term = WideBits'(significand_i) << position_i;
  assign total = (WideBits'(signed'(state_i[RegisterBits-1:0])) <<< FractionBits) + (negative_i ? -term : term);
  assign greatest = ((WideBits'(1) << (RegisterBits - 1)) - WideBits'(1)) << FractionBits;
  assign least = -(WideBits'(1) << (RegisterBits - 1 + FractionBits));

  always_comb begin
    state_o = {1'b0, total[FractionBits+RegisterBits-1:FractionBits]};
    events_o = '0;
    if (state_i[RegisterBits] || nar_i) begin
      state_o = {1'b1, {RegisterBits{1'b0}}};
    end else if (zero_i) begin
      state_o = state_i;
    end else if (QuireBits < FullBits) begin
      if (total > greatest || total < least) begin
        // The quire's own bound: what the register has below its LSB is zero.
        state_o = {1'b0, total < 0, {(QuireBits - 1) {total > 0}}, {ExtraBits{1'b0}}};
        events_o[rounding_spec_pkg::Saturation] = 1'b1;
      end
    end else if (total > greatest || total <= least) begin
      state_o = {1'b1, {RegisterBits{1'b0}}};
      events_o[rounding_spec_pkg::Overflow] = 1'b1;
    end
  end

endmodule
