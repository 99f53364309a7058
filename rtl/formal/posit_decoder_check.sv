// SPDX-License-Identifier: Apache-2.0
// posit_decoder against the formula of the Posit Standard 2022, section 3, on the code as it stands, without its two's complement:
// p = ((1 - 3 s) + f) 2^((1 - 2 s) (2^Es r + e + s)). Every code.
module posit_decoder_check #(
    parameter int unsigned N = 16,
    parameter int unsigned Es = 2
) (
    input  logic [N-1:0] code_i,
    output logic         fails_o
);

  localparam int unsigned ScaleBits = $clog2(((N - 2) << Es) + 1) + 1;
  localparam int unsigned SigBits = N > Es + 3 ? N - 2 - Es : 1;

  logic zero, nar, negative, holds;
  logic [ScaleBits-1:0] scale;
  logic [SigBits-1:0] significand;
  dut u_dut (.code_i, .zero_o(zero), .nar_o(nar), .negative_o(negative), .scale_o(scale), .significand_o(significand));

  // Regime, exponent and fraction are read alike from the bits behind any sign.
  logic s;
  logic signed [15:0] field_scale, formula_scale;
  logic [N-1:0] f;  // fraction, of weight 2^-N
  assign s = code_i[N-1];
  posit_value #(
      .Bits        (N - 1),
      .Es          (Es),
      .FractionBits(N)
  ) u_fields (
      .code_i    (code_i[N-2:0]),
      .scale_o   (field_scale),  // 2^Es r + e
      .fraction_o(f)
  );
  assign formula_scale = s ? 16'sd0 - field_scale - 16'sd1 : field_scale;

  // |(1 - 3 s) + f| is 1 + f, or 2 - f: which is 2 if f = 0.
  logic [N+1:0] formula, sum;
  logic signed [15:0] leading;
  assign formula = s ? (2 << N) - (N + 2)'(f) : (1 << N) + (N + 2)'(f);
  assign sum = formula[N+1] ? formula : formula << 1;  // with its leading one on top
  assign leading = formula[N+1] ? formula_scale + 16'sd1 : formula_scale;

  always_comb begin
    holds = zero == (code_i == '0) && nar == (code_i == {1'b1, {(N - 1) {1'b0}}});
    if (!zero && !nar)
      holds = holds && negative == s && 16'(signed'(scale)) == leading && {significand, {(N + 2 - SigBits) {1'b0}}} == sum;
  end
  assign fails_o = ~holds;

endmodule
