// SPDX-License-Identifier: Apache-2.0
// The exponent unit: statistics of the tensor being stored, Autoflex histories and predictions, the exponent of DFP tensors and
// the bias of S-DFP ones.
module exponent_unit #(
    parameter int unsigned N = 16,              // mantissa bits, 4..24
    parameter int unsigned Lanes = 8,
    parameter int unsigned MagnitudeBits = 16,  // of one lane: N, or the raw accumulator's width
    parameter int unsigned Tensors = 1,
    parameter int unsigned CountBits = 40,
    localparam int unsigned TensorBits = Tensors > 1 ? $clog2(Tensors) : 1
) (
    input  logic                           clk_i,
    input  logic                           rst_ni,
    // Statistics port.
    input  logic                           clear_i,
    input  logic                           valid_i,
    input  logic [Lanes-1:0]               lane_i,
    input  logic [Lanes*MagnitudeBits-1:0] magnitude_i,
    input  logic [Lanes-1:0]               overflow_i,
    input  logic                           histogram_i,
    output logic [MagnitudeBits-1:0]       max_abs_o,
    output logic [CountBits-1:0]           overflows_o,
    input  logic [5:0]                     bin_i,           // histogram read port, while !busy_o
    output logic [CountBits-1:0]           bin_count_o,
    // Autoflex: see autoflex_predictor. record_i takes max_abs_o.
    input  logic [18:0]                    alpha_i,
    input  logic [18:0]                    beta_i,
    input  logic [23:0]                    gamma_i,
    input  logic [TensorBits-1:0]          tensor_i,
    input  logic                           init_i,
    input  logic signed [7:0]              exponent_i,
    input  logic                           record_i,
    input  logic                           predict_i,
    input  logic                           infrequent_i,
    output logic                           overflow_o,
    output logic                           predicted_o,
    output logic signed [7:0]              exponent_o,
    // DFP and S-DFP.
    input  logic                           choose_i,
    output logic                           chosen_o,
    output logic signed [2:0]              bias_o,
    output logic signed [7:0]              dfp_shift_o,     // right shift that brings max_abs_o to N bits: floor(log2) - (N-2); 0 for 0
    output logic                           busy_o
);

  logic predictor_busy, chooser_busy;
  logic [5:0] chooser_bin;
  logic [N-1:0] recorded;
  logic [5:0] leading;

  exponent_statistics #(
      .Lanes        (Lanes),
      .MagnitudeBits(MagnitudeBits),
      .CountBits    (CountBits)
  ) u_statistics (
      .clk_i,
      .rst_ni,
      .clear_i,
      .valid_i,
      .lane_i,
      .magnitude_i,
      .overflow_i,
      .histogram_i,
      .max_abs_o,
      .leading_o  (leading),
      .overflows_o,
      .bin_i      (chooser_busy ? chooser_bin : bin_i),
      .bin_count_o
  );

  if (MagnitudeBits >= N) begin : gen_record
    assign recorded = max_abs_o[N-1:0];
  end else begin : gen_widen
    assign recorded = N'(max_abs_o);
  end
  autoflex_predictor #(
      .N      (N),
      .Tensors(Tensors)
  ) u_autoflex (
      .clk_i,
      .rst_ni,
      .alpha_i,
      .beta_i,
      .gamma_i,
      .tensor_i,
      .init_i,
      .exponent_i,
      .record_i,
      .max_abs_i (recorded),
      .predict_i,
      .infrequent_i,
      .busy_o    (predictor_busy),
      .done_o    (predicted_o),
      .exponent_o,
      .overflow_o
  );
  sdfp_bias_chooser #(
      .P        (N),
      .CountBits(CountBits)
  ) u_bias (
      .clk_i,
      .rst_ni,
      .start_i(choose_i),
      .bin_o  (chooser_bin),
      .count_i(bin_count_o),
      .busy_o (chooser_busy),
      .done_o (chosen_o),
      .bias_o
  );

  assign dfp_shift_o = max_abs_o == '0 ? '0 : 8'(leading) - 8'(N - 2);
  assign busy_o = predictor_busy | chooser_busy;

endmodule
