// SPDX-License-Identifier: Apache-2.0
// Walks the folds of a command in the order the array runs them and, inside a fold, the vectors of one stream: the counters of
// models/datapath/cycle/fold_walk.h. Beats count enabled clocks of the command from 0.
module fold_walker #(
    parameter int unsigned Rows = 8,
    parameter int unsigned Cols = 8,
    parameter int unsigned Dataflow = dataflow_pkg::OutputStationary,
    parameter int unsigned Latency = 1,
    parameter int unsigned Stream = 0,     // vectors of a fold: 0 its depth (A; B in os), 1 its weight rows, 2 its outputs, 3 one
    localparam int unsigned RowBits = $clog2(Rows + 1),
    localparam int unsigned ColBits = $clog2(Cols + 1)
) (
    input  logic               clk_i,
    input  logic               rst_ni,
    input  logic               load_i,        // first fold of the command on the ports; the fields below from the next clock on
    input  logic               advance_i,     // to the next vector
    input  logic [31:0]        k_next_i,      // k of the command on the ports, with load_i
    input  logic               full_next_i,   // its edge = full
    input  logic [31:0]        m_i,           // the command
    input  logic [31:0]        n_i,
    input  logic [31:0]        k_i,
    input  logic               first_k_i,
    input  logic               last_k_i,
    input  logic [command_pkg::OverlapBits-1:0] overlap_i,
    input  logic               full_edge_i,
    output logic               done_o,        // no fold left
    output logic [31:0]        m0_o,          // first row, column, k of the fold
    output logic [31:0]        n0_o,
    output logic [31:0]        k0_o,
    output logic [RowBits-1:0] r_o,           // rows and columns in use
    output logic [ColBits-1:0] c_o,
    output logic [RowBits-1:0] charged_r_o,   // those that timing charges
    output logic [ColBits-1:0] charged_c_o,
    output logic               first_k_o,     // sums start from zero
    output logic               last_k_o,      // sums leave through the lanes
    output logic [31:0]        index_o,       // vector within the fold
    output logic               first_o,
    output logic               last_o,        // of the fold's vectors
    output logic               final_o,       // the stream's last vector: of the last fold's
    output logic               empty_o,       // the fold has no vector of this stream
    output logic [39:0]        start_o,       // beats, as in struct Fold
    output logic [39:0]        weights_o,     // ws: first weight row in use enters the chain
    output logic [39:0]        compute_end_o,
    output logic [39:0]        exit_o,
    output logic [39:0]        end_o
);

  localparam bit WeightStationary = Dataflow == dataflow_pkg::WeightStationary;
  localparam logic [39:0] Stages = 40'(Latency) - 40'd1;

  logic [31:0] m0_q, n0_q, k0_q, index_q, m0_d, n0_d, k0_d;
  logic [39:0] start_q, load_q, start_d, load_d;
  logic done_q, done_d;
  logic [31:0] along, left_n, depth, vectors, next_along;
  logic [RowBits-1:0] next_r;
  logic fold_ends;

  // Shape.
  assign along = WeightStationary ? k_i - k0_q : m_i - m0_q;
  assign left_n = n_i - n0_q;
  assign r_o = along > 32'(Rows) ? RowBits'(Rows) : along[RowBits-1:0];
  assign c_o = left_n > 32'(Cols) ? ColBits'(Cols) : left_n[ColBits-1:0];
  assign charged_r_o = full_edge_i ? RowBits'(Rows) : r_o;
  assign charged_c_o = full_edge_i ? ColBits'(Cols) : c_o;
  assign depth = WeightStationary ? m_i : k_i;
  assign first_k_o = first_k_i && k0_q == '0;
  assign last_k_o = last_k_i && (!WeightStationary || along <= 32'(Rows));
  assign vectors = Stream == 0 ? depth : Stream == 1 ? 32'(r_o) : Stream == 3 ? 32'd1 :
                   !last_k_o ? '0 : WeightStationary ? m_i : 32'(r_o);
  assign empty_o = vectors == '0;
  assign first_o = index_q == '0;
  assign last_o = Stream == 3 || index_q + 32'd1 >= vectors;
  assign final_o = last_o && done_d;

  // Place: the formulas of fold_walk.cpp.
  logic [39:0] chain;
  assign chain = overlap_i == overlap_pkg::Full ? start_q + 40'(depth) + 40'(charged_r_o) - 40'd1 + Stages : compute_end_o;
  assign exit_o = WeightStationary ? start_q + 40'(Rows) - 40'd1 + Stages : chain + 40'(Rows) - 40'(r_o);
  if (WeightStationary) begin : gen_ws_end
    assign compute_end_o = end_o;
    assign end_o = start_q + 40'(depth) + 40'(Rows) + 40'(charged_c_o) - 40'd2 + Stages;
  end else begin : gen_os_end
    assign compute_end_o = start_q + 40'(depth) + 40'(charged_r_o) + 40'(charged_c_o) - 40'd2 + Stages;
    assign end_o = last_k_o ? compute_end_o + 40'(Rows) : compute_end_o;
  end
  assign weights_o = load_q + 40'(charged_r_o) - 40'(r_o);

  // The next fold: os n inner, ws k inner.
  always_comb begin
    m0_d = m0_q;
    n0_d = n0_q;
    k0_d = k0_q;
    done_d = 1'b0;
    if (WeightStationary) begin
      k0_d = k0_q + 32'(Rows);
      if (along <= 32'(Rows)) begin
        k0_d = '0;
        n0_d = n0_q + 32'(Cols);
        done_d = left_n <= 32'(Cols);
      end
    end else begin
      n0_d = n0_q + 32'(Cols);
      if (left_n <= 32'(Cols)) begin
        n0_d = '0;
        m0_d = m0_q + 32'(Rows);
        done_d = along <= 32'(Rows);
      end
    end
  end
  assign next_along = k_i - k0_d;
  assign next_r = full_edge_i || next_along > 32'(Rows) ? RowBits'(Rows) : next_along[RowBits-1:0];

  logic [39:0] period;
  always_comb begin
    period = '0;
    if (WeightStationary) begin
      period = 40'(depth) > 40'(next_r) ? 40'(depth) : 40'(next_r);
      // The partial sums must be back at the top.
      period = k0_d != '0 && period < 40'(Rows) ? 40'(Rows) : period;
      load_d = overlap_i == overlap_pkg::None ? end_o : start_q;
      start_d = overlap_i == overlap_pkg::None ? end_o + 40'(next_r) : start_q + period;
    end else begin
      period = 40'(depth) > 40'(charged_r_o) ? 40'(depth) : 40'(charged_r_o);
      load_d = '0;
      start_d = overlap_i == overlap_pkg::None ? end_o : overlap_i == overlap_pkg::Drain ? compute_end_o : start_q + period;
    end
  end

  assign fold_ends = advance_i && last_o;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) done_q <= 1'b1;
    else if (load_i) done_q <= 1'b0;
    else if (fold_ends) done_q <= done_d;
  end
  always_ff @(posedge clk_i) begin
    if (load_i) begin
      m0_q <= '0;
      n0_q <= '0;
      k0_q <= '0;
      load_q <= '0;
      start_q <= !WeightStationary ? '0 : full_next_i || k_next_i > 32'(Rows) ? 40'(Rows) : 40'(k_next_i);
    end else if (fold_ends) begin
      m0_q <= m0_d;
      n0_q <= n0_d;
      k0_q <= k0_d;
      load_q <= load_d;
      start_q <= start_d;
    end
  end
  if (Stream == 3) begin : gen_one
    assign index_q = '0;
  end else begin : gen_index
    always_ff @(posedge clk_i) begin
      if (load_i || fold_ends) index_q <= '0;
      else if (advance_i) index_q <= index_q + 32'd1;
    end
  end

  assign done_o = done_q;
  assign m0_o = m0_q;
  assign n0_o = n0_q;
  assign k0_o = k0_q;
  assign index_o = index_q;
  assign start_o = start_q;

endmodule
