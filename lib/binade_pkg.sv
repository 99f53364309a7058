// SPDX-License-Identifier: Apache-2.0
// The golden arithmetic for test benches: libbinade by DPI-C. What a function does and refuses is beside its name in binade.h; the
// classes below call them and end the simulation with the library's message where one refuses. Link with -lbinade (docs/library.md).
package binade_pkg;

  typedef enum int {
    Rne = 0,
    Rtz = 1,
    Rhu = 2,
    Rha = 3,
    Sr = 4,
    DefaultRounding = -1
  } rounding_e;

  typedef enum int {
    Exact = 0,
    Blocked = 1,
    Serial = 2,
    Fp32 = 3,
    Chained = 4,
    DefaultAccumulate = -1
  } accumulate_e;

  import "DPI-C" function int binade_message_new(output chandle message);
  import "DPI-C" function string binade_message_text(input chandle message);
  import "DPI-C" function int binade_format_new(input string word, output chandle format, input chandle message);
  import "DPI-C" function void binade_format_free(input chandle format);
  import "DPI-C" function int binade_encode_one(input chandle format, input real value, input int lsb_exponent, input int rounding,
                                                input int unsigned random, output int unsigned code, input chandle message);
  import "DPI-C" function int binade_decode_one(input chandle format, input int unsigned code, input int lsb_exponent,
                                                output real value, input chandle message);
  import "DPI-C" function int binade_operate_one(input string operation, input chandle format, input int unsigned a,
                                                 input int unsigned b, input int unsigned c, input int rounding,
                                                 input int unsigned random, output int unsigned code, input chandle message);
  import "DPI-C" function int binade_accumulator_of(input chandle a, input chandle b, input chandle out, input int policy,
                                                    input int acc_bits, input int block, input int chain, input int rounding,
                                                    input int product_shift, output chandle accumulator, input chandle message);
  import "DPI-C" function void binade_accumulator_free(input chandle accumulator);
  import "DPI-C" function int binade_accumulator_clear(input chandle accumulator, input chandle message);
  import "DPI-C" function int binade_accumulator_mac(input chandle accumulator, input int unsigned a, input int unsigned b,
                                                     input chandle message);
  import "DPI-C" function int binade_accumulator_bias(input chandle accumulator, input int unsigned bias, input chandle message);
  import "DPI-C" function int binade_accumulator_result(input chandle accumulator, input int relu, input int unsigned random,
                                                        output int unsigned code, input chandle message);
  import "DPI-C" function int binade_random_bits(input int unsigned seed, input int unsigned tensor, input longint unsigned index,
                                                 output int unsigned random, input chandle message);

  // Ends the simulation unless the status is that of success.
  function automatic void require(input int status, input chandle message);
    if (status != 0) $fatal(1, "binade: %s", binade_message_text(message));
  endfunction

  // A format and operations on its codes.
  class Format;
    chandle handle;
    chandle message;

    function new(input string word);
      void'(binade_message_new(message));
      require(binade_format_new(word, handle, message), message);
    endfunction

    function int unsigned encode(input real value, input rounding_e rounding = DefaultRounding, input int lsb_exponent = 0,
                                 input int unsigned random = 0);
      int unsigned code;
      require(binade_encode_one(handle, value, lsb_exponent, rounding, random, code, message), message);
      return code;
    endfunction

    function real decode(input int unsigned code, input int lsb_exponent = 0);
      real value;
      require(binade_decode_one(handle, code, lsb_exponent, value, message), message);
      return value;
    endfunction

    // add sub mul div fma sqrt.
    function int unsigned operate(input string operation, input int unsigned a, input int unsigned b = 0, input int unsigned c = 0,
                                  input rounding_e rounding = DefaultRounding, input int unsigned random = 0);
      int unsigned code;
      require(binade_operate_one(operation, handle, a, b, c, rounding, random, code, message), message);
      return code;
    endfunction
  endclass

  // A multiply-accumulate unit: the literal accumulator.
  class Accumulator;
    chandle handle;
    chandle message;

    function new(input Format a, input Format b, input Format out, input accumulate_e policy = DefaultAccumulate,
                 input int acc_bits = 0, input int product_shift = 0, input rounding_e rounding = DefaultRounding,
                 input int block = 32, input int chain = 31);
      void'(binade_message_new(message));
      require(binade_accumulator_of(a.handle, b.handle, out.handle, policy, acc_bits, block, chain, rounding, product_shift, handle,
                                    message), message);
    endfunction

    function void clear();
      require(binade_accumulator_clear(handle, message), message);
    endfunction
    function void mac(input int unsigned a, input int unsigned b);
      require(binade_accumulator_mac(handle, a, b, message), message);
    endfunction
    function void bias(input int unsigned code);
      require(binade_accumulator_bias(handle, code, message), message);
    endfunction
    function int unsigned result(input bit relu = 0, input int unsigned random = 0);
      int unsigned code;
      require(binade_accumulator_result(handle, int'(relu), random, code, message), message);
      return code;
    endfunction
  endclass

endpackage
