// SPDX-License-Identifier: Apache-2.0
// float_encoder rounds as float_rounding says; NaN before zero and infinity. All inputs are free, but that the significand of a
// finite value has its top bit, and nothing is zero and infinite.
module float_encoder_check #(
    parameter int unsigned ExponentBits = 8,
    parameter int unsigned FractionBits = 23,
    parameter int unsigned Specials = 1,
    parameter int unsigned ScaleBits = 10,
    parameter int unsigned SigBits = 28,
    parameter bit Stochastic = 1'b0
) (
    input  logic                               zero_i,
    input  logic                               infinite_i,
    input  logic                               nan_i,
    input  logic                               negative_i,
    input  logic [ScaleBits-1:0]               scale_i,
    input  logic [SigBits-1:0]                 significand_i,
    input  logic                               sticky_i,
    input  logic [2:0]                         rounding_i,
    input  logic [31:0]                        random_i,
    output logic [ExponentBits+FractionBits:0] code_o,
    output logic [4:0]                         events_o,
    output logic                               fails_o
);

  dut u_dut (.*);

  logic in_scope, holds;
  assign in_scope = (zero_i || infinite_i || nan_i || significand_i[SigBits-1]) && !(zero_i && infinite_i)
                    && rounding_i < (Stochastic ? 3'd5 : 3'd4);
  float_result #(
      .ExponentBits     (ExponentBits),
      .FractionBits     (FractionBits),
      .Specials         (Specials),
      .InputFractionBits(SigBits - 1),
      .Stochastic       (Stochastic)
  ) u_result (
      .zero_i,
      .infinite_i,
      .nan_i,
      .negative_i,
      .scale_i   (16'(signed'(scale_i))),
      .fraction_i(significand_i[SigBits-2:0]),
      .sticky_i,
      .rounding_i,
      .random_i,
      .code_i    (code_o),
      .events_i  (events_o),
      .holds_o   (holds)
  );
  assign fails_o = in_scope && !holds;

endmodule
