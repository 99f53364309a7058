// SPDX-License-Identifier: Apache-2.0
// Somebody else's binary32 element, the product exact and the sum rounded once to nearest, even: one wide register, aligned to the
// product, with the ports of float_pe. FAULT plants an error: 1 the bits of the running sum that are shifted out are lost, 2 the state
// moves without enable_i, 3 a product far below the sum is lost, 4 ties go away from zero, 5 subnormal results are flushed, 6 x - x is -0.
module second_float_pe #(
    parameter FAULT = 0
) (
    input  wire        clk_i,
    input  wire        rst_ni,
    input  wire        enable_i,
    input  wire        valid_i,
    input  wire        load_i,
    input  wire [31:0] a_i,
    input  wire [31:0] b_i,
    input  wire [ 2:0] rounding_i,
    input  wire [31:0] state_i,
    output reg  [31:0] state_o,
    output wire [31:0] next_o,
    output reg  [ 4:0] events_o,
    output wire [ 4:0] product_events_o
);

  wire [31:0] base = load_i ? state_i : state_o;

  // Fields: exponents with 1 for subnormals, significands with their leading bit.
  wire [9:0] ea = {2'b0, a_i[30:23]} + {9'b0, a_i[30:23] == 0};
  wire [9:0] eb = {2'b0, b_i[30:23]} + {9'b0, b_i[30:23] == 0};
  wire [9:0] es = {2'b0, base[30:23]} + {9'b0, base[30:23] == 0};
  wire [23:0] ma = {a_i[30:23] != 0, a_i[22:0]};
  wire [23:0] mb = {b_i[30:23] != 0, b_i[22:0]};
  wire [23:0] ms = {base[30:23] != 0, base[22:0]};
  wire a_inf = a_i[30:0] == 31'h7f800000, b_inf = b_i[30:0] == 31'h7f800000, s_inf = base[30:0] == 31'h7f800000;
  wire a_nan = a_i[30:0] > 31'h7f800000, b_nan = b_i[30:0] > 31'h7f800000, s_nan = base[30:0] > 31'h7f800000;
  wire a_zero = a_i[30:0] == 0, b_zero = b_i[30:0] == 0;
  wire p_sign = a_i[31] ^ b_i[31], s_sign = base[31];
  wire p_inf = a_inf || b_inf;
  wire nan = a_nan || b_nan || s_nan || (a_inf && b_zero) || (b_inf && a_zero) || (p_inf && s_inf && p_sign != s_sign);
  wire infinite = p_inf || s_inf;

  // The product counts in 2^(ea + eb - 300), the sum in 2^(es - 150); the sum's place in the product's register is d.
  localparam LOW = 26;  // places below the product's last
  localparam FAR = 51;  // the product is then below a quarter of the sum's last place, however the sum is normalised
  localparam W = 1 + LOW + FAR + 24 + 1;  // a sticky bit at the foot, a carry at the top
  reg [47:0] product;
  reg signed [12:0] d, lsb;
  reg [W-1:0] p_wide, s_wide, magnitude;
  reg [W+23:0] s_shifted;
  reg negative;
  always @* begin
    product = {24'b0, ma} * {24'b0, mb};
    d = $signed({3'b0, es}) - $signed({3'b0, ea}) - $signed({3'b0, eb}) + 13'sd150;
    lsb = $signed({3'b0, ea}) + $signed({3'b0, eb}) - 13'sd300;
    if (product == 0) begin
      d = 0;
      lsb = $signed({3'b0, es}) - 13'sd150;
    end
    p_wide = {{W - 48 - LOW - 1{1'b0}}, product, {LOW + 1{1'b0}}};
    if (d > FAR) begin
      lsb = lsb + d - FAR;
      d = FAR;
      p_wide = {{W - 1{1'b0}}, product != 0 && FAULT != 3};
    end
    s_shifted = 0;
    if (d >= -LOW) begin
      s_wide = {{W - 24{1'b0}}, ms} << (d + LOW + 1);
    end else begin
      // What leaves at the foot stays as one bit.
      s_shifted = {{W - 24{1'b0}}, ms, 24'b0} << 1;
      s_shifted = d < -LOW - 24 ? 0 : s_shifted >> (-LOW - d);
      s_wide = {s_shifted[W+23:25], 1'b0};
      s_wide[0] = FAULT != 1 && ms != 0 && (d < -LOW - 24 || s_shifted[24:0] != 0);
    end
    if (p_sign == s_sign) begin
      magnitude = p_wide + s_wide;
      negative = p_sign;
    end else if (p_wide >= s_wide) begin
      magnitude = p_wide - s_wide;
      negative = p_sign;
    end else begin
      magnitude = s_wide - p_wide;
      negative = s_sign;
    end
  end

  // The leading one, the last place of the result above it or of subnormals, and one rounding.
  integer i, top, place;
  reg guard, rest;
  reg [W+23:0] spread;
  reg [24:0] kept;
  reg [31:0] code;
  reg overflow, underflow;
  always @* begin
    top = 0;
    for (i = 0; i < W; i = i + 1) if (magnitude[i]) top = i;
    place = top - 23;
    if (place + lsb - LOW - 1 < -149) place = -149 - lsb + LOW + 1;
    spread = {magnitude, 24'b0};
    guard = 0;
    rest = 0;
    for (i = 0; i < W; i = i + 1) begin
      if (i == place - 1) guard = magnitude[i];
      if (i < place - 1) rest = rest | magnitude[i];
    end
    spread = place + 24 < 0 ? 0 : place + 24 > W + 23 ? 0 : spread >> (place + 24);
    if (place < 0) spread = {{24{1'b0}}, magnitude} << -place;
    kept = spread[24:0] + {24'b0, guard && (rest || spread[0] || FAULT == 4)};
    // Exponent field less one, which the leading bit adds.
    code = {24'b0, 8'b0};
    code[30:0] = kept[23] || kept[24] ? 31'(((place + lsb - LOW - 1 + 149) << 23) + {7'b0, kept[24:0]}) : {7'b0, kept[23:0]};
    overflow = magnitude != 0 && (place + lsb - LOW - 1 + 149 > 253 || (place + lsb - LOW - 1 + 149 == 253 && kept[24]));
    underflow = magnitude != 0 && kept == 0;
    if (FAULT == 5 && kept < 25'h800000) code = 0;
    if (overflow) code = 32'h7f800000;
    code[31] = magnitude == 0 ? (p_sign && s_sign) || (FAULT == 6 && p_sign != s_sign) : negative;
    if (infinite) code = {p_inf ? p_sign : s_sign, 31'h7f800000};
    if (nan) code = 32'h7fc00000;
  end

  assign next_o = valid_i ? code : base;
  assign product_events_o = 0;
  always @(posedge clk_i) if ((enable_i || FAULT == 2) && (valid_i || load_i)) state_o <= next_o;
  always @(posedge clk_i or negedge rst_ni)
    if (!rst_ni) events_o <= 0;
    else events_o <= enable_i && valid_i ? {1'b0, nan, overflow && !infinite && !nan, underflow && !infinite && !nan, 1'b0} : 5'b0;

endmodule
