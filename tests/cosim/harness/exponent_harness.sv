// SPDX-License-Identifier: Apache-2.0
// Testbench frame of the exponent unit: 16-bit mantissas, four lanes, three tensors; and of a bias chooser for 8 bits whose
// histogram the testbench holds.
module exponent_harness (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        clear_i,
    input  logic        valid_i,
    input  logic [3:0]  lane_i,
    input  logic [63:0] magnitude_i,
    input  logic [3:0]  overflow_i,
    input  logic        histogram_i,
    output logic [15:0] max_abs_o,
    output logic [63:0] overflows_o,
    input  logic [5:0]  bin_i,
    output logic [63:0] bin_count_o,
    input  logic [18:0] alpha_i,
    input  logic [18:0] beta_i,
    input  logic [23:0] gamma_i,
    input  logic [1:0]  tensor_i,
    input  logic        init_i,
    input  logic [7:0]  exponent_i,
    input  logic        record_i,
    input  logic        predict_i,
    input  logic        infrequent_i,
    output logic        overflow_o,
    output logic        predicted_o,
    output logic [7:0]  exponent_o,
    input  logic        choose_i,
    output logic        chosen_o,
    output logic [2:0]  bias_o,
    output logic [7:0]  dfp_shift_o,
    output logic        busy_o,
    input  logic        alone_start_i,
    output logic [5:0]  alone_bin_o,
    input  logic [39:0] alone_count_i,
    output logic        alone_done_o,
    output logic [2:0]  alone_bias_o
);

  logic [39:0] overflows, bin_count;

  exponent_unit #(
      .N            (16),
      .Lanes        (4),
      .MagnitudeBits(16),
      .Tensors      (3)
  ) u_unit (
      .overflows_o(overflows),
      .bin_count_o(bin_count),
      .*
  );

  logic alone_busy;
  sdfp_bias_chooser #(
      .P(8)
  ) u_chooser (
      .clk_i,
      .rst_ni,
      .start_i(alone_start_i),
      .bin_o  (alone_bin_o),
      .count_i(alone_count_i),
      .busy_o (alone_busy),
      .done_o (alone_done_o),
      .bias_o (alone_bias_o)
  );
`ifndef SYNTHESIS
  assert property (@(posedge clk_i) disable iff (!rst_ni) alone_done_o |-> alone_busy)
  else $error("sdfp_bias_chooser: done while not busy");
`endif

  assign overflows_o = 64'(overflows);
  assign bin_count_o = 64'(bin_count);

endmodule
