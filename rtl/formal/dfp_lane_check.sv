// SPDX-License-Identifier: Apache-2.0
// dfp_lane, each register at its next clock edge, whatever the registers hold: the bias as a term, clamped, and ReLU; then the
// accumulator itself or integer_rounding; and that what is not enabled stays.
module dfp_lane_check #(
    parameter int unsigned N = 8,
    parameter int unsigned AccBits = 32
) (
    input  logic               rst_ni,
    input  logic               enable_i,
    input  logic               valid_i,
    input  logic [AccBits-1:0] state_i,
    input  logic               bias_valid_i,
    input  logic [N-1:0]       bias_i,
    input  logic [7:0]         bias_left_i,
    input  logic               relu_i,
    input  logic               raw_i,
    input  logic [7:0]         shift_i,
    input  logic [2:0]         rounding_i,
    input  logic [31:0]        key_i,
    input  logic [63:0]        index_i,
    // What the registers hold.
    input  logic               valid_q,
    input  logic               valid_o,
    input  logic [AccBits-1:0] state_q,
    input  logic               raw_q,
    input  logic [7:0]         shift_q,
    input  logic [2:0]         rounding_q,
    input  logic [31:0]        hash_q,
    input  logic [31:0]        index_low_q,
    input  logic               bias_saturates_q,
    input  logic [63:0]        word_o,
    input  logic [63:0]        magnitude_o,
    input  logic               overflow_o,
    input  logic [4:0]         events_o,
    input  logic [4:0]         bias_events_o,
    output logic               fails_o
);

  // What they take.
  logic next_valid_q, next_valid_o, next_raw_q, next_bias_saturates_q, next_overflow_o;
  logic [AccBits-1:0] next_state_q;
  logic [7:0] next_shift_q;
  logic [2:0] next_rounding_q;
  logic [31:0] next_hash_q, next_index_low_q;
  logic [63:0] next_word_o, next_magnitude_o;
  logic [4:0] next_events_o, next_bias_events_o;

  dut u_dut (
      .clk_i(1'b0), .rst_ni, .enable_i, .valid_i, .state_i, .bias_valid_i, .bias_i, .bias_left_i, .relu_i, .raw_i, .shift_i, .rounding_i,
      .key_i, .index_i,
      .\valid_q.i (valid_q), .\valid_o.i (valid_o), .\state_q.i (state_q), .\raw_q.i (raw_q), .\shift_q.i (shift_q),
      .\rounding_q.i (rounding_q), .\hash_q.i (hash_q), .\index_low_q.i (index_low_q), .\bias_saturates_q.i (bias_saturates_q),
      .\word_o.i (word_o), .\magnitude_o.i (magnitude_o), .\overflow_o.i (overflow_o), .\events_o.i (events_o),
      .\bias_events_o.i (bias_events_o),
      .valid_q(next_valid_q), .valid_o(next_valid_o), .state_q(next_state_q), .raw_q(next_raw_q), .shift_q(next_shift_q),
      .rounding_q(next_rounding_q), .hash_q(next_hash_q), .index_low_q(next_index_low_q), .bias_saturates_q(next_bias_saturates_q),
      .word_o(next_word_o), .magnitude_o(next_magnitude_o), .overflow_o(next_overflow_o), .events_o(next_events_o),
      .bias_events_o(next_bias_events_o)
  );

  logic control_holds, takes, gives;
  lane_control u_control (.rst_ni, .enable_i, .valid_i, .valid_q, .valid_o, .next_valid_q, .next_valid_o, .takes_o(takes), .gives_o(gives),
                          .holds_o(control_holds));

  // Stage 1. A bias of N bits and a left shift of up to 255.
  localparam int unsigned WideBits = AccBits + N + 257;
  logic signed [WideBits-1:0] total, greatest, least, clamped;
  logic first_holds;
  always_comb begin
    total = WideBits'(signed'(state_i));
    if (bias_valid_i) total = total + (WideBits'(signed'(bias_i)) <<< bias_left_i);
  end
  assign greatest = (WideBits'(1) << (AccBits - 1)) - WideBits'(1);
  assign least = ~greatest;
  assign clamped = total > greatest ? greatest : total < least ? least : total;
  always_comb begin
    if (takes)
      first_holds = next_state_q == (relu_i && clamped < 0 ? AccBits'(0) : clamped[AccBits-1:0]) && next_bias_saturates_q == (clamped != total) &&
                    next_raw_q == raw_i && next_shift_q == shift_i && next_rounding_q == rounding_i && next_index_low_q == index_i[31:0] &&
                    next_hash_q == rounding_spec_pkg::lowbias32(key_i ^ index_i[63:32]);
    else
      first_holds = {next_state_q, next_bias_saturates_q, next_raw_q, next_shift_q, next_rounding_q, next_index_low_q, next_hash_q} ==
                    {state_q, bias_saturates_q, raw_q, shift_q, rounding_q, index_low_q, hash_q};
  end

  // Stage 2.
  logic [AccBits-1:0] magnitude;
  logic [N-1:0] rounded, code;
  logic second_holds, rounding_holds;
  assign magnitude = state_q[AccBits-1] ? AccBits'(0) - state_q : state_q;
  assign rounded = next_magnitude_o[N-1:0];
  assign code = state_q[AccBits-1] ? N'(0) - rounded : rounded;
  integer_rounding #(
      .N            (N),
      .MagnitudeBits(AccBits)
  ) u_rounding (
      .negative_i (state_q[AccBits-1]),
      .magnitude_i(magnitude),
      .shift_i    (shift_q),
      .rounding_i (rounding_q),
      .random_i   (rounding_spec_pkg::lowbias32(hash_q ^ index_low_q)),
      .rounded_i  (rounded),
      .events_i   (next_events_o),
      .holds_o    (rounding_holds)
  );
  always_comb begin
    if (!gives)
      second_holds = {next_word_o, next_magnitude_o, next_overflow_o, next_events_o, next_bias_events_o} ==
                     {word_o, magnitude_o, overflow_o, events_o, bias_events_o};
    else if (raw_q)
      second_holds = next_word_o == {{(64 - AccBits) {state_q[AccBits-1]}}, state_q} && next_magnitude_o == 64'(magnitude) &&
                     next_events_o == '0 && next_overflow_o == bias_saturates_q &&
                     next_bias_events_o == {4'd0, bias_saturates_q};
    else
      second_holds = rounding_q > 3'd4 || (rounding_holds && next_magnitude_o == 64'(rounded) &&
                     next_word_o == 64'(code) &&
                     next_overflow_o == (bias_saturates_q || next_events_o[rounding_spec_pkg::Saturation]) &&
                     next_bias_events_o == {4'd0, bias_saturates_q});
  end
  assign fails_o = !control_holds || (rst_ni && !(first_holds && second_holds));

endmodule
