// SPDX-License-Identifier: Apache-2.0
// The processing element of a datapath: one interface for the array. Which fields of Config matter depends on the datapath.
module datapath_pe #(
    parameter core_config_pkg::core_config_t Config = core_config_pkg::Default,
    parameter int unsigned StateBits = 32,  // of an element's state
    localparam int unsigned ABits = 32'(Config.a.n),
    localparam int unsigned BBits = 32'(Config.b.n)
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         enable_i,
    input  logic                         valid_i,
    input  logic                         load_i,
    input  logic                         close_i,
    input  logic [ABits-1:0]             a_i,
    input  logic [BBits-1:0]             b_i,
    input  logic signed [command_pkg::ShiftBits-1:0] product_shift_i,
    input  logic [StateBits-1:0]         state_i,
    output logic [StateBits-1:0]         state_o,
    output logic [StateBits-1:0]         next_o,
    output logic [events_pkg::Count-1:0] events_o,
    output logic [events_pkg::Count-1:0] more_events_o  // of the step's other rounding
);

  localparam int unsigned Datapath = 32'(Config.a.datapath);
  localparam int unsigned Es = 32'(Config.a.es);
  localparam bit Fp32 = 32'(Config.accumulate) == accumulate_pkg::Fp32;
  localparam int unsigned AccBits = 32'(Config.acc_bits);
  localparam int unsigned Latency = 32'(Config.latency);
  localparam logic [2:0] Rounding = 3'(Config.rounding);

  if (Datapath == datapath_pkg::FlexPe) begin : gen_flex
    flex_pe #(
        .ABits    (ABits),
        .BBits    (BBits),
        .OutBits  (32'(Config.out.n)),
        .BlockBits(AccBits),
        .Latency  (Latency)
    ) u_pe (
        .round_events_o(more_events_o),
        .*
    );
  end else if (Datapath == datapath_pkg::PositPe) begin : gen_posit
    posit_pe #(
        .ABits    (ABits),
        .BBits    (BBits),
        .Es       (Es),
        .QuireBits(AccBits),
        .Latency  (Latency)
    ) u_pe (
        .*
    );
    assign more_events_o = '0;
  end else if (Datapath == datapath_pkg::FloatPe) begin : gen_float
    float_pe #(
        .AExponentBits(32'(Config.a.exponent_bits)),
        .AFractionBits(32'(Config.a.fraction_bits)),
        .ASpecials    (32'(Config.a.specials)),
        .BExponentBits(32'(Config.b.exponent_bits)),
        .BFractionBits(32'(Config.b.fraction_bits)),
        .BSpecials    (32'(Config.b.specials)),
        .ExponentBits (32'(Config.out.exponent_bits)),
        .FractionBits (32'(Config.out.fraction_bits)),
        .Specials     (32'(Config.out.specials)),
        .Fp32         (Fp32),
        .Latency      (Latency)
    ) u_pe (
        .rounding_i      (Rounding),
        .product_events_o(more_events_o),
        .*
    );
  end else if (32'(Config.accumulate) == accumulate_pkg::Chained) begin : gen_chain
    dfp_chain_pe #(
        .ABits    (ABits),
        .BBits    (BBits),
        .ChainBits(AccBits),
        .Latency  (Latency)
    ) u_pe (
        .round_events_o(more_events_o),
        .*
    );
  end else begin : gen_dfp
    dfp_pe #(
        .ABits  (ABits),
        .BBits  (BBits),
        .AccBits(AccBits),
        .Latency(Latency)
    ) u_pe (
        .*
    );
    assign more_events_o = '0;
  end

  logic unused;
  assign unused = close_i ^ (^product_shift_i);

endmodule
