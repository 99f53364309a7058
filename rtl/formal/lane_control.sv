// SPDX-License-Identifier: Apache-2.0
// How a lane's two stages move (docs/rtl/lane.md): on enabled clocks, an element where it is valid; in reset none is.
module lane_control (
    input  logic rst_ni,
    input  logic enable_i,
    input  logic valid_i,
    input  logic valid_q,
    input  logic valid_o,
    input  logic next_valid_q,
    input  logic next_valid_o,
    output logic takes_o,       // the first stage takes an element
    output logic gives_o,       // the second does
    output logic holds_o
);

  assign takes_o = enable_i && valid_i;
  assign gives_o = enable_i && valid_q;
  always_comb begin
    if (!rst_ni) holds_o = !next_valid_q && !next_valid_o;
    else if (enable_i) holds_o = next_valid_q == valid_i && next_valid_o == valid_q;
    else holds_o = next_valid_q == valid_q && next_valid_o == valid_o;
  end

endmodule
