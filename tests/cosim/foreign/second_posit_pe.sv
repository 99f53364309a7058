// SPDX-License-Identifier: Apache-2.0
// A posit processing element written another way than rtl/posit: plain Verilog loops and one wide shift, other parameter names, no
// sub-modules. It keeps the ports of docs/rtl/pe.md. FAULT plants one error, for tests of the checker; 0 = none.
module second_posit_pe #(
    parameter WIDTH = 8,
    parameter ES = 2,
    parameter QUIRE = 4 * ((WIDTH - 2) << ES) + 32,  // only the full width
    parameter PIPELINE = 1,
    parameter FAULT = 0
) (
    input  wire             clk_i,
    input  wire             rst_ni,
    input  wire             enable_i,
    input  wire             valid_i,
    input  wire             load_i,
    input  wire [WIDTH-1:0] a_i,
    input  wire [WIDTH-1:0] b_i,
    input  wire [QUIRE:0]   state_i,
    output reg  [QUIRE:0]   state_o,
    output wire [QUIRE:0]   next_o,
    output reg  [4:0]       events_o
);

  localparam BIAS = 2 * ((WIDTH - 2) << ES);  // the quire's LSB is minpos squared

  // Value times 2^(WIDTH - 1) in the high part and the power of two in the low 16 bits.
  function [WIDTH+15:0] unpack(input [WIDTH-1:0] code);
    reg [WIDTH-1:0] word;
    reg [WIDTH-1:0] mantissa;
    reg signed [15:0] power;
    reg counting;
    integer i, run, exponent, seen;
    begin
      word = code[WIDTH-1] ? -code : code;
      run = 0;
      counting = 1'b1;
      exponent = 0;
      seen = 0;
      mantissa = 1;
      for (i = WIDTH - 2; i >= 0; i = i - 1) begin
        if (counting) begin
          if (word[i] == word[WIDTH-2]) run = run + 1;
          else counting = 1'b0;
        end else if (seen < ES) begin
          exponent = exponent * 2 + (word[i] ? 1 : 0);
          seen = seen + 1;
        end else begin
          mantissa = {mantissa[WIDTH-2:0], word[i]};
          seen = seen + 1;
        end
      end
      for (i = 0; i < ES; i = i + 1) begin
        if (seen < ES) begin
          exponent = exponent * 2;
          seen = seen + 1;
        end
      end
      // seen - ES fraction bits were read.
      power = (word[WIDTH-2] ? run - 1 : -run) * (1 << ES) + exponent - (seen - ES);
      unpack = {mantissa, power};
    end
  endfunction

  wire [WIDTH+15:0] ua = unpack(a_i), ub = unpack(b_i);
  wire [2*WIDTH-1:0] product = {{WIDTH{1'b0}}, ua[WIDTH+15:16]} * {{WIDTH{1'b0}}, ub[WIDTH+15:16]};
  wire signed [15:0] power = $signed(ua[15:0]) + $signed(ub[15:0]) + (FAULT == 1 && a_i[WIDTH-1] ? 1 : 0);
  wire zero = a_i == 0 || b_i == 0;
  wire special = a_i == {1'b1, {WIDTH - 1{1'b0}}} || (b_i == {1'b1, {WIDTH - 1{1'b0}}} && FAULT != 2);
  wire negative = a_i[WIDTH-1] ^ b_i[WIDTH-1];

  // sign, NaR, zero, power, product, valid, load
  localparam STAGE = 2 * WIDTH + 21;
  wire [STAGE-1:0] entering = {negative, special, zero, power, product, valid_i, load_i};
  wire [STAGE-1:0] leaving;
  generate
    if (PIPELINE == 1) begin : gen_none
      assign leaving = entering;
    end else begin : gen_stages
      reg [STAGE-1:0] stages[0:PIPELINE-2];
      integer s;
      always @(posedge clk_i or negedge rst_ni)
        if (!rst_ni) for (s = 0; s < PIPELINE - 1; s = s + 1) stages[s] <= 0;
        else if (enable_i) begin
          stages[0] <= entering;
          for (s = 1; s < PIPELINE - 1; s = s + 1) stages[s] <= stages[s-1];
        end
      assign leaving = stages[PIPELINE-2];
    end
  endgenerate

  wire l_negative, l_special, l_zero, l_valid, l_load;
  wire signed [15:0] l_power;
  wire [2*WIDTH-1:0] l_product;
  assign {l_negative, l_special, l_zero, l_power, l_product, l_valid, l_load} = leaving;

  wire [QUIRE:0] base = l_load && FAULT != 3 ? state_i : state_o;
  wire signed [QUIRE+1:0] sum_in = $signed({{2{base[QUIRE-1]}}, base[QUIRE-1:0]});
  // The lowest product bit may lie below the quire's LSB only where it is zero.
  wire [15:0] place = l_power + BIAS[15:0] + 16'd64;
  wire [QUIRE+127:0] shifted = {{QUIRE + 128 - 2 * WIDTH{1'b0}}, l_product} << place;
  wire signed [QUIRE+1:0] magnitude = $signed({2'b00, shifted[QUIRE+63:64]});
  wire signed [QUIRE+1:0] sum_out = l_zero ? sum_in : l_negative ? sum_in - magnitude : sum_in + magnitude;
  wire fits = sum_out[QUIRE+1] == sum_out[QUIRE-1] && sum_out[QUIRE] == sum_out[QUIRE-1];
  wire only_sign = sum_out[QUIRE-1:0] == {1'b1, {QUIRE - 1{1'b0}}};
  wire quiet = base[QUIRE] || l_special;
  wire overflow = !quiet && (!fits || only_sign);

  assign next_o = !l_valid ? base : quiet || overflow ? {1'b1, {QUIRE{1'b0}}} : {1'b0, sum_out[QUIRE-1:0]};

  always @(posedge clk_i) if ((enable_i || FAULT == 4) && (l_valid || l_load)) state_o <= next_o;
  always @(posedge clk_i or negedge rst_ni)
    if (!rst_ni) events_o <= 0;
    else events_o <= enable_i && l_valid && overflow && FAULT != 5 ? 5'b00100 : 5'b0;

endmodule
