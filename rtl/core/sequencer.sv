// SPDX-License-Identifier: Apache-2.0
// The control of the core, clock by clock as models/datapath/cycle/sequencer.h: decides on every clock whether the array is enabled (a
// beat), names each clock that is not one, and owns the port registers' occupancy.
//   Idle   takes the command.                 Fill   the first operands reach the port registers.
//   Bias   one bias vector a clock.           Run    beats and stalls (A, then B, then out).
//   Flush  LaneLatency + 1 clocks, then until the last output vector has left.
module sequencer #(
    parameter int unsigned Rows = 8,
    parameter int unsigned Cols = 8,
    parameter int unsigned Dataflow = dataflow_pkg::OutputStationary,
    parameter int unsigned Latency = 1,
    parameter int unsigned LaneLatency = 2,
    parameter int unsigned LaneInterval = 1,  // clocks per vector that a lane takes
    localparam int unsigned RowBits = $clog2(Rows + 1),
    localparam int unsigned ColBits = $clog2(Cols + 1)
) (
    input  logic               clk_i,
    input  logic               rst_ni,
    // Pins.
    input  logic               command_valid_i,
    output logic               command_ready_o,
    input  logic               a_valid_i,
    output logic               a_ready_o,
    input  logic               b_valid_i,
    output logic               b_ready_o,
    output logic               out_valid_o,
    input  logic               out_ready_i,
    output logic               done_o,
    // The command on the ports (k, edge) and the registered one.
    input  logic [31:0]        k_next_i,
    input  logic               full_next_i,
    input  logic [31:0]        m_i,
    input  logic [31:0]        n_i,
    input  logic [31:0]        k_i,
    input  logic               first_k_i,
    input  logic               last_k_i,
    input  logic               bias_i,
    input  logic [command_pkg::OverlapBits-1:0] overlap_i,
    input  logic               full_edge_i,
    // What the clock does.
    output logic               command_o,
    output logic               a_push_o,
    output logic               b_push_o,
    output logic               bias_o,          // the oldest B vector goes to the bias memory, at bias_block_o
    output logic [31:0]        bias_block_o,    // first column
    output logic               beat_o,
    output logic               a_pop_o,
    output logic               b_pop_o,
    output logic               emit_o,
    output logic               arrive_o,        // the lanes' oldest vector enters the output register
    output logic               out_pop_o,
    output logic [1:0]         a_held_o,
    output logic [1:0]         b_held_o,
    // The A vector of this beat (a_pop_o).
    output logic [RowBits-1:0] a_r_o,
    output logic [ColBits-1:0] a_c_o,
    output logic [RowBits-1:0] a_charged_r_o,
    output logic               a_first_k_o,
    output logic               a_last_k_o,
    output logic [31:0]        a_n0_o,
    output logic [31:0]        a_k0_o,
    output logic [31:0]        a_index_o,
    output logic               a_first_o,
    output logic               a_last_o,
    // The B vector of this beat (b_pop_o): ws row number.
    output logic [RowBits-1:0] b_row_o,
    // The output vector of this beat (emit_o): position in the tile.
    output logic [31:0]        out_m_o,
    output logic [31:0]        out_n0_o,
    output logic [ColBits-1:0] out_c_o,
    // os none, drain: the finished sums of the first chain_r_o rows enter the drain chain on this beat.
    output logic               chain_load_o,
    output logic [RowBits-1:0] chain_r_o,
    // Counters of the command, valid from done_o to the next command.
    output logic [63:0]        beats_o,
    output logic [63:0]        stall_a_o,
    output logic [63:0]        stall_b_o,
    output logic [63:0]        stall_out_o,
    output logic [63:0]        overhead_o,
    output logic [63:0]        a_vectors_o,
    output logic [63:0]        b_vectors_o,
    output logic [63:0]        out_vectors_o
);

  localparam bit WeightStationary = Dataflow == dataflow_pkg::WeightStationary;
  localparam int unsigned Credits = LaneLatency + 2;
  localparam int unsigned HeldBits = $clog2(Credits + 2);
  localparam int unsigned FlushBits = $clog2(LaneLatency + 3);
  localparam int unsigned WaitBits = LaneInterval > 1 ? $clog2(LaneInterval) : 1;

  if (Dataflow > dataflow_pkg::WeightStationary) begin : gen_parameter_check
    $fatal(1, "sequencer: Dataflow is one of dataflow_pkg");
  end

  typedef enum logic [2:0] {Idle, Fill, Bias, Run, Flush} phase_e;
  phase_e phase_q, phase_d;

  logic start;
  assign command_ready_o = phase_q == Idle;
  assign start = command_ready_o & command_valid_i;
  assign command_o = start;

  // A walker for each thing that has its own place in the folds: the A and B vectors that the array takes, emission, the drain chain
  // (os) and the end of the tile. In os, A and B share one: a fold has as many vectors of either, and a beat takes both or none.
  logic a_take_done, b_take_done, a_final, b_final, out_done, out_empty, chain_done, end_done;
  logic [39:0] a_start, b_first, out_exit, chain_compute_end, end_end;
  logic [31:0] a_index, b_index, out_index, out_m0;
  logic [RowBits-1:0] b_r, out_r, chain_r;
  logic [ColBits-1:0] end_charged_c;
  logic [39:0] beat_q, due_a, due_b, due_out, deskew;
  logic take_a, take_b, emit, chain_due;

  `define FOLD_PARAMETERS .Rows(Rows), .Cols(Cols), .Dataflow(Dataflow), .Latency(Latency)
  `define FOLD_COMMON .clk_i, .rst_ni, .load_i(start), .k_next_i, .full_next_i, .m_i, .n_i, .k_i, .first_k_i, .last_k_i, \
      .overlap_i, .full_edge_i

  fold_walker #(`FOLD_PARAMETERS, .Stream(0)) u_a_take (
      `FOLD_COMMON, .advance_i(a_pop_o), .done_o(a_take_done), .m0_o(), .n0_o(a_n0_o), .k0_o(a_k0_o), .r_o(a_r_o), .c_o(a_c_o),
      .charged_r_o(a_charged_r_o), .charged_c_o(), .first_k_o(a_first_k_o), .last_k_o(a_last_k_o), .index_o(a_index),
      .first_o(a_first_o), .last_o(a_last_o), .final_o(a_final), .empty_o(), .start_o(a_start), .weights_o(), .compute_end_o(),
      .exit_o(), .end_o());
  if (WeightStationary) begin : gen_weights
    fold_walker #(`FOLD_PARAMETERS, .Stream(1)) u_b_take (
        `FOLD_COMMON, .advance_i(b_pop_o), .done_o(b_take_done), .m0_o(), .n0_o(), .k0_o(), .r_o(b_r), .c_o(), .charged_r_o(),
        .charged_c_o(), .first_k_o(), .last_k_o(), .index_o(b_index), .first_o(), .last_o(), .final_o(b_final), .empty_o(),
        .start_o(), .weights_o(b_first), .compute_end_o(), .exit_o(), .end_o());
    assign chain_done = 1'b1;
    assign chain_r = '0;
    assign chain_compute_end = '0;
  end else begin : gen_pairs
    assign b_take_done = a_take_done;
    assign b_final = a_final;
    assign b_first = a_start;
    assign b_index = a_index;
    assign b_r = a_r_o;
    fold_walker #(`FOLD_PARAMETERS, .Stream(3)) u_chain (
        `FOLD_COMMON, .advance_i(chain_due & beat_o), .done_o(chain_done), .m0_o(), .n0_o(), .k0_o(), .r_o(chain_r), .c_o(),
        .charged_r_o(), .charged_c_o(), .first_k_o(), .last_k_o(), .index_o(), .first_o(), .last_o(), .final_o(), .empty_o(),
        .start_o(), .weights_o(), .compute_end_o(chain_compute_end), .exit_o(), .end_o());
  end
  fold_walker #(`FOLD_PARAMETERS, .Stream(2)) u_out (
      `FOLD_COMMON, .advance_i(emit_o | (out_empty & ~out_done)), .done_o(out_done), .m0_o(out_m0), .n0_o(out_n0_o), .k0_o(),
      .r_o(out_r), .c_o(out_c_o), .charged_r_o(), .charged_c_o(), .first_k_o(), .last_k_o(), .index_o(out_index),
      .first_o(), .last_o(), .final_o(), .empty_o(out_empty), .start_o(), .weights_o(), .compute_end_o(), .exit_o(out_exit), .end_o());
  // Runs ahead, a fold a clock: every fold takes a beat or more, so it knows the end before the array gets there.
  fold_walker #(`FOLD_PARAMETERS, .Stream(3)) u_end (
      `FOLD_COMMON, .advance_i(~end_done), .done_o(end_done), .m0_o(), .n0_o(), .k0_o(), .r_o(), .c_o(),
      .charged_r_o(), .charged_c_o(end_charged_c), .first_k_o(), .last_k_o(), .index_o(),
      .first_o(), .last_o(), .final_o(), .empty_o(), .start_o(), .weights_o(), .compute_end_o(), .exit_o(), .end_o(end_end));

  // Bias vectors come first on the B port: columns pushed and columns stored so far. (The command register has no reset: before the
  // first command its bias flag means nothing.)
  logic [31:0] bias_pushed_q, bias_stored_q;
  logic bias_pushing, bias_last;
  assign bias_pushing = phase_q != Idle && bias_i && bias_pushed_q < n_i;
  assign bias_last = bias_stored_q + 32'(Cols) >= n_i;

  // Port registers. The ports need no walkers of their own. What is pushed and not yet taken is held, so a stream has arrived whole
  // when as many of its vectors are held as are left to take: none after the last fold, one at its last vector; with more than one
  // left, either a vector is still to come or both entries are full. A bias vector that B holds is none of the stream's.
  logic [1:0] a_held_q, b_held_q;
  logic a_push_done, b_push_done, bias_held;
  assign bias_held = bias_pushed_q != bias_stored_q;
  assign a_push_done = a_take_done || (a_final && a_held_q == 2'd1);
  assign b_push_done = b_take_done || (b_final && b_held_q == 2'd1 && !bias_held);
  assign a_ready_o = a_held_q < 2'd2 && !a_push_done;
  assign b_ready_o = b_held_q < 2'd2 && (bias_pushing || !b_push_done);
  assign a_push_o = a_valid_i & a_ready_o;
  assign b_push_o = b_valid_i & b_ready_o;

  // Output credits.
  logic [HeldBits-1:0] in_lanes_q, out_held_q;
  logic [LaneLatency-1:0] lanes_q;
  logic [WaitBits-1:0] lane_wait_q;
  logic out_blocked;
  assign out_valid_o = out_held_q != '0;
  assign out_pop_o = out_valid_o & out_ready_i;
  assign arrive_o = lanes_q[LaneLatency-1];
  assign out_blocked = lane_wait_q != '0 || in_lanes_q + out_held_q >= HeldBits'(Credits);

  // Run.
  assign deskew = WeightStationary || overlap_i == overlap_pkg::Full ? 40'(Cols) - 40'd1 : '0;
  assign due_a = a_start + 40'(a_index);
  assign due_b = b_first + 40'(b_index);
  assign due_out = out_exit + deskew + 40'(out_index);
  assign take_a = !a_take_done && due_a == beat_q;
  assign take_b = !b_take_done && due_b == beat_q;
  assign emit = !out_done && !out_empty && due_out == beat_q;
  assign chain_due = overlap_i != overlap_pkg::Full && !chain_done && chain_compute_end == beat_q;

  logic stalls_a, stalls_b, stalls_out;
  assign stalls_a = phase_q == Run && take_a && a_held_q == '0;
  assign stalls_b = phase_q == Run && !stalls_a && take_b && b_held_q == '0;
  assign stalls_out = phase_q == Run && !stalls_a && !stalls_b && emit && out_blocked;
  assign beat_o = phase_q == Run && !stalls_a && !stalls_b && !stalls_out;
  assign a_pop_o = beat_o & take_a;
  assign b_pop_o = beat_o & take_b;
  assign emit_o = beat_o & emit;
  assign chain_load_o = beat_o & chain_due;
  assign chain_r_o = chain_r;
  assign bias_o = phase_q == Bias && b_held_q != '0;
  assign bias_block_o = bias_stored_q;

  // End of the tile and of its deskew registers.
  logic [39:0] tile_end_q, all_end;
  logic [39:0] tail_q;  // the last fold's end with all columns
  assign all_end = last_k_i && deskew != '0 && tail_q > tile_end_q ? tail_q : tile_end_q;

  logic last_beat, flush_ends, flush_counts;
  logic [FlushBits-1:0] flushed_q;
  assign last_beat = end_done && beat_q + 40'd1 == all_end;
  assign flush_counts = flushed_q < FlushBits'(LaneLatency + 1);
  assign flush_ends = phase_q == Flush && flushed_q >= FlushBits'(LaneLatency) && out_held_q == HeldBits'(out_pop_o);

  always_comb begin
    phase_d = phase_q;
    case (phase_q)
      Idle: if (start) phase_d = Fill;
      Fill: phase_d = bias_i ? Bias : Run;
      Bias: if (bias_o && bias_last) phase_d = Run;
      Run: if (beat_o && last_beat) phase_d = Flush;
      Flush: if (flush_ends) phase_d = Idle;
      default: phase_d = Idle;
    endcase
  end

  logic done_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      phase_q <= Idle;
      done_q <= 1'b0;
      a_held_q <= '0;
      b_held_q <= '0;
      in_lanes_q <= '0;
      out_held_q <= '0;
      lanes_q <= '0;
      lane_wait_q <= '0;
    end else begin
      phase_q <= phase_d;
      done_q <= flush_ends;
      a_held_q <= a_held_q + 2'(a_push_o) - 2'(a_pop_o);
      b_held_q <= b_held_q + 2'(b_push_o) - {1'b0, b_pop_o | bias_o};
      in_lanes_q <= in_lanes_q + HeldBits'(emit_o) - HeldBits'(arrive_o);
      out_held_q <= out_held_q + HeldBits'(arrive_o) - HeldBits'(out_pop_o);
      lanes_q <= LaneLatency'({lanes_q, emit_o});
      if (emit_o) lane_wait_q <= WaitBits'(LaneInterval - 1);
      else if (lane_wait_q != '0) lane_wait_q <= lane_wait_q - WaitBits'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (start) begin
      beat_q <= '0;
      flushed_q <= '0;
      tile_end_q <= '0;
      tail_q <= '0;
      bias_pushed_q <= '0;
      bias_stored_q <= '0;
    end else begin
      if (beat_o) beat_q <= beat_q + 40'd1;
      if (phase_q == Flush && flush_counts) flushed_q <= flushed_q + FlushBits'(1);
      if (!end_done) begin
        if (end_end > tile_end_q) tile_end_q <= end_end;
        tail_q <= end_end + 40'(Cols) - 40'(end_charged_c);
      end
      if (b_push_o && bias_pushing) bias_pushed_q <= bias_pushed_q + 32'(Cols);
      if (bias_o) bias_stored_q <= bias_stored_q + 32'(Cols);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beats_o <= '0;
      stall_a_o <= '0;
      stall_b_o <= '0;
      stall_out_o <= '0;
      overhead_o <= '0;
      a_vectors_o <= '0;
      b_vectors_o <= '0;
      out_vectors_o <= '0;
    end else if (start) begin
      beats_o <= '0;
      stall_a_o <= '0;
      stall_b_o <= '0;
      stall_out_o <= '0;
      overhead_o <= 64'd1;
      a_vectors_o <= '0;
      b_vectors_o <= '0;
      out_vectors_o <= '0;
    end else begin
      beats_o <= beats_o + 64'(beat_o && (!end_done || beat_q < tile_end_q));
      stall_a_o <= stall_a_o + 64'(stalls_a);
      stall_b_o <= stall_b_o + 64'(stalls_b || (phase_q == Bias && !bias_o));
      stall_out_o <= stall_out_o + 64'(stalls_out || (phase_q == Flush && !flush_counts));
      overhead_o <= overhead_o + 64'(phase_q == Fill || bias_o || (beat_o && end_done && beat_q >= tile_end_q) ||
                                     (phase_q == Flush && flush_counts));
      a_vectors_o <= a_vectors_o + 64'(a_push_o);
      b_vectors_o <= b_vectors_o + 64'(b_push_o);
      out_vectors_o <= out_vectors_o + 64'(out_pop_o);
    end
  end

  assign done_o = done_q;
  assign a_held_o = a_held_q;
  assign b_held_o = b_held_q;
  assign a_index_o = a_index;
  assign b_row_o = b_r - RowBits'(1) - b_index[RowBits-1:0];
  assign out_m_o = out_m0 + (WeightStationary ? out_index : 32'(out_r) - 32'd1 - out_index);
  `undef FOLD_COMMON
  `undef FOLD_PARAMETERS

`ifndef SYNTHESIS
  assert property (@(posedge clk_i) disable iff (!rst_ni) out_held_q <= HeldBits'(Credits))
  else $error("sequencer: more output vectors than credits");
`endif

endmodule
