// SPDX-License-Identifier: Apache-2.0
// posit_term is quire_sum, for every quire and every term that occurs: its leading one at `position` or, of a product, one higher;
// nothing below the register's LSB; no higher than MaxPosition.
module posit_term_check #(
    parameter int unsigned QuireBits = 96,
    parameter int unsigned FullBits = 96,
    parameter int unsigned MaxPosition = 64,
    parameter int unsigned ExtraBits = 0,
    parameter int unsigned SigBits = 8,
    parameter int unsigned FractionBits = 6
) (
    input  logic [QuireBits+ExtraBits:0]        state_i,
    input  logic                                zero_i,
    input  logic                                nar_i,
    input  logic                                negative_i,
    input  logic [$clog2(MaxPosition + 1)-1:0]  position_i,
    input  logic [SigBits-1:0]                  significand_i,
    output logic [QuireBits+ExtraBits:0]        state_o,
    output logic [4:0]                          events_o,
    output logic                                fails_o
);

  localparam int unsigned TermBits = MaxPosition + SigBits;

  dut u_dut (.*);

  logic [QuireBits+ExtraBits:0] state;
  logic [4:0] events;
  quire_sum #(
      .QuireBits   (QuireBits),
      .FullBits    (FullBits),
      .MaxPosition (MaxPosition),
      .ExtraBits   (ExtraBits),
      .SigBits     (SigBits),
      .FractionBits(FractionBits)
  ) u_sum (
      .state_i,
      .zero_i,
      .nar_i,
      .negative_i,
      .position_i(16'(position_i)),
      .significand_i,
      .state_o   (state),
      .events_o  (events)
  );

  logic [TermBits-1:0] term, top;
  logic occurs;
  assign term = TermBits'(significand_i) << position_i;
  assign top = TermBits'(1) << (MaxPosition + FractionBits);  // 2^MaxPosition
  assign occurs = significand_i >> FractionBits != '0 && (term & ((TermBits'(1) << FractionBits) - TermBits'(1))) == '0 && term <= top &&
                  16'(position_i) <= 16'(MaxPosition);
  assign fails_o = (zero_i || nar_i || occurs) && (state_o != state || events_o != events);

endmodule
