// SPDX-License-Identifier: Apache-2.0
// The processing element of a datapath: one interface for the array. Which parameters matter depends on Datapath.
module datapath_pe #(
    parameter int unsigned Datapath = datapath_pkg::DfpPe,
    parameter int unsigned N = 8,                          // code bits
    parameter int unsigned Es = 2,                         // posit
    parameter int unsigned ExponentBits = 4,               // float, as FractionBits, Specials, Fp32
    parameter int unsigned FractionBits = 3,
    parameter int unsigned Specials = float_pkg::NanOnly,
    parameter bit Fp32 = 1'b0,
    parameter int unsigned AccBits = 32,                   // quire, block sum or accumulator; float: unused
    parameter int unsigned StateBits = 32,                 // of the element's state
    parameter int unsigned Latency = 1,
    parameter logic [2:0] Rounding = rounding_pkg::Rne
) (
    input  logic                         clk_i,
    input  logic                         rst_ni,
    input  logic                         enable_i,
    input  logic                         valid_i,
    input  logic                         load_i,
    input  logic                         close_i,
    input  logic [N-1:0]                 a_i,
    input  logic [N-1:0]                 b_i,
    input  logic signed [command_pkg::ShiftBits-1:0] product_shift_i,
    input  logic [StateBits-1:0]         state_i,
    output logic [StateBits-1:0]         state_o,
    output logic [StateBits-1:0]         next_o,
    output logic [events_pkg::Count-1:0] events_o,
    output logic [events_pkg::Count-1:0] more_events_o  // of the step's other rounding
);

  if (Datapath == datapath_pkg::FlexPe) begin : gen_flex
    flex_pe #(
        .N        (N),
        .BlockBits(AccBits),
        .Latency  (Latency)
    ) u_pe (
        .round_events_o(more_events_o),
        .*
    );
  end else if (Datapath == datapath_pkg::PositPe) begin : gen_posit
    posit_pe #(
        .N        (N),
        .Es       (Es),
        .QuireBits(AccBits),
        .Latency  (Latency)
    ) u_pe (
        .*
    );
    assign more_events_o = '0;
  end else if (Datapath == datapath_pkg::FloatPe) begin : gen_float
    float_pe #(
        .ExponentBits(ExponentBits),
        .FractionBits(FractionBits),
        .Specials    (Specials),
        .Fp32        (Fp32),
        .Latency     (Latency)
    ) u_pe (
        .rounding_i      (Rounding),
        .product_events_o(more_events_o),
        .*
    );
  end else begin : gen_dfp
    dfp_pe #(
        .N      (N),
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
