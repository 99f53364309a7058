// SPDX-License-Identifier: Apache-2.0
// The core: port registers, sequencer, array, bias memory, lanes, output register and statistics. Equal to the cycle core of
// models/datapath on every clock, at every port. Config is what elaboration fixes of datapath::CoreConfig; the command
// carries datapath::CoreCommand, overlap and edge.
module core #(
    parameter core_config_pkg::core_config_t Config = core_config_pkg::Default,
    localparam int unsigned Rows = 32'(Config.rows),
    localparam int unsigned Cols = 32'(Config.cols),
    localparam int unsigned ABits = 32'(Config.a.n),
    localparam int unsigned BBits = 32'(Config.b.n),
    localparam int unsigned OutBits = 32'(Config.out.n),
    localparam int unsigned BLane = BBits > OutBits ? BBits : OutBits,  // of the B port, which bias vectors take too
    localparam int unsigned RowBits = $clog2(Rows + 1),
    localparam int unsigned ColBits = $clog2(Cols + 1)
) (
    input  logic               clk_i,
    input  logic               rst_ni,
    // Command. A transfer on every port happens on a clock where valid and ready are both high.
    input  logic               command_valid_i,
    output logic               command_ready_o,
    input  logic [31:0]        m_i,
    input  logic [31:0]        n_i,
    input  logic [31:0]        k_i,
    input  logic               first_k_i,
    input  logic               last_k_i,
    input  logic [31:0]        k_base_i,
    input  logic               bias_i,
    input  logic               relu_i,
    input  logic signed [command_pkg::ShiftBits-1:0] product_shift_i,
    input  logic signed [command_pkg::ShiftBits-1:0] bias_shift_i,
    input  logic [31:0]        seed_i,
    input  logic [31:0]        tensor_i,
    input  logic [31:0]        m_base_i,
    input  logic [31:0]        n_base_i,
    input  logic [31:0]        logical_cols_i,
    input  logic [command_pkg::OverlapBits-1:0] overlap_i,  // overlap_pkg; Drain: os only
    input  logic               full_edge_i,      // edge = full
    // Operand and output streams, lane 0 lowest.
    input  logic               a_valid_i,
    output logic               a_ready_o,
    input  logic [Rows*ABits-1:0] a_i,
    input  logic               b_valid_i,
    output logic               b_ready_o,
    input  logic [Cols*BLane-1:0] b_i,  // B elements and biases in the low bits of a lane
    output logic               out_valid_o,
    input  logic               out_ready_i,
    output logic [Cols*64-1:0] out_o,
    output logic               done_o,           // one clock; counters and statistics are valid until the next command
    // TileClocks.
    output logic [63:0]        beats_o,
    output logic [63:0]        stall_a_o,
    output logic [63:0]        stall_b_o,
    output logic [63:0]        stall_out_o,
    output logic [63:0]        overhead_o,
    output logic [63:0]        macs_o,
    output logic [63:0]        a_vectors_o,
    output logic [63:0]        b_vectors_o,
    output logic [63:0]        out_vectors_o,
    output logic [63:0]        psum_reads_o,
    output logic [63:0]        psum_writes_o,
    // TileStats.
    output logic [63:0]        max_abs_o,
    output logic [63:0]        overflows_o,
    input  logic [5:0]         bin_i,
    output logic [63:0]        bin_count_o,
    output logic [63:0]        saturations_o,
    output logic [63:0]        underflows_o,
    output logic [63:0]        event_overflows_o,
    output logic [63:0]        nars_o,
    output logic [63:0]        inexacts_o
);

  // What the command does not say.
  localparam int unsigned Dataflow = 32'(Config.dataflow);
  localparam int unsigned BankRows = 32'(Config.bank_rows);
  localparam int unsigned BiasBlocks = 32'(Config.bias_blocks);
  localparam int unsigned Block = 32'(Config.block);
  localparam int unsigned LaneInterval = 32'(Config.lane_interval);
  localparam int unsigned Datapath = 32'(Config.a.datapath);
  localparam int unsigned BDatapath = 32'(Config.b.datapath);
  localparam int unsigned OutDatapath = 32'(Config.out.datapath);
  localparam bit Fp32 = 32'(Config.accumulate) == accumulate_pkg::Fp32;
  localparam int unsigned AccBits = 32'(Config.acc_bits);
  localparam bit Raw = Config.raw != 8'd0;
  localparam int unsigned Latency = 32'(Config.latency);
  localparam bit WeightStationary = Dataflow == dataflow_pkg::WeightStationary;

  localparam bit Integers = Datapath == datapath_pkg::FlexPe || Datapath == datapath_pkg::DfpPe;
  localparam bit BIntegers = BDatapath == datapath_pkg::FlexPe || BDatapath == datapath_pkg::DfpPe;
  localparam bit FloatSums = Datapath == datapath_pkg::DfpPe && OutDatapath == datapath_pkg::FloatPe;
  if ((Integers ? !BIntegers : Datapath != BDatapath) || (OutDatapath != Datapath && !FloatSums) ||
      (Datapath == datapath_pkg::PositPe && (Config.a.es != Config.b.es || Config.a.es != Config.out.es))) begin : gen_format_check
    $fatal(1, "core: A and B are integers, posits of one es or floats, outputs alike or floats of DfpPe");
  end
  localparam bit Chained = Datapath == datapath_pkg::DfpPe && 32'(Config.accumulate) == accumulate_pkg::Chained;
  if ((Datapath == datapath_pkg::FlexPe && Block != (1 << $clog2(Block))) || Block < 1 || BankRows != (1 << $clog2(BankRows)) ||
      Rows < 1 || Cols < 1) begin : gen_parameter_check
    $fatal(1, "core: BankRows and blocks of flex are powers of two, Block, Rows and Cols at least 1");
  end

  localparam int unsigned StateBits = Datapath == datapath_pkg::FlexPe ? (OutBits > 20 ? OutBits : 20) + AccBits :
                                      Datapath == datapath_pkg::PositPe ? AccBits + 1 :
                                      Datapath == datapath_pkg::FloatPe ? (Fp32 ? 32 : OutBits) :
                                      Chained ? 32 + AccBits : AccBits;
  localparam bit BiasFirst = Config.bias_first != 8'd0;
  localparam int unsigned LaneLatency = 2;
  localparam int unsigned BankBits = BankRows > 1 ? $clog2(BankRows) : 1;
  localparam int unsigned PhaseBits = Block > 1 ? $clog2(Block) : 1;
  // A beat starts a sum in each element at most.
  localparam int unsigned EventVectors = (BiasFirst ? 3 : 2) * Rows * Cols + 3 * Cols;

  // Command register.
  logic command, first_k_q, last_k_q, bias_q, relu_q, full_edge_q;
  logic [31:0] m_q, n_q, k_q, k_base_q, key_q, m_base_q, n_base_q, logical_cols_q;
  logic signed [command_pkg::ShiftBits-1:0] product_shift_q, bias_shift_q;
  logic [command_pkg::OverlapBits-1:0] overlap_q;
  always_ff @(posedge clk_i) begin
    if (command) begin
      m_q <= m_i;
      n_q <= n_i;
      k_q <= k_i;
      first_k_q <= first_k_i;
      last_k_q <= last_k_i;
      k_base_q <= k_base_i;
      bias_q <= bias_i;
      relu_q <= relu_i;
      product_shift_q <= product_shift_i;
      bias_shift_q <= bias_shift_i;
      key_q <= hash_pkg::tensor_key(seed_i, tensor_i);
      m_base_q <= m_base_i;
      n_base_q <= n_base_i;
      logical_cols_q <= logical_cols_i;
      overlap_q <= overlap_i;
      full_edge_q <= full_edge_i;
    end
  end

  logic a_push, b_push, bias_take, beat, a_pop, b_pop, emit, arrive, out_pop, chain_load;
  logic a_first_k, a_last_k, a_first, a_last;
  logic [1:0] a_held, b_held;
  logic [31:0] bias_block, a_n0, a_k0, a_index, out_m, out_n0;
  logic [RowBits-1:0] a_r, a_charged_r, b_row, chain_r;
  logic [ColBits-1:0] a_c, out_c;

  sequencer #(
      .Rows        (Rows),
      .Cols        (Cols),
      .Dataflow    (Dataflow),
      .Latency     (Latency),
      .LaneLatency (LaneLatency),
      .LaneInterval(LaneInterval)
  ) u_sequencer (
      .clk_i,
      .rst_ni,
      .command_valid_i,
      .command_ready_o,
      .a_valid_i,
      .a_ready_o,
      .b_valid_i,
      .b_ready_o,
      .out_valid_o,
      .out_ready_i,
      .done_o,
      .k_next_i     (k_i),
      .full_next_i  (full_edge_i),
      .m_i          (m_q),
      .n_i          (n_q),
      .k_i          (k_q),
      .first_k_i    (first_k_q),
      .last_k_i     (last_k_q),
      .bias_i       (bias_q),
      .overlap_i    (overlap_q),
      .full_edge_i  (full_edge_q),
      .command_o    (command),
      .a_push_o     (a_push),
      .b_push_o     (b_push),
      .bias_o       (bias_take),
      .bias_block_o (bias_block),
      .beat_o       (beat),
      .a_pop_o      (a_pop),
      .b_pop_o      (b_pop),
      .emit_o       (emit),
      .arrive_o     (arrive),
      .out_pop_o    (out_pop),
      .a_held_o     (a_held),
      .b_held_o     (b_held),
      .a_r_o        (a_r),
      .a_c_o        (a_c),
      .a_charged_r_o(a_charged_r),
      .a_first_k_o  (a_first_k),
      .a_last_k_o   (a_last_k),
      .a_n0_o       (a_n0),
      .a_k0_o       (a_k0),
      .a_index_o    (a_index),
      .a_first_o    (a_first),
      .a_last_o     (a_last),
      .b_row_o      (b_row),
      .out_m_o      (out_m),
      .out_n0_o     (out_n0),
      .out_c_o      (out_c),
      .chain_load_o (chain_load),
      .chain_r_o    (chain_r),
      .beats_o,
      .stall_a_o,
      .stall_b_o,
      .stall_out_o,
      .overhead_o,
      .a_vectors_o,
      .b_vectors_o,
      .out_vectors_o
  );

  // Port registers: two entries each, oldest first.
  logic [Rows*ABits-1:0] a_front;
  logic [Cols*BLane-1:0] b_front;
  vector_queue #(
      .Width(Rows * ABits)
  ) u_a (
      .clk_i,
      .push_i (a_push),
      .pop_i  (a_pop),
      .held_i (a_held),
      .data_i (a_i),
      .front_o(a_front)
  );
  vector_queue #(
      .Width(Cols * BLane)
  ) u_b (
      .clk_i,
      .push_i (b_push),
      .pop_i  (b_pop | bias_take),
      .held_i (b_held),
      .data_i (b_i),
      .front_o(b_front)
  );

  logic [Cols*BBits-1:0] b_operands;
  logic [Cols*OutBits-1:0] b_biases;
  for (genvar j = 0; j < Cols; j++) begin : gen_b_lane
    assign b_operands[j*BBits+:BBits] = b_front[j*BLane+:BBits];
    assign b_biases[j*OutBits+:OutBits] = b_front[j*BLane+:OutBits];
  end

  // Bias memory: a vector per column block.
  localparam int unsigned BiasBits = BiasBlocks > 1 ? $clog2(BiasBlocks) : 1;
  logic [Cols*OutBits-1:0] bias_memory[BiasBlocks];
  logic [BiasBits-1:0] bias_write, bias_read_q, bias_read;
  // The blocks are written and read in order: counters instead of a division by Cols.
  logic [31:0] read_n0_q;
  assign bias_read = out_n0 == '0 ? '0 : out_n0 == read_n0_q ? bias_read_q : bias_read_q + BiasBits'(1);
  always_ff @(posedge clk_i) begin
    if (command) bias_write <= '0;
    else if (bias_take) bias_write <= bias_write + BiasBits'(1);
    if (bias_take) bias_memory[bias_write] <= b_biases;
    if (command) begin
      bias_read_q <= '0;
      read_n0_q <= '0;
    end else if (emit) begin
      bias_read_q <= bias_read;
      read_n0_q <= out_n0;
    end
  end
  logic [Cols*OutBits-1:0] bias_vector;
  assign bias_vector = bias_memory[bias_read];

  localparam int unsigned SumBits = $clog2(EventVectors + 1);
  logic [Cols*StateBits-1:0] starts;
  logic [events_pkg::Count*SumBits-1:0] start_counts;
  logic [BiasBits-1:0] start_block;
  bias_starts #(
      .Config   (Config),
      .StateBits(StateBits),
      .CountBits(SumBits)
  ) u_starts (
      .clk_i,
      .clear_i        (command),
      .bias_i         (bias_q),
      .vector_i       (a_pop),
      .starts_i       (!a_first_k ? '0 : WeightStationary ? SumBits'(1) : a_first ? SumBits'(a_r) : '0),
      .n0_i           (a_n0),
      .c_i            (a_c),
      .product_shift_i(product_shift_q),
      .bias_shift_i   (bias_shift_q),
      .block_o        (start_block),
      .biases_i       (bias_memory[start_block]),
      .starts_o       (starts),
      .counts_o       (start_counts)
  );

  logic [Cols*StateBits-1:0] sums;
  logic [2*Rows*Cols*events_pkg::Count-1:0] array_events;
  systolic_array #(
      .Config   (Config),
      .StateBits(StateBits)
  ) u_array (
      .clk_i,
      .rst_ni,
      .clear_i        (command),
      .beat_i         (beat),
      .full_i         (overlap_q == overlap_pkg::Full),
      .product_shift_i(product_shift_q),
      .a_valid_i      (a_pop),
      .a_i            (a_front),
      .r_i            (a_r),
      .c_i            (a_c),
      .charged_r_i    (a_charged_r),
      .first_k_i      (a_first_k),
      .last_k_i       (a_last_k),
      .first_i        (a_first),
      .last_i         (a_last),
      .phase_i        (PhaseBits'((k_base_q + (WeightStationary ? a_k0 : a_index)) % Block)),
      .index_i        (BankBits'(a_index)),
      .start_i        (starts),
      .b_valid_i      (b_pop),
      .b_i            (b_operands),
      .b_row_i        (b_row),
      .chain_load_i   (chain_load),
      .chain_r_i      (chain_r),
      .out_o          (sums),
      .events_o       (array_events)
  );

  // Lanes.
  logic [Cols-1:0] lane_valid, lane_overflow;
  logic [Cols*64-1:0] words, magnitudes;
  logic [3*Cols*events_pkg::Count-1:0] lane_events;
  logic [63:0] first_index;
  assign first_index = (64'(m_base_q) + 64'(out_m)) * 64'(logical_cols_q) + 64'(n_base_q) + 64'(out_n0);
  for (genvar j = 0; j < Cols; j++) begin : gen_lane
    datapath_lane #(
        .Config   (Config),
        .StateBits(StateBits)
    ) u_lane (
        .clk_i,
        .rst_ni,
        .valid_i        (emit && ColBits'(j) < out_c),
        .state_i        (sums[j*StateBits+:StateBits]),
        .bias_valid_i   (bias_q && !BiasFirst),
        .bias_i         (bias_vector[j*OutBits+:OutBits]),
        .product_shift_i(product_shift_q),
        .bias_shift_i   (bias_shift_q),
        .relu_i         (relu_q),
        .key_i          (key_q),
        .index_i        (first_index + 64'(j)),
        .valid_o        (lane_valid[j]),
        .word_o         (words[j*64+:64]),
        .magnitude_o    (magnitudes[j*64+:64]),
        .overflow_o     (lane_overflow[j]),
        .events_o       (lane_events[(3*j)*events_pkg::Count+:events_pkg::Count]),
        .bias_events_o  (lane_events[(3*j+1)*events_pkg::Count+:events_pkg::Count]),
        .block_events_o (lane_events[(3*j+2)*events_pkg::Count+:events_pkg::Count])
    );
  end

  // Output register: holds what the credits allow.
  localparam int unsigned OutEntries = LaneLatency + 2;
  output_queue #(
      .Width  (Cols * 64),
      .Entries(OutEntries)
  ) u_out (
      .clk_i,
      .rst_ni,
      .push_i (arrive),
      .pop_i  (out_pop),
      .data_i (words),
      .front_o(out_o)
  );

  // Statistics of stored words and events.
  localparam bit HasIntegers = Integers && !FloatSums;
  exponent_statistics #(
      .Lanes        (Cols),
      .MagnitudeBits(64),
      .CountBits    (64)
  ) u_statistics (
      .clk_i,
      .rst_ni,
      .clear_i    (command),
      .valid_i    (HasIntegers && lane_valid != '0),
      .lane_i     (lane_valid),
      .magnitude_i(magnitudes),
      .overflow_i (lane_overflow),
      .histogram_i(Raw),
      .max_abs_o,
      .leading_o    (),
      .overflows_o,
      .bin_i,
      .bin_count_o
  );

  logic [(2*Rows*Cols+3*Cols)*events_pkg::Count-1:0] all_events;
  logic [3*Cols*events_pkg::Count-1:0] valid_lane_events;
  for (genvar j = 0; j < Cols; j++) begin : gen_lane_events
    assign valid_lane_events[3*j*events_pkg::Count+:3*events_pkg::Count] =
        lane_valid[j] ? lane_events[3*j*events_pkg::Count+:3*events_pkg::Count] : '0;
  end
  assign all_events = {valid_lane_events, array_events};

  logic [events_pkg::Count*SumBits-1:0] event_sums;
  always_comb begin
    event_sums = start_counts;
    if (all_events != '0) begin
      for (int unsigned i = 0; i < 2 * Rows * Cols + 3 * Cols; i++) begin
        for (int unsigned e = 0; e < events_pkg::Count; e++) begin
          event_sums[e*SumBits+:SumBits] = event_sums[e*SumBits+:SumBits] + SumBits'(all_events[i*events_pkg::Count+e]);
        end
      end
    end
  end
  logic [events_pkg::Count*64-1:0] event_counts_q;
  for (genvar e = 0; e < events_pkg::Count; e++) begin : gen_event_count
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) event_counts_q[e*64+:64] <= '0;
      else if (command) event_counts_q[e*64+:64] <= '0;
      else event_counts_q[e*64+:64] <= event_counts_q[e*64+:64] + 64'(event_sums[e*SumBits+:SumBits]);
    end
  end
  assign saturations_o = event_counts_q[events_pkg::Saturation*64+:64];
  assign underflows_o = event_counts_q[events_pkg::Underflow*64+:64];
  assign event_overflows_o = event_counts_q[events_pkg::Overflow*64+:64];
  assign nars_o = event_counts_q[events_pkg::Nar*64+:64];
  assign inexacts_o = event_counts_q[events_pkg::Inexact*64+:64];

  // Work that an A vector stands for.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      macs_o <= '0;
      psum_reads_o <= '0;
      psum_writes_o <= '0;
    end else if (command) begin
      macs_o <= '0;
      psum_reads_o <= '0;
      psum_writes_o <= '0;
    end else if (a_pop) begin
      macs_o <= macs_o + 64'(a_r) * 64'(a_c);
      if (WeightStationary && !a_first_k) psum_reads_o <= psum_reads_o + 64'(a_c);
      if (WeightStationary && !a_last_k) psum_writes_o <= psum_writes_o + 64'(a_c);
    end
  end

`ifndef SYNTHESIS
  assert property (@(posedge clk_i) disable iff (!rst_ni) bias_take |-> bias_block < 32'(BiasBlocks * Cols))
  else $error("core: more bias vectors than BiasBlocks");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   beat && WeightStationary && a_pop && !(a_first_k && a_last_k) |-> a_index < 32'(BankRows))
  else $error("core: M exceeds the partial-sum bank");
`endif

endmodule
