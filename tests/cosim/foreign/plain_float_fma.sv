// SPDX-License-Identifier: Apache-2.0
// a b + c of narrow IEEE or OCP floats as simple as can be: product and addend as integers of the square of the smallest subnormal,
// their exact sum, one rounding. Roundings rne rtz rha rdn rup by rounding_i, canonical NaN, tiny after rounding. fault_i plants an
// error, for tests of the checker.
module plain_float_fma #(
    parameter int unsigned E = 5,
    parameter int unsigned M = 2,
    parameter bit Ocp = 1'b0  // no infinities, and NaN is the last code alone: fp8e4m3
) (
    input  logic [E+M:0] a_i,
    input  logic [E+M:0] b_i,
    input  logic [E+M:0] c_i,
    input  logic [  2:0] rounding_i,
    input  logic [  1:0] fault_i,
    output logic [E+M:0] result_o,
    output logic [  4:0] flags_o
);

  localparam int unsigned Bits = E + M;                // without the sign
  localparam int unsigned W = (1 << E) + M;            // of an operand in smallest subnormals
  localparam int unsigned S = (1 << (E - 1)) - 2 + M;  // the smallest subnormal is 2^-S
  localparam logic [2:0] Rne = 3'd0, Rtz = 3'd1, Rha = 3'd3, Rdn = 3'd5, Rup = 3'd6;
  localparam logic [Bits-1:0] Infinity = {{E{1'b1}}, {M{1'b0}}};
  localparam logic [Bits-1:0] Over = Ocp ? '1 : Infinity;  // the first code that is no number
  localparam logic [Bits-1:0] Nan = Ocp ? '1 : Infinity | Bits'(1) << (M - 1);

  typedef logic [2*W:0] sum_t;

  function automatic logic [W-1:0] quanta(input logic [Bits-1:0] code);
    if (code[M+:E] == '0) quanta = W'(code);
    else quanta = W'({1'b1, code[M-1:0]}) << (code[M+:E] - 1'b1);
  endfunction

  // Whether `value` cut by `drop` bits goes up.
  function automatic logic goes_up(input sum_t value, input int unsigned drop, input logic negative);
    sum_t rest, half;
    rest = value & ((sum_t'(1) << drop) - 1'b1);
    half = drop == 0 ? '0 : sum_t'(1) << (drop - 1);
    unique case (rounding_i)
      Rne: goes_up = rest > half || (drop != 0 && rest == half && (value[drop] || fault_i == 2'd1));
      Rha: goes_up = drop != 0 && rest >= half;
      Rdn: goes_up = rest != '0 && negative;
      Rup: goes_up = rest != '0 && !negative;
      default: goes_up = 1'b0;
    endcase
  endfunction

  logic a_inf, b_inf, c_inf, a_nan, b_nan, c_nan, signalling, sign, negative, inexact, over, tiny, zero_times_inf, minus;
  sum_t product, addend, magnitude;
  logic [Bits:0] code;
  int unsigned top, drop, precise;

  always_comb begin
    a_inf = !Ocp && a_i[Bits-1:0] == Infinity;
    b_inf = !Ocp && b_i[Bits-1:0] == Infinity;
    c_inf = !Ocp && c_i[Bits-1:0] == Infinity;
    a_nan = Ocp ? &a_i[Bits-1:0] : a_i[Bits-1:0] > Infinity;
    b_nan = Ocp ? &b_i[Bits-1:0] : b_i[Bits-1:0] > Infinity;
    c_nan = Ocp ? &c_i[Bits-1:0] : c_i[Bits-1:0] > Infinity;
    signalling = (a_nan && !a_i[M-1]) || (b_nan && !b_i[M-1]) || (c_nan && !c_i[M-1]);
    sign = a_i[Bits] ^ b_i[Bits];
    minus = sign != c_i[Bits];
    product = sum_t'(quanta(a_i[Bits-1:0])) * sum_t'(quanta(b_i[Bits-1:0]));
    addend = sum_t'(quanta(c_i[Bits-1:0])) << S;
    negative = product >= addend ? sign : c_i[Bits];
    if (fault_i == 2'd2 && addend != '0) product = product >> 1 << 1;  // 2: a bit far below the addend is lost
    magnitude = !minus ? product + addend : product >= addend ? product - addend : addend - product;
    if (magnitude == '0 && minus) negative = rounding_i == Rdn;

    top = 0;
    for (int unsigned i = 0; i <= 2 * W; i++) if (magnitude[i]) top = i;
    precise = top > M ? top - M : 0;  // as if there were no smallest exponent
    drop = precise > S ? precise : S;
    code = ((Bits + 1)'(drop - S) << M) + (Bits + 1)'(magnitude >> drop) + (Bits + 1)'(goes_up(magnitude, drop, negative));
    inexact = (magnitude & ((sum_t'(1) << drop) - 1'b1)) != '0;
    over = code >= {1'b0, Over};
    tiny = ((magnitude >> precise) + sum_t'(goes_up(magnitude, precise, negative))) << precise < sum_t'(1) << (S + M);
    flags_o = {2'b00, over, tiny && inexact && fault_i != 2'd3, inexact || over};
    if (over) code = {1'b0, Over};
    if (over && (rounding_i == Rtz || rounding_i == (negative ? Rup : Rdn))) code = {1'b0, Over - 1'b1};
    result_o = {negative && !(Ocp && code[Bits-1:0] == Nan), code[Bits-1:0]};
    zero_times_inf = (a_inf && b_i[Bits-1:0] == '0) || (b_inf && a_i[Bits-1:0] == '0);
    if (a_inf || b_inf || c_inf) begin
      result_o = {a_inf || b_inf ? sign : c_i[Bits], Infinity};
      flags_o = '0;
    end
    if (a_nan || b_nan || c_nan || zero_times_inf || ((a_inf || b_inf) && c_inf && minus)) begin
      result_o = {1'b0, Nan};
      flags_o = {signalling || zero_times_inf || !(a_nan || b_nan || c_nan), 4'b0};
    end
  end

endmodule
