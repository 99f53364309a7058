// SPDX-License-Identifier: Apache-2.0
// Payload of the output register: a ring of `Entries` vectors. Credits keep it from overflowing.
module output_queue #(
    parameter int unsigned Width = 64,
    parameter int unsigned Entries = 4
) (
    input  logic             clk_i,
    input  logic             rst_ni,
    input  logic             push_i,
    input  logic             pop_i,
    input  logic [Width-1:0] data_i,
    output logic [Width-1:0] front_o
);

  localparam int unsigned IndexBits = $clog2(Entries);

  logic [Width-1:0] entries_q[Entries];
  logic [IndexBits-1:0] head_q, tail_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q <= '0;
      tail_q <= '0;
    end else begin
      if (pop_i) head_q <= head_q == IndexBits'(Entries - 1) ? '0 : head_q + IndexBits'(1);
      if (push_i) tail_q <= tail_q == IndexBits'(Entries - 1) ? '0 : tail_q + IndexBits'(1);
    end
  end
  always_ff @(posedge clk_i) begin
    if (push_i) entries_q[tail_q] <= data_i;
  end

  assign front_o = entries_q[head_q];

endmodule
