// SPDX-License-Identifier: Apache-2.0
// What elaboration fixes of a core: the one parameter of core, array, element and lane.
package core_config_pkg;

  // generated: STRUCTS
  typedef struct packed {
    logic [7:0] datapath;  // datapath_pkg
    logic [7:0] n;  // code bits
    logic [7:0] es;  // posit
    logic [7:0] underflow;  // posit: 1: what is too small becomes zero
    logic [7:0] exponent_bits;  // float
    logic [7:0] fraction_bits;  // float
    logic [7:0] specials;  // float: float_pkg
  } operand_t;

  typedef struct packed {
    logic [15:0] rows;  // R
    logic [15:0] cols;  // C
    logic [7:0] dataflow;  // dataflow_pkg
    logic [7:0] latency;  // of an element, 1..8
    logic [31:0] bank_rows;  // ws: partial sums that a column holds, a power of two
    logic [31:0] bias_blocks;  // column blocks of a command with bias
    logic [31:0] lane_interval;  // clocks per output vector
    logic [7:0] accumulate;  // accumulate_pkg
    logic [31:0] block;  // products of a block (flex: a power of two) or of a chain
    logic [15:0] acc_bits;  // quire, block sum, chain or accumulator
    logic [7:0] raw;  // 1: outputs are accumulators (dfp, sdfp)
    logic [7:0] rounding;  // rounding_pkg
    logic [7:0] bias_first;  // 1: sums start from the bias
    operand_t a;  // of the A stream
    operand_t b;  // of the B stream
    operand_t out;  // of stored outputs and of the bias
  } core_config_t;
  // end of generated

  // A 4x4 os array of dfp8, as no one needs to say more where only the ports matter.
  localparam operand_t Dfp8 = {8'd3, 8'd8, 8'd2, 8'd0, 8'd4, 8'd3, 8'd2};
  localparam core_config_t Default = {16'd4, 16'd4, 8'd0, 8'd1, 32'd64, 32'd16, 32'd1, 8'd0, 32'd32, 16'd32, 8'd0, 8'd0, 8'd0, Dfp8, Dfp8,
                                      Dfp8};

endpackage
