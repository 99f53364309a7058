// SPDX-License-Identifier: Apache-2.0
// Barrel shifter and rounder of integers: |x| * 2^-shift to an N-bit mantissa, one rounding, saturating symmetrically at
// +-(2^(N-1) - 1). Combinational.
module shift_round #(
    parameter int unsigned N = 8,         // 2..32
    parameter int unsigned AccBits = 32   // of the magnitude
) (
    input  logic                         negative_i,
    input  logic [AccBits-1:0]           magnitude_i,
    input  logic signed [command_pkg::ShiftBits-1:0] shift_i,      // negative: left
    input  logic [2:0]                   rounding_i,   // rounding_pkg
    input  logic [31:0]                  random_i,     // of rounding_pkg::Sr
    output logic [N-1:0]                 code_o,       // two's complement
    output logic [N-1:0]                 magnitude_o,
    output logic [events_pkg::Count-1:0] events_o
);

  // Kept bits, then the discarded ones: 32 for stochastic rounding, below them only whether any is set.
  localparam int unsigned KeptBits = AccBits + N;  // a left shift of N takes any non-zero magnitude out of range
  localparam int unsigned TailBits = AccBits + 32;
  localparam logic [N-1:0] Limit = {1'b0, {(N - 1) {1'b1}}};

  logic [7:0] right, left;
  logic [KeptBits-1:0] kept, rounded;
  logic [TailBits-1:0] tail;
  logic [32:0] stochastic;
  logic guard, sticky, up, saturates, inexact;

  always_comb begin
    left = '0;
    right = '0;
    if (shift_i < 0) left = -shift_i > 8'(N) ? 8'(N) : -shift_i;
    else right = shift_i > 8'(TailBits) ? 8'(TailBits) : shift_i;
  end

  assign {kept, tail} = {KeptBits'(magnitude_i) << left, {TailBits{1'b0}}} >> right;
  assign guard = tail[TailBits-1];
  assign sticky = tail[TailBits-2:0] != '0;
  assign inexact = guard | sticky;
  assign stochastic = {1'b0, tail[TailBits-1-:32]} + {1'b0, random_i};
  assign up = rounding_pkg::round_up(rounding_i, negative_i, kept[0], guard, sticky, stochastic[32]);
  assign rounded = kept + KeptBits'(up);
  assign saturates = rounded > KeptBits'(Limit);

  assign magnitude_o = saturates ? Limit : rounded[N-1:0];
  assign code_o = negative_i ? -magnitude_o : magnitude_o;

  always_comb begin
    events_o = '0;
    events_o[events_pkg::Saturation] = saturates;
    events_o[events_pkg::Inexact] = saturates | inexact;
    events_o[events_pkg::Underflow] = inexact & ~saturates & (rounded == '0);
  end

endmodule
