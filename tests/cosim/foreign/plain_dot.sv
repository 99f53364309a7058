// SPDX-License-Identifier: Apache-2.0
// Four products of 8-bit integers, their sum limited to 8 bits. fault_i plants an error, for tests of the checker.
module plain_dot (
    input  logic        [31:0] a_i,
    input  logic        [31:0] b_i,
    input  logic               fault_i,
    output logic signed [ 7:0] result_o
);

  logic signed [31:0] sum;
  always_comb begin
    sum = '0;
    for (int i = 0; i < 4; i++) sum += 32'($signed(a_i[8*i+:8])) * 32'($signed(b_i[8*(fault_i ? 3 - i : i)+:8]));
    result_o = sum > 127 ? 8'sd127 : sum < -127 ? -8'sd127 : sum[7:0];
  end

endmodule
