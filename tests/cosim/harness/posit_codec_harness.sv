// SPDX-License-Identifier: Apache-2.0
// Testbench frame of the posit decoder and encoder, with ports wide enough for every format.
module posit_codec_harness #(
    parameter int unsigned N = 8,
    parameter int unsigned Es = 2
) (
    input  logic [31:0]        code_i,
    output logic               zero_o,
    output logic               nar_o,
    output logic               negative_o,
    output logic signed [15:0] scale_o,
    output logic [63:0]        significand_o,  // leading one at bit 63
    input  logic               zero_i,
    input  logic               nar_i,
    input  logic               negative_i,
    input  logic signed [15:0] scale_i,
    input  logic [62:0]        fraction_i,
    input  logic               sticky_i,
    input  logic [2:0]         rounding_i,
    input  logic [31:0]        random_i,
    output logic [31:0]        code_o,
    output logic [4:0]         events_o
);

  localparam int unsigned ScaleBits = $clog2(((N - 2) << Es) + 1) + 1;
  localparam int unsigned SigBits = N > Es + 3 ? N - 2 - Es : 1;

  logic signed [ScaleBits-1:0] scale;
  logic [SigBits-1:0] significand;
  logic [N-1:0] code;

  posit_decoder #(
      .N (N),
      .Es(Es)
  ) u_decoder (
      .code_i       (code_i[N-1:0]),
      .zero_o,
      .nar_o,
      .negative_o,
      .scale_o      (scale),
      .significand_o(significand)
  );
  assign scale_o = 16'(scale);
  assign significand_o = {significand, {(64 - SigBits) {1'b0}}};

  posit_encoder #(
      .N           (N),
      .Es          (Es),
      .ScaleBits   (16),
      .FractionBits(63)
  ) u_encoder (
      .zero_i,
      .nar_i,
      .negative_i,
      .scale_i,
      .fraction_i,
      .sticky_i,
      .rounding_i,
      .random_i,
      .code_o    (code),
      .events_o
  );
  assign code_o = 32'(code);

  logic unused;
  assign unused = ^code_i;

endmodule
