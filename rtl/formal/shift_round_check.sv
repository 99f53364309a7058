// SPDX-License-Identifier: Apache-2.0
// shift_round rounds as integer_rounding says. All inputs are free.
module shift_round_check #(
    parameter int unsigned N = 8,
    parameter int unsigned AccBits = 32
) (
    input  logic               negative_i,
    input  logic [AccBits-1:0] magnitude_i,
    input  logic [7:0]         shift_i,
    input  logic [2:0]         rounding_i,
    input  logic [31:0]        random_i,
    output logic [N-1:0]       code_o,
    output logic [N-1:0]       magnitude_o,
    output logic [4:0]         events_o,
    output logic               fails_o
);

  dut u_dut (.*);

  logic holds;
  integer_rounding #(
      .N            (N),
      .MagnitudeBits(AccBits)
  ) u_rounding (
      .negative_i,
      .magnitude_i,
      .shift_i,
      .rounding_i,
      .random_i,
      .rounded_i(magnitude_o),
      .events_i (events_o),
      .holds_o  (holds)
  );
  assign fails_o = rounding_i < 3'd5 && !(holds && code_o == (negative_i ? N'(0) - magnitude_o : magnitude_o));

endmodule
