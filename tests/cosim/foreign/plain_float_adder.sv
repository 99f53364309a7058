// SPDX-License-Identifier: Apache-2.0
// An IEEE 754 adder as simple as can be: both operands as integers of the smallest subnormal, their exact sum, one rounding. For
// narrow formats. Roundings rne rtz rha rdn rup by rounding_i, canonical NaN. fault_i plants an error, for tests of the checker.
module plain_float_adder #(
    parameter int unsigned E = 5,
    parameter int unsigned M = 2,
    parameter int unsigned Latency = 0  // rising edges from operands to result
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic [E+M:0] a_i,
    input  logic [E+M:0] b_i,
    input  logic [  2:0] rounding_i,
    input  logic [  2:0] fault_i,
    output logic [E+M:0] result_o,
    output logic [  4:0] flags_o
);

  localparam int unsigned W = (1 << E) + M;
  localparam logic [2:0] Rne = 3'd0, Rtz = 3'd1, Rha = 3'd3, Rdn = 3'd5, Rup = 3'd6;
  localparam logic [E+M-1:0] Infinity = {{E{1'b1}}, {M{1'b0}}};

  function automatic logic [W-1:0] quanta(input logic [E+M-1:0] code);
    logic [E-1:0] exponent;
    exponent = code[M+:E];
    if (exponent == '0) quanta = W'(code);
    else quanta = W'({1'b1, code[M-1:0]}) << (exponent - 1'b1);
  endfunction

  logic a_inf, b_inf, a_nan, b_nan, signalling, negative, up, tie, above, inexact, over;
  logic [W:0] a_quanta, b_quanta, magnitude, kept, rest;
  logic [E+M:0] code, result;
  logic [4:0] flags;
  int unsigned top, drop;

  always_comb begin
    a_inf = a_i[E+M-1:0] == Infinity;
    b_inf = b_i[E+M-1:0] == Infinity;
    a_nan = a_i[E+M-1:0] > Infinity;
    b_nan = b_i[E+M-1:0] > Infinity;
    signalling = (a_nan && !a_i[M-1]) || (b_nan && !b_i[M-1]);
    a_quanta = {1'b0, quanta(a_i[E+M-1:0])};
    b_quanta = {1'b0, quanta(b_i[E+M-1:0])};
    negative = a_quanta >= b_quanta ? a_i[E+M] : b_i[E+M];
    magnitude = a_i[E+M] == b_i[E+M] ? a_quanta + b_quanta : a_quanta >= b_quanta ? a_quanta - b_quanta : b_quanta - a_quanta;
    if (magnitude == '0 && a_i[E+M] != b_i[E+M]) negative = rounding_i == Rdn && fault_i != 3'd3;

    top = 0;
    for (int unsigned i = 0; i <= W; i++) if (magnitude[i]) top = i;
    drop = top > M ? top - M : 0;
    kept = magnitude >> drop;
    rest = magnitude - (kept << drop);
    tie = drop != 0 && rest == (W + 1)'(1) << (drop - 1);
    above = drop != 0 && rest > (W + 1)'(1) << (drop - 1);
    if (fault_i == 3'd2) above = drop != 0 && (rest >> (drop - 1)) == (W + 1)'(1) && !tie && rest[0];
    inexact = rest != '0;
    unique case (rounding_i)
      Rne: up = above || (tie && (kept[0] || fault_i == 3'd1));
      Rha: up = above || tie;
      Rdn: up = inexact && negative;
      Rup: up = inexact && !negative;
      default: up = 1'b0;
    endcase
    code = (E + M + 1)'(drop << M) + (E + M + 1)'(kept) + (E + M + 1)'(up);
    over = code >= {1'b0, Infinity};
    flags = {2'b00, over, 1'b0, (inexact && fault_i != 3'd4) || over};
    if (over) code = {1'b0, Infinity};
    if (over && (rounding_i == Rtz || rounding_i == (negative ? Rup : Rdn))) code = {1'b0, Infinity - 1'b1};
    result = {negative, code[E+M-1:0]};
    if (a_inf || b_inf) begin
      result = a_inf ? a_i : b_i;
      flags = '0;
    end
    if (a_nan || b_nan || (a_inf && b_inf && a_i[E+M] != b_i[E+M])) begin
      result = {1'b0, Infinity} | (E + M + 1)'(1) << (M - 1);
      flags = {signalling && fault_i != 3'd5 || !(a_nan || b_nan), 4'b0};
    end
  end

  if (Latency == 0) begin : gen_combinational
    logic unused;
    assign unused = clk_i ^ rst_ni;
    assign {result_o, flags_o} = {result, flags};
  end else begin : gen_pipelined
    logic [E+M+5:0] stage_q[Latency];
    always_ff @(posedge clk_i) begin
      stage_q[0] <= {result, flags};
      for (int i = 1; i < Latency; i++) stage_q[i] <= stage_q[i-1];
    end
    logic unused;
    assign unused = rst_ni;
    assign {result_o, flags_o} = stage_q[Latency-1];
  end

endmodule
