// SPDX-License-Identifier: Apache-2.0
// A bench for any simulator: the files of `binade vectors mul --format fixed8.4 --layout readmemh`, in the working directory.
module vectors_bench;

  parameter FAULT = 0;
  `include "vectors.svh"

  reg [stimulus_bits-1:0] stimulus[0:vectors-1];
  reg [expected_bits-1:0] expected[0:vectors-1];
  reg [stimulus_bits-1:0] in;
  reg [expected_bits-1:0] out;
  wire [result_o_bits-1:0] result;
  wire [flags_o_bits-1:0] flags;
  integer i, differ;

  plain_fixed_multiplier #(
      .FAULT(FAULT)
  ) dut (
      .a_i(in[a_i_lsb+:a_i_bits]),
      .b_i(in[b_i_lsb+:b_i_bits]),
      .rounding_i(in[rounding_i_lsb+:rounding_i_bits]),
      .random_i(in[random_i_lsb+:random_i_bits]),
      .result_o(result),
      .flags_o(flags)
  );

  initial begin
    $readmemh("stimulus.hex", stimulus);
    $readmemh("expected.hex", expected);
    differ = 0;
    for (i = 0; i < vectors; i = i + 1) begin
      in = stimulus[i];
      out = expected[i];
      #1;
      if (result !== out[result_o_lsb+:result_o_bits] || flags !== out[flags_o_lsb+:flags_o_bits]) differ = differ + 1;
    end
    $display("%0d vectors, %0d differ", vectors, differ);
  end

endmodule
