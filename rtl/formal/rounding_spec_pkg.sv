// SPDX-License-Identifier: Apache-2.0
// Rounding as an order of thresholds, the second description of every rounding unit (docs/formal.md). Codes of a format, taken as
// integers, are ordered as their values are. A value rounds to code m or to one above it if it reaches m's threshold:
//   to nearest     the code one bit longer that lies between m - 1 and m: {m, 0} - 1. A tie is what equals it.
//   toward zero    m itself
//   stochastic     {m, 32 zeros} - random: the code 32 bits longer, so that of the 2^32 random words as many raise a value as
//                  there are codes between it and the one below
// Then the result is the m whose threshold the value reaches and whose successor's it does not. Magnitudes only; the sign says
// which way ties go where ties go up.
package rounding_spec_pkg;

  localparam logic [2:0] ToEven = 3'd0;
  localparam logic [2:0] TowardZero = 3'd1;
  localparam logic [2:0] TiesUp = 3'd2;
  localparam logic [2:0] TiesAway = 3'd3;
  localparam logic [2:0] Stochastic = 3'd4;  // larger codes are no modes of the RTL

  localparam int unsigned Saturation = 0;  // bits of events
  localparam int unsigned Underflow = 1;
  localparam int unsigned Overflow = 2;
  localparam int unsigned Nar = 3;
  localparam int unsigned Inexact = 4;

  // How far below {m, 32 zeros} the threshold of m lies.
  function automatic logic [31:0] below(input logic [2:0] mode, input logic [31:0] random);
    case (mode)
      TowardZero: below = 32'd0;
      Stochastic: below = random;
      default: below = 32'h8000_0000;
    endcase
  endfunction

  // Does a value above, or at, the threshold of a code (even or not) reach that code?
  function automatic logic reaches(input logic [2:0] mode, input logic negative, input logic even, input logic above, input logic at);
    case (mode)
      ToEven: reaches = above | (at & even);
      TiesUp: reaches = above | (at & ~negative);
      default: reaches = above | at;
    endcase
  endfunction

  // C. Wellons' hash, of stochastic rounding's random bits.
  function automatic logic [31:0] lowbias32(input logic [31:0] value);
    logic [31:0] a, b, c, d;
    a = value ^ {16'd0, value[31:16]};
    b = a * 32'd2146121005;
    c = b ^ {15'd0, b[31:15]};
    d = c * 32'd2221713035;
    lowbias32 = d ^ {16'd0, d[31:16]};
  endfunction

endpackage
