// SPDX-License-Identifier: Apache-2.0
// Payload of a two-entry port register whose occupancy the sequencer keeps. The front entry does not move while the other is
// filled.
module vector_queue #(
    parameter int unsigned Width = 64
) (
    input  logic             clk_i,
    input  logic             push_i,
    input  logic             pop_i,
    input  logic [1:0]       held_i,
    input  logic [Width-1:0] data_i,
    output logic [Width-1:0] front_o
);

  logic [Width-1:0] front_q, back_q;

  always_ff @(posedge clk_i) begin
    if (pop_i) front_q <= held_i == 2'd2 ? back_q : data_i;
    else if (push_i && held_i == 2'd0) front_q <= data_i;
    if (push_i) back_q <= data_i;
  end

  assign front_o = front_q;

endmodule
