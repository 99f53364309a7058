// SPDX-License-Identifier: Apache-2.0
// Rounding modes and the one rounding decision of every output rounding. All modes act on the magnitude; the sign matters to Rhu only.
package rounding_pkg;

  // generated: 3 ROUNDING
  localparam logic [2:0] Rne = 3'd0;  // to nearest, ties to even
  localparam logic [2:0] Rtz = 3'd1;  // toward zero
  localparam logic [2:0] Rhu = 3'd2;  // to nearest, ties toward +infinity on the signed value
  localparam logic [2:0] Rha = 3'd3;  // to nearest, ties away from zero
  localparam logic [2:0] Sr = 3'd4;  // stochastic
  localparam logic [2:0] Rdn = 3'd5;  // toward -infinity
  localparam logic [2:0] Rup = 3'd6;  // toward +infinity
  // end of generated

  // True if the magnitude is to be raised by one unit. `lsb`: of the kept part; `guard`: weight 1/2; `sticky`: anything
  // below; `carry`: of (top 32 discarded bits + random bits).
  function automatic logic round_up(input logic [2:0] mode, input logic negative, input logic lsb, input logic guard,
                                    input logic sticky, input logic carry);
    case (mode)
      Rne: round_up = guard & (sticky | lsb);
      Rhu: round_up = guard & (sticky | ~negative);
      Rha: round_up = guard;
      Sr: round_up = carry;
      default: round_up = 1'b0;
    endcase
  endfunction

endpackage
