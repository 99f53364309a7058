// SPDX-License-Identifier: Apache-2.0
// float_accumulator: sum and term as integers of one unit, added exactly, the total rounded as float_rounding says. A total of zero
// is +0 unless both are -0. All inputs are free, but that the term's significand has its top bit, and nothing is zero and infinite.
module float_accumulator_check #(
    parameter int unsigned ExponentBits = 8,
    parameter int unsigned FractionBits = 23,
    parameter int unsigned Specials = 1,
    parameter int unsigned TermScaleBits = 9,
    parameter int unsigned TermBits = 24
) (
    input  logic [ExponentBits+FractionBits:0] sum_i,
    input  logic                               term_zero_i,
    input  logic                               term_infinite_i,
    input  logic                               term_nan_i,
    input  logic                               term_negative_i,
    input  logic [TermScaleBits-1:0]           term_scale_i,
    input  logic [TermBits-1:0]                term_significand_i,
    input  logic [2:0]                         rounding_i,
    output logic [ExponentBits+FractionBits:0] sum_o,
    output logic [4:0]                         events_o,
    output logic                               fails_o
);

  dut u_dut (.*);

  localparam int unsigned Bias = (1 << (ExponentBits - 1)) - 1;
  localparam bit Hill = Specials == 0;
  localparam bit Ieee = Specials == 1 || Specials == 5;
  // The unit is 2^-UnitScale: the last bit of the smallest term, or of a subnormal sum.
  localparam int unsigned TermFoot = (1 << (TermScaleBits - 1)) + TermBits - 1;
  localparam int unsigned SumFoot = Bias + FractionBits;
  localparam int unsigned UnitScale = TermFoot > SumFoot ? TermFoot : SumFoot;
  localparam int unsigned TermTop = 1 << (TermScaleBits - 1);
  localparam int unsigned SumTop = Bias + 2;
  localparam int unsigned Bits = UnitScale + (TermTop > SumTop ? TermTop : SumTop) + 3;
  localparam int unsigned CountBits = $clog2(Bits);

  logic sum_negative, sum_zero, sum_infinite, sum_nan;
  logic [ExponentBits-1:0] exponent;
  logic [FractionBits-1:0] fraction;
  assign {sum_negative, exponent, fraction} = sum_i;
  assign sum_zero = exponent == '0 && (Hill || fraction == '0);
  assign sum_infinite = Ieee && (&exponent) && fraction == '0;
  assign sum_nan = !Hill && (&exponent) && (Ieee ? fraction != '0 : (&fraction));

  logic [Bits-1:0] sum_magnitude, term_magnitude;
  logic signed [15:0] sum_up, term_up;
  assign sum_up = 16'(UnitScale - SumFoot) + (exponent == '0 ? 16'd1 : 16'(exponent));
  assign sum_magnitude = sum_zero ? '0 : Bits'({exponent != '0, fraction}) << sum_up;
  assign term_up = 16'(signed'(term_scale_i)) + 16'(UnitScale - TermBits + 1);
  assign term_magnitude = term_zero_i ? '0 : Bits'(term_significand_i) << term_up;

  logic signed [Bits:0] total;
  logic [Bits-1:0] magnitude, normalised;
  logic negative, infinite, nan;
  logic signed [15:0] scale;
  always_comb begin
    total = '0;
    if (sum_negative) total = total - (Bits + 1)'(sum_magnitude);
    else total = total + (Bits + 1)'(sum_magnitude);
    if (term_negative_i) total = total - (Bits + 1)'(term_magnitude);
    else total = total + (Bits + 1)'(term_magnitude);
  end
  assign magnitude = total < 0 ? -total : total;
  always_comb begin
    normalised = '0;
    scale = '0;
    for (int unsigned i = 0; i < Bits; i++) begin
      if (magnitude[i]) begin
        normalised = magnitude << (Bits - 1 - i);
        scale = 16'(i) - 16'(UnitScale);
      end
    end
  end

  assign nan = sum_nan || term_nan_i || (sum_infinite && term_infinite_i && sum_negative != term_negative_i);
  assign infinite = sum_infinite || term_infinite_i;
  always_comb begin
    if (sum_infinite) negative = sum_negative;
    else if (term_infinite_i) negative = term_negative_i;
    else if (total != '0) negative = total < 0;
    else negative = sum_negative && term_negative_i && sum_zero && term_zero_i;
  end

  logic in_scope, holds;
  assign in_scope = (term_zero_i || term_infinite_i || term_nan_i || term_significand_i[TermBits-1]) && !(term_zero_i && term_infinite_i)
                    && rounding_i < 3'd4;
  float_result #(
      .ExponentBits     (ExponentBits),
      .FractionBits     (FractionBits),
      .Specials         (Specials),
      .InputFractionBits(Bits - 1)
  ) u_result (
      .zero_i    (!infinite && total == '0),
      .infinite_i(infinite),
      .nan_i     (nan),
      .negative_i(negative),
      .scale_i   (scale),
      .fraction_i(normalised[Bits-2:0]),
      .sticky_i  (1'b0),
      .rounding_i,
      .random_i  (32'd0),
      .code_i    (sum_o),
      .events_i  (events_o),
      .holds_o   (holds)
  );
  assign fails_o = in_scope && !holds;

endmodule
