// SPDX-License-Identifier: Apache-2.0
// Class, sign, scale, significand and sticky to float code, one rounding. Combinational. With specials: subnormals, overflow to
// Inf or NaN (to the largest finite value under RTZ, and always where the format saturates), canonical NaN. Without (Hill): rounded
// with unbounded exponent, then flushed to +0 or saturated.
module float_encoder #(
    parameter int unsigned ExponentBits = 8,
    parameter int unsigned FractionBits = 23,
    parameter int unsigned Specials = float_pkg::InfNan,
    parameter int unsigned ScaleBits = 10,   // of scale_i
    parameter int unsigned SigBits = 28,     // of significand_i
    parameter bit Stochastic = 1'b0          // 1: rounding_pkg::Sr may be used
) (
    input  logic                                      zero_i,
    input  logic                                      infinite_i,
    input  logic                                      nan_i,          // wins over all
    input  logic                                      negative_i,
    input  logic signed [ScaleBits-1:0]               scale_i,        // weight of the significand's top bit
    input  logic        [SigBits-1:0]                 significand_i,  // top bit set unless zero, Inf or NaN
    input  logic                                      sticky_i,       // the magnitude is larger by less than one bit
    input  logic        [2:0]                         rounding_i,
    input  logic        [31:0]                        random_i,
    output logic        [ExponentBits+FractionBits:0] code_o,
    output logic        [events_pkg::Count-1:0]       events_o
);

  localparam int unsigned MagnitudeBits = ExponentBits + FractionBits;
  localparam int unsigned KeptBits = FractionBits + 1;
  // Discarded bits: what the significand has beyond the kept ones, the guard bit, 32 for stochastic rounding.
  localparam int unsigned BelowBits = SigBits > KeptBits ? SigBits - KeptBits : 0;
  localparam int unsigned WantedBits = Stochastic ? 32 : 1;
  localparam int unsigned TailBits = BelowBits > WantedBits ? BelowBits : WantedBits;
  localparam int unsigned AllBits = KeptBits + TailBits;
  // Scales beyond this are all alike: the whole significand is below the guard bit of the smallest subnormal.
  localparam int unsigned WideBits = (ScaleBits > ExponentBits ? ScaleBits : ExponentBits) + 2;
  localparam int unsigned Bias = (1 << (ExponentBits - 1)) - 1;
  localparam logic [MagnitudeBits-1:0] AllOnes = {MagnitudeBits{1'b1}};  // Yosys 0.23 reads '1 here as one bit
  localparam logic [MagnitudeBits-1:0] ExponentOnes = {{ExponentBits{1'b1}}, {FractionBits{1'b0}}};
  localparam int unsigned Kind = Specials % float_pkg::Saturating;
  localparam bit Saturates = Specials == float_pkg::None || Specials >= float_pkg::Saturating;
  localparam logic [MagnitudeBits-1:0] MaxMagnitude = Kind == float_pkg::None ? AllOnes :
                                                      Kind == float_pkg::NanOnly ? AllOnes - MagnitudeBits'(1) :
                                                      ExponentOnes - MagnitudeBits'(1);
  localparam logic [MagnitudeBits-1:0] CanonicalNan = Kind == float_pkg::NanOnly ? AllOnes :
                                                      ExponentOnes | (MagnitudeBits'(1) << (FractionBits - 1));

  if (ExponentBits < 2 || ExponentBits > 8 || FractionBits < 1 || FractionBits > 23 || Kind > 2 ||
      Specials == float_pkg::Saturating || Specials >= 2 * float_pkg::Saturating) begin : gen_parameter_check
    $fatal(1, "float_encoder: ExponentBits is 2 to 8, FractionBits 1 to 23, Specials 0, 1, 2, 5 or 6");
  end

  logic signed [WideBits-1:0] biased;
  logic [AllBits-1:0] aligned;
  logic [KeptBits-1:0] kept;
  logic [TailBits-1:0] tail;
  logic [KeptBits:0] integer_part;
  logic lost, guard, sticky, up, inexact;
  logic [MagnitudeBits-1:0] magnitude;
  logic too_large, flushed;

  assign biased = WideBits'(scale_i) + WideBits'(Bias);

  if (SigBits >= AllBits) begin : gen_cut
    // Equal by construction, or TailBits is what the significand has.
    assign aligned = significand_i;
  end else begin : gen_extend
    assign aligned = {significand_i, {(AllBits - SigBits) {1'b0}}};
  end

  if (Specials == float_pkg::None) begin : gen_normal
    assign {kept, tail} = aligned;
    assign lost = sticky_i;
  end else begin : gen_subnormal
    logic [WideBits-1:0] distance, shift;
    logic [2*AllBits-1:0] shifted;
    assign distance = WideBits'(1) - biased;
    assign shift = biased >= 1 ? '0 : distance > WideBits'(AllBits) ? WideBits'(AllBits) : distance;
    assign shifted = {aligned, {AllBits{1'b0}}} >> shift;
    assign {kept, tail} = shifted[2*AllBits-1:AllBits];
    assign lost = sticky_i | (shifted[AllBits-1:0] != '0);
  end

  assign guard = tail[TailBits-1];
  if (TailBits == 1) begin : gen_guard_only
    assign sticky = lost;
  end else begin : gen_tail
    assign sticky = lost | (tail[TailBits-2:0] != '0);
  end
  assign inexact = guard | sticky;
  if (Stochastic) begin : gen_stochastic
    logic [32:0] stochastic;
    assign stochastic = {1'b0, tail[TailBits-1-:32]} + {1'b0, random_i};
    assign up = rounding_pkg::round_up(rounding_i, negative_i, kept[0], guard, sticky, stochastic[32]);
  end else begin : gen_deterministic
    logic unused;
    assign unused = ^random_i;
    assign up = rounding_pkg::round_up(rounding_i, negative_i, kept[0], guard, sticky, 1'b0);
  end
  assign integer_part = {1'b0, kept} + (KeptBits + 1)'(up);

  if (Specials == float_pkg::None) begin : gen_hill_fields
    logic signed [WideBits-1:0] exponent;
    assign exponent = biased + WideBits'(integer_part[KeptBits]);
    assign flushed = exponent < 1;
    assign too_large = exponent > WideBits'((1 << ExponentBits) - 1);
    // After a carry the fraction is zero.
    assign magnitude = {exponent[ExponentBits-1:0], integer_part[FractionBits-1:0]};
  end else begin : gen_ieee_fields
    // The hidden bit and a carry move into the exponent field by themselves.
    logic [WideBits-1:0] binade;
    logic [WideBits+FractionBits-1:0] sum;
    assign binade = biased >= 1 ? biased - WideBits'(1) : '0;
    assign sum = {binade, {FractionBits{1'b0}}} + (WideBits + FractionBits)'(integer_part);
    assign too_large = sum > (WideBits + FractionBits)'(MaxMagnitude);
    assign magnitude = sum[MagnitudeBits-1:0];
    assign flushed = 1'b0;
  end

  always_comb begin
    code_o = {negative_i, magnitude};
    events_o = '0;
    if (nan_i) begin
      events_o[events_pkg::Nar] = 1'b1;
      code_o = Specials == float_pkg::None ? '0 : {1'b0, CanonicalNan};
    end else if (zero_i) begin
      code_o = {Specials == float_pkg::None ? 1'b0 : negative_i, {MagnitudeBits{1'b0}}};
    end else if (infinite_i || too_large) begin
      if (Saturates || (!infinite_i && rounding_i == rounding_pkg::Rtz)) begin
        code_o = {negative_i, MaxMagnitude};
        events_o[events_pkg::Saturation] = 1'b1;
      end else if (Kind == float_pkg::InfNan) begin
        code_o = {negative_i, ExponentOnes};
        events_o[events_pkg::Overflow] = ~infinite_i;
      end else begin
        code_o = {1'b0, CanonicalNan};
        events_o[events_pkg::Overflow] = ~infinite_i;
        events_o[events_pkg::Nar] = 1'b1;
      end
      events_o[events_pkg::Inexact] = ~infinite_i;
    end else if (flushed) begin
      code_o = '0;
      events_o[events_pkg::Underflow] = 1'b1;
      events_o[events_pkg::Inexact] = 1'b1;
    end else begin
      events_o[events_pkg::Inexact] = inexact;
      events_o[events_pkg::Underflow] = inexact && magnitude == '0;
    end
  end

endmodule
