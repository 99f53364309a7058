// SPDX-License-Identifier: Apache-2.0
// posit_lane, each register at its next clock edge, whatever the registers hold: the bias as a term of the quire, ReLU; then the
// register's value rounded as posit_rounding says; and that what is not enabled stays.
module posit_lane_check #(
    parameter int unsigned N = 8,
    parameter int unsigned Es = 0,
    parameter int unsigned PointBits = 2 * ((N - 2) << Es),
    parameter int unsigned QuireBits = 2 * PointBits + 32,
    parameter bit Underflow = 1'b0,
    parameter bit Stochastic = 1'b1
) (
    input  logic               rst_ni,
    input  logic               enable_i,
    input  logic               valid_i,
    input  logic [QuireBits:0] state_i,
    input  logic               bias_valid_i,
    input  logic [N-1:0]       bias_i,
    input  logic               relu_i,
    input  logic [2:0]         rounding_i,
    input  logic [31:0]        key_i,
    input  logic [63:0]        index_i,
    // What the registers hold.
    input  logic               valid_q,
    input  logic               valid_o,
    input  logic [QuireBits:0] state_q,
    input  logic [31:0]        hash_q,
    input  logic [31:0]        index_low_q,
    input  logic [2:0]         rounding_q,
    input  logic [4:0]         bias_events_q,
    input  logic [N-1:0]       code_o,
    input  logic [4:0]         events_o,
    input  logic [4:0]         bias_events_o,
    output logic               fails_o
);

  // What they take.
  logic next_valid_q, next_valid_o;
  logic [QuireBits:0] next_state_q;
  logic [31:0] next_hash_q, next_index_low_q;
  logic [2:0] next_rounding_q;
  logic [N-1:0] next_code_o;
  logic [4:0] next_bias_events_q, next_events_o, next_bias_events_o;

  dut u_dut (
      .clk_i(1'b0), .rst_ni, .enable_i, .valid_i, .state_i, .bias_valid_i, .bias_i, .relu_i, .rounding_i, .key_i, .index_i,
      .\valid_q.i (valid_q), .\valid_o.i (valid_o), .\state_q.i (state_q), .\hash_q.i (hash_q), .\index_low_q.i (index_low_q),
      .\rounding_q.i (rounding_q), .\bias_events_q.i (bias_events_q), .\code_o.i (code_o), .\events_o.i (events_o),
      .\bias_events_o.i (bias_events_o),
      .valid_q(next_valid_q), .valid_o(next_valid_o), .state_q(next_state_q), .hash_q(next_hash_q), .index_low_q(next_index_low_q),
      .rounding_q(next_rounding_q), .bias_events_q(next_bias_events_q), .code_o(next_code_o), .events_o(next_events_o),
      .bias_events_o(next_bias_events_o)
  );

  logic control_holds, takes, gives;
  lane_control u_control (.rst_ni, .enable_i, .valid_i, .valid_q, .valid_o, .next_valid_q, .next_valid_o, .takes_o(takes), .gives_o(gives),
                          .holds_o(control_holds));

  // Stage 1: the bias's value, its fraction of N bits.
  logic [N-1:0] bias_magnitude, bias_fraction;
  logic signed [15:0] bias_scale;
  logic [15:0] bias_position;
  logic [QuireBits:0] biased, rectified;
  logic [4:0] biased_events;
  logic first_holds;
  assign bias_magnitude = bias_i[N-1] ? N'(0) - bias_i : bias_i;
  posit_value #(
      .Bits        (N - 1),
      .Es          (Es),
      .FractionBits(N)
  ) u_bias_value (
      .code_i    (bias_magnitude[N-2:0]),
      .scale_o   (bias_scale),
      .fraction_o(bias_fraction)
  );
  assign bias_position = bias_scale + 16'(PointBits);
  quire_sum #(
      .QuireBits   (QuireBits),
      .FullBits    (2 * PointBits + 32),
      .MaxPosition (2 * PointBits),
      .SigBits     (N + 1),
      .FractionBits(N)
  ) u_sum (
      .state_i,
      .zero_i       (bias_i == '0 || !bias_valid_i),
      .nar_i        (bias_valid_i && bias_i == {1'b1, {(N - 1) {1'b0}}}),
      .negative_i   (bias_i[N-1]),
      .position_i   (bias_position),
      .significand_i({1'b1, bias_fraction}),
      .state_o      (biased),
      .events_o     (biased_events)
  );
  assign rectified = relu_i && biased[QuireBits-1] ? {biased[QuireBits], {QuireBits{1'b0}}} : biased;
  assign first_holds = {next_state_q, next_hash_q, next_index_low_q, next_rounding_q, next_bias_events_q} ==
      (takes ? {rectified, rounding_spec_pkg::lowbias32(key_i ^ index_i[63:32]), index_i[31:0], rounding_i,
                bias_valid_i ? biased_events : 5'd0} :
               {state_q, hash_q, index_low_q, rounding_q, bias_events_q});

  // Stage 2: where the register's leading one is.
  logic [QuireBits-1:0] magnitude, normalised;
  logic signed [15:0] scale;
  logic rounding_holds, second_holds, in_scope;
  assign magnitude = state_q[QuireBits-1] ? QuireBits'(0) - state_q[QuireBits-1:0] : state_q[QuireBits-1:0];
  always_comb begin
    normalised = '0;
    scale = '0;
    for (int unsigned i = 0; i < QuireBits; i++) begin
      if (magnitude[i]) begin
        normalised = magnitude << (QuireBits - 1 - i);
        scale = 16'(i) - 16'(PointBits);
      end
    end
  end
  posit_rounding #(
      .N           (N),
      .Es          (Es),
      .FractionBits(QuireBits + 31),
      .Underflow   (Underflow)
  ) u_rounding (
      .negative_i(state_q[QuireBits-1]),
      .scale_i   (scale),
      .fraction_i({normalised[QuireBits-2:0], 32'd0}),
      .sticky_i  (1'b0),
      .rounding_i(rounding_q),
      .random_i  (rounding_spec_pkg::lowbias32(hash_q ^ index_low_q)),
      .code_i    (next_code_o),
      .events_i  (next_events_o),
      .holds_o   (rounding_holds)
  );
  assign in_scope = rounding_q < (Stochastic ? 3'd5 : 3'd4);
  always_comb begin
    if (!gives) second_holds = {next_code_o, next_events_o, next_bias_events_o} == {code_o, events_o, bias_events_o};
    else if (next_bias_events_o != bias_events_q) second_holds = 1'b0;
    else if (state_q[QuireBits])
      second_holds = next_code_o == {1'b1, {(N - 1) {1'b0}}} && next_events_o == 5'd1 << rounding_spec_pkg::Nar;
    else if (state_q == '0) second_holds = next_code_o == '0 && next_events_o == '0;
    else second_holds = rounding_holds || !in_scope;
  end
  assign fails_o = !control_holds || (rst_ni && !(first_holds && second_holds));

endmodule
