// SPDX-License-Identifier: Apache-2.0
// Posit code to sign, scale and significand: (-1)^negative * 2^scale * significand, the significand's top bit being the
// leading one of weight 1. Combinational. Not a rounding unit: every code is exact.
module posit_decoder #(
    parameter int unsigned N  = 16,  // code bits, 4..32
    parameter int unsigned Es = 2,   // exponent bits, 0..3
    localparam int unsigned ScaleBits = $clog2(((N - 2) << Es) + 1) + 1,
    localparam int unsigned SigBits = N > Es + 3 ? N - 2 - Es : 1  // leading one and at most N-3-Es fraction bits
) (
    input  logic        [N-1:0]         code_i,
    output logic                        zero_o,         // scale and significand are meaningless for zero and NaR
    output logic                        nar_o,
    output logic                        negative_o,
    output logic signed [ScaleBits-1:0] scale_o,
    output logic        [SigBits-1:0]   significand_o
);

  if (N < 4 || N > 32 || Es > 3) begin : gen_parameter_check
    $fatal(1, "posit_decoder: N is 4 to 32 and Es 0 to 3");
  end

  localparam int unsigned TailBits = N - 3;  // behind the shortest regime
  localparam int unsigned BodyBits = TailBits + Es;
  localparam int unsigned CountBits = $clog2(N - 1);
  localparam int unsigned RegimeBits = ScaleBits - Es;

  logic [N-2:0] magnitude;
  logic [N-2:0] run;  // leading zeros: regime bits beyond the first; the sentinel ends a run of the whole word
  logic [CountBits-1:0] run_length;
  logic [BodyBits-1:0] body;
  logic signed [RegimeBits-1:0] regime;

  assign zero_o = code_i == '0;
  assign nar_o = code_i == {1'b1, {(N - 1) {1'b0}}};
  assign negative_o = code_i[N-1];
  assign magnitude = negative_o ? -code_i[N-2:0] : code_i[N-2:0];
  assign run = {magnitude[N-2] ? ~magnitude[N-3:0] : magnitude[N-3:0], 1'b1};

  logic unused_zero;
  logic [N-2:0] unused_run;
  normalizer #(
      .Width(N - 1)
  ) u_run (
      .data_i (run),
      .data_o (unused_run),
      .count_o(run_length),
      .zero_o (unused_zero)
  );

  // A run of r ones is regime r-1, of r zeros -r; run_length = r-1.
  assign regime = RegimeBits'(run_length) ^ {RegimeBits{~magnitude[N-2]}};

  // What follows the run and the bit that ends it; zeros stand for the bits beyond the word.
  if (Es == 0) begin : gen_no_exponent
    assign body = magnitude[TailBits-1:0] << run_length;
    assign scale_o = regime;
  end else begin : gen_exponent
    assign body = {magnitude[TailBits-1:0], {Es{1'b0}}} << run_length;
    assign scale_o = {regime, body[BodyBits-1-:Es]};
  end
  if (SigBits == 1) begin : gen_no_fraction
    assign significand_o = 1'b1;
  end else begin : gen_fraction
    assign significand_o = {1'b1, body[BodyBits-Es-1-:SigBits-1]};
  end

endmodule
