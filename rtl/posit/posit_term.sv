// SPDX-License-Identifier: Apache-2.0
// Adds (-1)^negative * significand * 2^position register LSBs to a quire. Combinational. A quire of the full width overflows to
// NaR; a narrower one keeps its LSB and saturates. The register may have ExtraBits below the quire's LSB: saturated, they are zero.
module posit_term #(
    parameter int unsigned QuireBits = 256,
    parameter int unsigned FullBits = 256,     // of a full quire: maxpos_a maxpos_b in LSBs has 32 bits less
    parameter int unsigned MaxPosition = 224,  // no term lies higher
    parameter int unsigned ExtraBits = 0,
    parameter int unsigned SigBits = 24,       // of significand_i
    parameter int unsigned FractionBits = 22,  // of those, behind the point; ones below the register's LSB do not occur
    localparam int unsigned PositionBits = $clog2(MaxPosition + 1),
    localparam int unsigned RegisterBits = QuireBits + ExtraBits,
    localparam int unsigned StateBits = RegisterBits + 1
) (
    input  logic [StateBits-1:0]         state_i,        // NaR flag, register
    input  logic                         zero_i,
    input  logic                         nar_i,          // wins over zero_i
    input  logic                         negative_i,
    input  logic [PositionBits-1:0]      position_i,
    input  logic [SigBits-1:0]           significand_i,
    output logic [StateBits-1:0]         state_o,
    output logic [events_pkg::Count-1:0] events_o
);

  localparam bit Saturates = QuireBits < FullBits;
  // A register needs the magnitude up to twice its range: beyond that every sum leaves it.
  localparam int unsigned MagnitudeBits = RegisterBits + 1 < MaxPosition + 1 ? RegisterBits + 1 : MaxPosition + 1;
  localparam int unsigned ShiftBits = MagnitudeBits + FractionBits;
  localparam int unsigned SumBits = RegisterBits + 3;

  if (QuireBits < 4 || QuireBits > FullBits) begin : gen_parameter_check
    $fatal(1, "posit_term: QuireBits is 4 to FullBits");
  end

  logic nar;
  logic [ShiftBits-1:0] shifted;
  logic [MagnitudeBits-1:0] magnitude;
  logic too_large, fits;
  logic signed [SumBits-1:0] quire, term, sum;
  logic [RegisterBits-1:0] limit;

  assign nar = state_i[RegisterBits];
  assign quire = SumBits'(signed'(state_i[RegisterBits-1:0]));

  if (ShiftBits >= SigBits) begin : gen_shift
    assign shifted = ShiftBits'(significand_i) << position_i;
  end else begin : gen_narrow_shift
    // Bits above ShiftBits are seen by too_large.
    assign shifted = significand_i[ShiftBits-1:0] << position_i;
  end
  assign magnitude = shifted[ShiftBits-1:FractionBits];
  if (MagnitudeBits > MaxPosition) begin : gen_fits
    assign too_large = 1'b0;
  end else begin : gen_too_large
    // The term's leading one is at position_i, or one above it where a product reaches 2.
    logic [PositionBits:0] leading;
    if (SigBits > FractionBits + 1) begin : gen_product
      assign leading = {1'b0, position_i} + (PositionBits + 1)'(significand_i[SigBits-1]);
    end else begin : gen_single
      assign leading = {1'b0, position_i};
    end
    assign too_large = leading >= (PositionBits + 1)'(MagnitudeBits);
  end

  assign term = signed'({{(SumBits - MagnitudeBits) {1'b0}}, magnitude});
  assign sum = negative_i ? quire - term : quire + term;
  assign fits = !too_large && (sum[SumBits-1:RegisterBits-1] == '0 || sum[SumBits-1:RegisterBits-1] == '1);
  assign limit = {(too_large ? negative_i : sum[SumBits-1]) ? {1'b1, {(QuireBits - 1) {1'b0}}} : {1'b0, {(QuireBits - 1) {1'b1}}},
                  {ExtraBits{1'b0}}};

  always_comb begin
    state_o  = {nar, sum[RegisterBits-1:0]};
    events_o = '0;
    if (nar || nar_i) begin
      state_o = {1'b1, {RegisterBits{1'b0}}};
    end else if (zero_i) begin
      state_o = state_i;
    end else if (Saturates) begin
      if (!fits) begin
        state_o = {1'b0, limit};
        events_o[events_pkg::Saturation] = 1'b1;
      end
    end else if (!fits || sum[RegisterBits-1:0] == {1'b1, {(RegisterBits - 1) {1'b0}}}) begin
      state_o = {1'b1, {RegisterBits{1'b0}}};  // 10...0 is the quire's NaR
      events_o[events_pkg::Overflow] = 1'b1;
    end
  end

endmodule
