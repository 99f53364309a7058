// SPDX-License-Identifier: Apache-2.0
// A posit decoder written another way than rtl/posit: a tree of leading-zero counters, each node of a packed array a function of two
// others of the same array, and a barrel shifter, each stage of a packed array a function of the one before. Circular by signal and
// acyclic by bit: what Verilator calls UNOPTFLAT. It keeps the ports of docs/rtl/posit.md; N - 2 > Es + 1. FAULT plants one
// error, for tests of the checker; 0 = none.

// Count of leading zeros; N is a power of two.
module leading_zero_tree #(
    parameter int unsigned N = 8
) (
    input  logic [        N-1:0] data_i,
    output logic [$clog2(N)-1:0] count_o
);

  localparam int unsigned CountBits = $clog2(N);

  // Node 1 is the root, 2n and 2n + 1 are below n, N.. are the bits from the top.
  logic [2*N-1:0] found;
  logic [2*N-1:0][CountBits-1:0] count;

  for (genvar bit_index = 0; bit_index < N; ++bit_index) begin : gen_leaf
    assign found[N+bit_index] = data_i[N-1-bit_index];
    assign count[N+bit_index] = CountBits'(bit_index);
  end
  for (genvar node = 1; node < N; ++node) begin : gen_node
    assign found[node] = found[2*node] | found[2*node+1];
    assign count[node] = found[2*node] ? count[2*node] : count[2*node+1];
  end
  assign found[0] = 1'b0;
  assign count[0] = '0;
  assign count_o = count[1];

endmodule

module barrel_shifter #(
    parameter int unsigned N = 8,
    parameter int unsigned FAULT = 0
) (
    input  logic [        N-1:0] data_i,
    input  logic [$clog2(N)-1:0] amount_i,
    output logic [        N-1:0] data_o
);

  localparam int unsigned Stages = $clog2(N);

  logic [Stages:0][N-1:0] stage;

  assign stage[0] = data_i;
  for (genvar s = 0; s < Stages; ++s) begin : gen_stage
    assign stage[s+1] = amount_i[s] && !(FAULT == 1 && s == Stages - 1) ? stage[s] << (1 << s) : stage[s];
  end
  assign data_o = stage[Stages];

endmodule

module tree_posit_decoder #(
    parameter int unsigned N = 8,
    parameter int unsigned Es = 2,
    parameter int unsigned FAULT = 0,
    localparam int unsigned ScaleBits = $clog2(((N - 2) << Es) + 1) + 1,
    localparam int unsigned SigBits = N - 2 - Es
) (
    input  logic        [        N-1:0] code_i,
    output logic                        zero_o,
    output logic                        nar_o,
    output logic                        negative_o,
    output logic signed [ScaleBits-1:0] scale_o,
    output logic        [  SigBits-1:0] significand_o
);

  localparam int unsigned Width = 1 << $clog2(N);

  logic [N-2:0] magnitude;
  logic [Width-1:0] run, tail, body;
  logic [$clog2(Width)-1:0] count;
  logic signed [ScaleBits-1:0] regime;

  assign zero_o = code_i == '0;
  assign nar_o = code_i == {1'b1, {(N - 1) {1'b0}}};
  assign negative_o = code_i[N-1];
  assign magnitude = negative_o ? -code_i[N-2:0] : code_i[N-2:0];
  // The regime's bits beyond the first, as leading zeros, and a one behind them all.
  assign run = Width'({magnitude[N-2] ? ~magnitude[N-3:0] : magnitude[N-3:0], 1'b1}) << (Width - N + 1);
  leading_zero_tree #(
      .N(Width)
  ) u_count (
      .data_i (run),
      .count_o(count)
  );
  // What follows the shortest regime, moved up by what this one has more.
  assign tail = Width'(magnitude[N-4:0]) << (Width - N + 3);
  barrel_shifter #(
      .N(Width),
      .FAULT(FAULT)
  ) u_shift (
      .data_i  (tail),
      .amount_i(count),
      .data_o  (body)
  );
  assign regime = magnitude[N-2] ? ScaleBits'(count) : -ScaleBits'(count) - 1;
  assign scale_o = (regime << Es) + ScaleBits'(body[Width-1-:Es]);
  assign significand_o = {1'b1, body[Width-1-Es-:SigBits-1]};

endmodule
