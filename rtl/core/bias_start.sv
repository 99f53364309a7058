// SPDX-License-Identifier: Apache-2.0
// The state of an element whose sum starts from a bias (core.bias first): zero plus the bias in one step of the policy. Combinational.
// Policies that sum exactly have no such start.
module bias_start #(
    parameter core_config_pkg::core_config_t Config = core_config_pkg::Default,
    parameter int unsigned StateBits = 32,  // of an element's state
    localparam int unsigned N = 32'(Config.out.n)
) (
    input  logic [N-1:0]                 bias_i,
    input  logic signed [command_pkg::ShiftBits-1:0] product_shift_i,
    input  logic signed [command_pkg::ShiftBits-1:0] bias_shift_i,
    output logic [StateBits-1:0]         state_o,
    output logic [events_pkg::Count-1:0] events_o
);

  localparam int unsigned Datapath = 32'(Config.a.datapath);
  localparam bit FloatOut = 32'(Config.out.datapath) == datapath_pkg::FloatPe;
  localparam int unsigned ExponentBits = FloatOut ? 32'(Config.out.exponent_bits) : 8;
  localparam int unsigned FractionBits = FloatOut ? 32'(Config.out.fraction_bits) : 23;
  localparam int unsigned Specials = FloatOut ? 32'(Config.out.specials) : float_pkg::InfNan;
  localparam int unsigned AccBits = 32'(Config.acc_bits);

  if (Datapath == datapath_pkg::FlexPe) begin : gen_flex
    localparam int unsigned SumBits = StateBits - AccBits;
    logic signed [SumBits-1:0] sum;
    logic clamped;
    block_rounder #(
        .SumBits  (SumBits),
        .BlockBits(N)
    ) u_round (
        .sum_i    ('0),
        .block_i  (bias_i),
        .shift_i  (bias_shift_i),
        .sum_o    (sum),
        .clamped_o(clamped)
    );
    assign state_o = {sum, {AccBits{1'b0}}};
    assign events_o = events_pkg::Count'(clamped) << events_pkg::Saturation;
    logic unused;
    assign unused = ^product_shift_i;
  end else if (Datapath == datapath_pkg::FloatPe) begin : gen_float
    localparam bit Fp32 = 32'(Config.accumulate) == accumulate_pkg::Fp32;
    localparam int unsigned ScaleBits = $clog2((1 << (ExponentBits - 1)) + FractionBits + 1) + 1;
    logic zero, infinite, nan, negative;
    logic signed [ScaleBits-1:0] scale;
    logic [FractionBits:0] significand;
    logic [events_pkg::Count-1:0] events;
    float_decoder #(
        .ExponentBits(ExponentBits),
        .FractionBits(FractionBits),
        .Specials    (Specials)
    ) u_decode (
        .code_i       (bias_i),
        .zero_o       (zero),
        .infinite_o   (infinite),
        .nan_o        (nan),
        .negative_o   (negative),
        .scale_o      (scale),
        .significand_o(significand)
    );
    float_accumulator #(
        .ExponentBits (Fp32 ? 8 : ExponentBits),
        .FractionBits (Fp32 ? 23 : FractionBits),
        .Specials     (Fp32 ? float_pkg::InfNan : Specials),
        .TermScaleBits(ScaleBits),
        .TermBits     (FractionBits + 1)
    ) u_add (
        .sum_i             ('0),
        .term_zero_i       (zero),
        .term_infinite_i   (infinite),
        .term_nan_i        (nan),
        .term_negative_i   (negative),
        .term_scale_i      (scale),
        .term_significand_i(significand),
        .rounding_i        (Fp32 ? rounding_pkg::Rne : 3'(Config.rounding)),
        .sum_o             (state_o),
        .events_o          (events)
    );
    assign events_o = events & events_pkg::Steps;
    logic unused;
    assign unused = ^{product_shift_i, bias_shift_i};
  end else if (Datapath == datapath_pkg::DfpPe && 32'(Config.accumulate) == accumulate_pkg::Chained) begin : gen_chain
    logic [31:0] run;
    dfp_chain_bias #(
        .FloatOut    (FloatOut),
        .N           (N),
        .ExponentBits(ExponentBits),
        .FractionBits(FractionBits),
        .Specials    (Specials)
    ) u_bias (
        .run_i   ('0),
        .run_o   (run),
        .events_o(events_o),
        .*
    );
    assign state_o = {run, {AccBits{1'b0}}};
  end else begin : gen_none  // sums that are exact have no order: bias_starts refuses them
    logic unused;
    assign unused = ^{bias_i, product_shift_i, bias_shift_i};
    assign state_o = '0;
    assign events_o = '0;
  end

endmodule
