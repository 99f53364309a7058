// SPDX-License-Identifier: Apache-2.0
// Sign, scale, fraction and sticky to posit code, one rounding on the code string (Posit Standard 2022): never NaR from a
// finite non-zero value, and 0 only with Underflow. Combinational.
module posit_encoder #(
    parameter int unsigned N = 16,         // code bits, 4..32
    parameter int unsigned Es = 2,         // exponent bits, 0..3
    parameter int unsigned ScaleBits = 9,  // of scale_i, more than Es
    // Bits behind the leading one. At least N-2-Es makes RNE, RTZ, RHU and RHA exact, 32 more makes stochastic rounding so.
    parameter int unsigned FractionBits = 48,
    parameter bit Underflow = 1'b0  // what is at most minpos / 2^(2^Es) becomes 0; 0: minpos, as all below it
) (
    input  logic                                  zero_i,
    input  logic                                  nar_i,       // wins over zero_i
    input  logic                                  negative_i,
    input  logic signed [ScaleBits-1:0]           scale_i,
    input  logic        [FractionBits-1:0]        fraction_i,
    input  logic                                  sticky_i,    // the magnitude is larger by less than one fraction LSB
    input  logic        [2:0]                     rounding_i,  // rounding_pkg; tie to a constant for a fixed mode
    input  logic        [31:0]                    random_i,    // of rounding_pkg::Sr
    output logic        [N-1:0]                   code_o,
    output logic        [events_pkg::Count-1:0]   events_o
);

  if (N < 4 || N > 32 || Es > 3) begin : gen_parameter_check
    $fatal(1, "posit_encoder: N is 4 to 32 and Es 0 to 3");
  end
  if (ScaleBits < $clog2(((N - 2) << Es) + 1) + 1 || FractionBits < (N > Es + 3 ? N - 2 - Es : 1)) begin : gen_width_check
    $fatal(1, "posit_encoder: ScaleBits or FractionBits cannot hold every value of the format");
  end

  localparam int unsigned RegimeBits = ScaleBits - Es;
  localparam logic signed [RegimeBits-1:0] MaxRegime = RegimeBits'(N - 2);
  localparam logic signed [RegimeBits-1:0] MinRegime = -MaxRegime;
  localparam int unsigned TailBits = Es + FractionBits;  // discarded bits of the longest string
  localparam int unsigned StringBits = N - 1 + TailBits;
  localparam int unsigned PaddedTailBits = TailBits < 32 ? 32 : TailBits;

  logic signed [RegimeBits-1:0] regime;
  logic [RegimeBits-1:0] run;  // regime bits beyond the first
  logic signed [StringBits-1:0] unlimited;
  logic [N-2:0] kept, magnitude;
  logic [TailBits-1:0] tail;
  logic [PaddedTailBits-1:0] padded_tail;
  logic [32:0] stochastic;
  logic beyond_max, below_min, above_zero, is_power, not_zero_tail, up, inexact;

  assign regime = scale_i[ScaleBits-1:Es];
  assign run = regime[RegimeBits-1] ? ~regime : regime;
  assign beyond_max = regime >= MaxRegime;
  assign below_min = regime < MinRegime;
  assign is_power = fraction_i == '0 && !sticky_i && (scale_i & ScaleBits'((1 << Es) - 1)) == '0;  // 2^(regime 2^Es)
  // The longest regime of zeros, one bit more than the code has, is 2^-((N-1) 2^Es) and what follows it.
  assign above_zero = !Underflow || (regime == MinRegime - RegimeBits'(1) && !is_power);

  // Two regime bits, exponent, fraction; the arithmetic shift repeats the first regime bit.
  if (Es == 0) begin : gen_no_exponent
    assign unlimited = signed'({~regime[RegimeBits-1], regime[RegimeBits-1], fraction_i, {(N - 3) {1'b0}}}) >>> run;
  end else begin : gen_exponent
    assign unlimited = signed'({~regime[RegimeBits-1], regime[RegimeBits-1], scale_i[Es-1:0], fraction_i, {(N - 3) {1'b0}}})
                       >>> run;
  end
  assign kept = unlimited[StringBits-1-:N-1];
  assign tail = unlimited[TailBits-1:0];

  if (TailBits < 32) begin : gen_pad_tail
    assign padded_tail = {tail, {(32 - TailBits) {1'b0}}};
  end else begin : gen_whole_tail
    assign padded_tail = tail;
  end
  assign not_zero_tail = (padded_tail[PaddedTailBits-2:0] != '0) | sticky_i;
  assign stochastic = {1'b0, padded_tail[PaddedTailBits-1-:32]} + {1'b0, random_i};
  assign up = rounding_pkg::round_up(rounding_i, negative_i, kept[0], padded_tail[PaddedTailBits-1], not_zero_tail, stochastic[32]);

  always_comb begin
    if (beyond_max) begin
      magnitude = '1;
      inexact = regime != MaxRegime || !is_power;
    end else if (below_min) begin
      magnitude = (N - 1)'(above_zero);
      inexact = 1'b1;
    end else begin
      magnitude = kept + (N - 1)'(up);
      inexact = padded_tail[PaddedTailBits-1] | not_zero_tail;
    end
  end

  always_comb begin
    code_o = negative_i ? -{1'b0, magnitude} : {1'b0, magnitude};
    events_o = '0;
    events_o[events_pkg::Saturation] = beyond_max & inexact;
    events_o[events_pkg::Underflow] = below_min;
    events_o[events_pkg::Inexact] = inexact;
    if (zero_i) begin
      code_o = '0;
      events_o = '0;
    end
    if (nar_i) begin
      code_o = {1'b1, {(N - 1) {1'b0}}};
      events_o = '0;
      events_o[events_pkg::Nar] = 1'b1;
    end
  end

endmodule
