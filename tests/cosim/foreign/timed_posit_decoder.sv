// SPDX-License-Identifier: Apache-2.0
// tree_posit_decoder in modules with clocks and with ports of their own: a structure, an array, an active-high reset, values in one
// vector. `fault` plants one error, for tests of the checker; 0 = none.

package timed_posit_pkg;

  typedef struct packed {
    logic [2:0] tag;
    logic [7:0] code;
  } request_t;

endpackage

// STAGES registers, no reset.
module pipe_posit_decoder #(
    parameter int unsigned STAGES = 3
) (
    input  logic              clk,
    input  logic              fault,
    input  logic        [7:0] codes[2],      // the second is decoded
    output logic              zero,
    output logic              nar,
    output logic              positive,
    output logic signed [5:0] scale,
    output logic        [3:0] significand
);

  logic [7:0] code[STAGES];
  logic negative;

  always_ff @(posedge clk) begin
    code[0] <= codes[1];
    for (int unsigned stage = 1; stage < STAGES; ++stage) code[stage] <= code[stage-1];
  end
  assign positive = !negative ^ (fault && code[STAGES-1] == 8'h93);
  tree_posit_decoder #(
      .N (8),
      .Es(2)
  ) u_decoder (
      .code_i       (code[STAGES-1]),
      .zero_o       (zero),
      .nar_o        (nar),
      .negative_o   (negative),
      .scale_o      (scale),
      .significand_o(significand)
  );

endmodule

// One code at a time, for as many clocks as its lowest bits say.
module slot_posit_decoder (
    input  logic                               [ 2:0] fault,
    input  logic                                      clk,
    input  logic                                      reset,
    input  logic                                      push,
    output logic                                      ready,
    input  timed_posit_pkg::request_t                 request,
    output logic                                      valid,
    input  logic                                      pop,
    output logic                               [12:0] value     // {zero, nar, negative, scale, significand}
);

  logic busy, take, give;
  logic [1:0] wait_q;
  logic [7:0] code;

  assign ready = fault != 4 && (!busy || give);
  assign valid = busy && wait_q == '0 && fault != 3;
  assign take  = push && ready;
  // Fault 1: a result that nobody takes is lost; fault 2: it comes twice.
  assign give  = valid && (pop || fault == 1) && !(fault == 2 && code == 8'h41 && wait_q[0] == take);

  always_ff @(posedge clk) begin
    if (busy && wait_q != '0) wait_q <= wait_q - 1;
    if (give) busy <= 1'b0;
    if (take) begin
      busy   <= 1'b1;
      code   <= request.code;
      wait_q <= request.code[1:0];
    end
    if (reset) busy <= 1'b0;
  end

  tree_posit_decoder #(
      .N (8),
      .Es(2)
  ) u_decoder (
      .code_i       (code),
      .zero_o       (value[12]),
      .nar_o        (value[11]),
      .negative_o   (value[10]),
      .scale_o      (value[9:4]),
      .significand_o(value[3:0])
  );

endmodule
