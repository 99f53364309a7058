// SPDX-License-Identifier: Apache-2.0
// fixed<W>.<F> times fixed<W>.<F> in plain Verilog, every rounding mode, with flags. FAULT plants an error, for tests of the checker.
module plain_fixed_multiplier #(
    parameter W = 8,
    parameter F = 4,
    parameter FAULT = 0
) (
    input  wire signed [W-1:0] a_i,
    input  wire signed [W-1:0] b_i,
    input  wire        [  2:0] rounding_i,
    input  wire        [ 31:0] random_i,
    output reg         [W-1:0] result_o,
    output reg         [  4:0] flags_o
);

  localparam [2*W-1:0] LIMIT = (1 << (W - 1)) - 1;
  wire signed [2*W-1:0] product = a_i * b_i;
  wire negative = product[2*W-1];
  wire [2*W-1:0] magnitude = negative ? -product : product;
  wire [F-1:0] rest = magnitude[F-1:0];
  wire [F-1:0] half = 1 << (F - 1);
  wire inexact = rest != 0;
  wire [32:0] drawn = {1'b0, rest, {(32 - F) {1'b0}}} + {1'b0, random_i};
  reg up;
  reg [2*W-1:0] kept;

  always @* begin
    case (rounding_i)
      3'd0: up = rest > half || (rest == half && (magnitude[F] || FAULT == 1));
      3'd2: up = rest > half || (rest == half && !negative);
      3'd3: up = rest >= half;
      3'd4: up = drawn[32];
      3'd5: up = inexact && negative;
      3'd6: up = inexact && !negative;
      default: up = 1'b0;
    endcase
    kept = (magnitude >> F) + up;
    flags_o = {2'b00, kept > LIMIT, inexact && kept == 0, inexact || kept > LIMIT};
    if (FAULT == 2) flags_o[1] = 1'b0;
    if (kept > LIMIT) kept = LIMIT;
    result_o = negative ? -kept[W-1:0] : kept[W-1:0];
  end

endmodule
