// SPDX-License-Identifier: Apache-2.0
// The post-processing lane of a datapath: one interface for the core. Which fields of Config matter depends on the datapath.
module datapath_lane #(
    parameter core_config_pkg::core_config_t Config = core_config_pkg::Default,
    parameter int unsigned StateBits = 32,  // of an element's state
    localparam int unsigned N = 32'(Config.out.n)
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         valid_i,
    input  logic [StateBits-1:0]         state_i,
    input  logic                         bias_valid_i,
    input  logic [N-1:0]                 bias_i,
    input  logic signed [command_pkg::ShiftBits-1:0] product_shift_i,
    input  logic signed [command_pkg::ShiftBits-1:0] bias_shift_i,
    input  logic                         relu_i,
    input  logic [31:0]                  key_i,
    input  logic [63:0]                  index_i,
    output logic                         valid_o,
    output logic [63:0]                  word_o,
    output logic [63:0]                  magnitude_o,
    output logic                         overflow_o,
    output logic [events_pkg::Count-1:0] events_o,
    output logic [events_pkg::Count-1:0] bias_events_o,
    output logic [events_pkg::Count-1:0] block_events_o
);

  localparam int unsigned Datapath = 32'(Config.a.datapath);
  localparam bit FloatOut = 32'(Config.out.datapath) == datapath_pkg::FloatPe;
  localparam int unsigned Es = 32'(Config.out.es);
  localparam int unsigned ExponentBits = 32'(Config.out.exponent_bits);
  localparam int unsigned FractionBits = 32'(Config.out.fraction_bits);
  localparam int unsigned Specials = 32'(Config.out.specials);
  localparam bit Fp32 = 32'(Config.accumulate) == accumulate_pkg::Fp32;
  localparam int unsigned AccBits = 32'(Config.acc_bits);
  localparam bit Raw = Config.raw != 8'd0;
  localparam logic [2:0] Rounding = 3'(Config.rounding);
  localparam bit Stochastic = Rounding == rounding_pkg::Sr;

  if (Datapath == datapath_pkg::FlexPe) begin : gen_flex
    logic [N-1:0] code, magnitude;
    flex_lane #(
        .N        (N),
        .BlockBits(AccBits)
    ) u_lane (
        .enable_i   (1'b1),
        .code_o     (code),
        .magnitude_o(magnitude),
        .*
    );
    assign word_o = 64'(code);
    assign magnitude_o = 64'(magnitude);
    logic unused;
    assign unused = ^{key_i, index_i};
  end else if (Datapath == datapath_pkg::PositPe) begin : gen_posit
    logic [N-1:0] code;
    posit_lane #(
        .N         (N),
        .Es        (Es),
        .PointBits ((32'(Config.a.n) + 32'(Config.b.n) - 4) << Es),
        .QuireBits (AccBits),
        .Underflow (Config.out.underflow != 8'd0),
        .Stochastic(Stochastic)
    ) u_lane (
        .enable_i  (1'b1),
        .rounding_i(Rounding),
        .code_o    (code),
        .*
    );
    assign word_o = 64'(code);
    assign magnitude_o = '0;
    assign overflow_o = 1'b0;
    assign block_events_o = '0;
    logic unused;
    assign unused = ^{product_shift_i, bias_shift_i};
  end else if (Datapath == datapath_pkg::FloatPe) begin : gen_float
    logic [N-1:0] code;
    float_lane #(
        .ExponentBits(ExponentBits),
        .FractionBits(FractionBits),
        .Specials    (Specials),
        .Fp32        (Fp32),
        .Stochastic  (Stochastic)
    ) u_lane (
        .enable_i  (1'b1),
        .rounding_i(Rounding),
        .code_o    (code),
        .*
    );
    assign word_o = 64'(code);
    assign magnitude_o = '0;
    assign overflow_o = 1'b0;
    assign block_events_o = '0;
    logic unused;
    assign unused = ^{product_shift_i, bias_shift_i};
  end else if (32'(Config.accumulate) == accumulate_pkg::Chained) begin : gen_chain
    dfp_chain_lane #(
        .ChainBits   (AccBits),
        .FloatOut    (FloatOut),
        .N           (N),
        .ExponentBits(FloatOut ? ExponentBits : 8),
        .FractionBits(FloatOut ? FractionBits : 23),
        .Specials    (FloatOut ? Specials : float_pkg::InfNan),
        .Stochastic  (Stochastic)
    ) u_lane (
        .enable_i  (1'b1),
        .rounding_i(Rounding),
        .*
    );
  end else if (FloatOut) begin : gen_dfp_float
    logic [N-1:0] code;
    dfp_float_lane #(
        .AccBits     (AccBits),
        .ExponentBits(ExponentBits),
        .FractionBits(FractionBits),
        .Specials    (Specials),
        .Stochastic  (Stochastic)
    ) u_lane (
        .enable_i  (1'b1),
        .shift_i   (product_shift_i),
        .rounding_i(Rounding),
        .code_o    (code),
        .*
    );
    assign word_o = 64'(code);
    assign magnitude_o = '0;
    assign overflow_o = 1'b0;
    assign bias_events_o = '0;
    assign block_events_o = '0;
    logic unused;
    assign unused = ^bias_shift_i;
  end else begin : gen_dfp
    // One bias LSB is 2^(product_shift - bias_shift) accumulator LSBs: not finer than one, and at most the 2^ShiftBits - 1 of the
    // two ends of the range.
    logic [command_pkg::ShiftBits-1:0] bias_left;
    assign bias_left = product_shift_i - bias_shift_i;
    dfp_lane #(
        .N      (N),
        .AccBits(AccBits)
    ) u_lane (
        .enable_i   (1'b1),
        .bias_left_i(bias_left),
        .raw_i      (Raw),
        .shift_i    (product_shift_i),
        .rounding_i (Rounding),
        .*
    );
    assign block_events_o = '0;
  end

endmodule
