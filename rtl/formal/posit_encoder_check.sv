// SPDX-License-Identifier: Apache-2.0
// posit_encoder rounds as the Posit Standard 2022 (section 4.1) says, with the thresholds of rounding_spec_pkg: what lies beyond maxpos
// becomes maxpos, what lies below minpos becomes minpos, or 0 where `Underflow` says so. All inputs are free.
module posit_encoder_check #(
    parameter int unsigned N = 16,
    parameter int unsigned Es = 2,
    parameter int unsigned ScaleBits = 9,
    parameter int unsigned FractionBits = 48,
    parameter bit Underflow = 1'b0
) (
    input  logic                    zero_i,
    input  logic                    nar_i,
    input  logic                    negative_i,
    input  logic [ScaleBits-1:0]    scale_i,
    input  logic [FractionBits-1:0] fraction_i,
    input  logic                    sticky_i,
    input  logic [2:0]              rounding_i,
    input  logic [31:0]             random_i,
    output logic [N-1:0]            code_o,
    output logic [4:0]              events_o,
    output logic                    fails_o
);

  dut u_dut (.*);

  logic finite_holds, in_scope, holds;
  posit_rounding #(
      .N           (N),
      .Es          (Es),
      .FractionBits(FractionBits),
      .Underflow   (Underflow)
  ) u_rounding (
      .negative_i,
      .scale_i   (16'(signed'(scale_i))),
      .fraction_i,
      .sticky_i,
      .rounding_i,
      .random_i,
      .code_i    (code_o),
      .events_i  (events_o),
      .holds_o   (finite_holds)
  );

  // Without the 32 bits that it needs there is no stochastic rounding.
  assign in_scope = rounding_i < 3'd4 || (rounding_i == 3'd4 && FractionBits + 2 + Es >= N + 32);
  always_comb begin
    if (nar_i) holds = code_o == {1'b1, {(N - 1) {1'b0}}} && events_o == 5'd1 << rounding_spec_pkg::Nar;
    else if (zero_i) holds = code_o == '0 && events_o == '0;
    else holds = finite_holds || !in_scope;
  end
  assign fails_o = ~holds;

endmodule
