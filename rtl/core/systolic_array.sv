// SPDX-License-Identifier: Apache-2.0
// Skew registers, processing elements, drain chain (os) or weights and falling sums (ws), deskew registers. Its state is a function
// of the beat. A token enters with each A vector and moves one row and one column a beat, so element (i, j) sees the token of i + j
// beats ago.
module systolic_array #(
    parameter core_config_pkg::core_config_t Config = core_config_pkg::Default,
    parameter int unsigned StateBits = 32,  // of an element's state
    localparam int unsigned Rows = 32'(Config.rows),
    localparam int unsigned Cols = 32'(Config.cols),
    localparam int unsigned ABits = 32'(Config.a.n),
    localparam int unsigned BBits = 32'(Config.b.n),
    localparam int unsigned BankRows = 32'(Config.bank_rows),
    localparam int unsigned Block = 32'(Config.block),
    localparam int unsigned RowBits = $clog2(Rows + 1),
    localparam int unsigned ColBits = $clog2(Cols + 1),
    localparam int unsigned BankBits = BankRows > 1 ? $clog2(BankRows) : 1,
    localparam int unsigned PhaseBits = Block > 1 ? $clog2(Block) : 1,
    localparam int unsigned EventBits = 2 * Rows * Cols * events_pkg::Count
) (
    input  logic                        clk_i,
    input  logic                        rst_ni,
    input  logic                        clear_i,          // a command begins: the array is empty
    input  logic                        beat_i,
    input  logic                        full_i,           // overlap = full
    input  logic signed [command_pkg::ShiftBits-1:0] product_shift_i,
    // The A vector of this beat and its token.
    input  logic                        a_valid_i,
    input  logic [Rows*ABits-1:0]       a_i,
    input  logic [RowBits-1:0]          r_i,
    input  logic [ColBits-1:0]          c_i,
    input  logic [RowBits-1:0]          charged_r_i,
    input  logic                        first_k_i,
    input  logic                        last_k_i,
    input  logic                        first_i,
    input  logic                        last_i,
    input  logic [PhaseBits-1:0]        phase_i,          // global k of the vector (os) or of row 0 (ws), modulo Block
    input  logic [BankBits-1:0]         index_i,          // ws: m
    input  logic [Cols*StateBits-1:0]   start_i,          // what sums that this vector starts begin with; bias_first = 0: ignored, zero
    // The B vector of this beat.
    input  logic                        b_valid_i,
    input  logic [Cols*BBits-1:0]       b_i,
    input  logic [RowBits-1:0]          b_row_i,          // ws: the row that keeps it
    // os none, drain: finished sums enter the chain.
    input  logic                        chain_load_i,
    input  logic [RowBits-1:0]          chain_r_i,
    // The vector that leaves on this beat, columns aligned.
    output logic [Cols*StateBits-1:0]   out_o,
    output logic [EventBits-1:0]        events_o
);

  localparam bit WeightStationary = 32'(Config.dataflow) == dataflow_pkg::WeightStationary;
  localparam int unsigned Stages = 32'(Config.latency) - 1;
  localparam int unsigned Diagonals = Rows + Cols - 1;
  localparam int unsigned Ages = Diagonals + Stages + 2;

  // Tokens by age: 0 is this beat's. (Flat words: Yosys 0.23 has no arrays of structs.)
  localparam int unsigned TokenBits = 5 + 2 * RowBits + ColBits + PhaseBits + BankBits;

  logic [Ages*TokenBits-1:0] tokens;
  logic [(Ages-1)*TokenBits-1:0] tokens_q;
  assign tokens[TokenBits-1:0] = a_valid_i ? {1'b1, r_i, c_i, charged_r_i, first_k_i, last_k_i, first_i, last_i, phase_i, index_i}
                                           : '0;
  assign tokens[Ages*TokenBits-1:TokenBits] = tokens_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) tokens_q <= '0;
    else if (clear_i) tokens_q <= '0;
    else if (beat_i) tokens_q <= tokens[(Ages-1)*TokenBits-1:0];
  end

  logic token_valid[Ages];
  logic [RowBits-1:0] token_r[Ages];
  logic [ColBits-1:0] token_c[Ages];
  logic [RowBits-1:0] token_charged_r[Ages];
  logic token_first_k[Ages];
  logic token_final_k[Ages];
  logic token_first[Ages];
  logic token_last[Ages];
  logic [PhaseBits-1:0] token_phase[Ages];
  logic [BankBits-1:0] token_index[Ages];
  for (genvar d = 0; d < Ages; d++) begin : gen_token
    assign {token_valid[d], token_r[d], token_c[d], token_charged_r[d], token_first_k[d], token_final_k[d], token_first[d], token_last[d], token_phase[d], token_index[d]} = tokens[d*TokenBits+:TokenBits];
  end

  // Operands: row i of A is i beats late, column j of B j beats.
  logic [ABits-1:0] a_in[Rows*(Cols+1)];
  logic [BBits-1:0] b_in[(Rows+1)*Cols];
  for (genvar i = 0; i < Rows; i++) begin : gen_a_skew
    delay_line #(
        .Width (ABits),
        .Stages(i)
    ) u_skew (
        .clk_i,
        .enable_i(beat_i),
        .data_i  (a_i[i*ABits+:ABits]),
        .data_o  (a_in[i*(Cols+1)])
    );
  end
  for (genvar j = 0; j < Cols; j++) begin : gen_b_skew
    delay_line #(
        .Width (BBits),
        .Stages(j)
    ) u_skew (
        .clk_i,
        .enable_i(beat_i),
        .data_i  (b_i[j*BBits+:BBits]),
        .data_o  (b_in[j])
    );
  end

  // ws: the number of the row that keeps a weight travels beside it.
  logic [Diagonals*(RowBits+1)-1:0] tags;
  if (WeightStationary) begin : gen_tags
    assign tags[RowBits:0] = {b_valid_i, b_row_i};
    if (Diagonals > 1) begin : gen_tag_registers
      logic [(Diagonals-1)*(RowBits+1)-1:0] tags_q;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) tags_q <= '0;
        else if (clear_i) tags_q <= '0;
        else if (beat_i) tags_q <= tags[(Diagonals-1)*(RowBits+1)-1:0];
      end
      assign tags[Diagonals*(RowBits+1)-1:RowBits+1] = tags_q;
    end
  end else begin : gen_no_tags
    logic unused;
    assign unused = b_valid_i ^ (^b_row_i);
    assign tags = '0;
  end

  logic [StateBits-1:0] state[Rows*Cols];
  logic [StateBits-1:0] next[Rows*Cols];
  logic [StateBits-1:0] top[Cols];   // ws: what falls into each column
  logic [StateBits-1:0] foot[Cols];  // what leaves each column on this beat

  // Starts travel with the vectors: column j's is j beats late and enters after the product stages; in os row i's is i beats later.
  logic [StateBits-1:0] start_at[Rows*Cols];
  for (genvar j = 0; j < Cols; j++) begin : gen_start
    if (Config.bias_first != 8'd0) begin : gen_bias
      delay_line #(
          .Width (StateBits),
          .Stages(j + Stages)
      ) u_skew (
          .clk_i,
          .enable_i(beat_i),
          .data_i  (start_i[j*StateBits+:StateBits]),
          .data_o  (start_at[j])
      );
    end else begin : gen_zero
      assign start_at[j] = '0;
    end
    for (genvar i = 1; i < Rows; i++) begin : gen_start_row
      if (WeightStationary || Config.bias_first == 8'd0) begin : gen_zero
        assign start_at[i*Cols+j] = '0;
      end else begin : gen_down
        delay_line #(
            .Width(StateBits)
        ) u_down (
            .clk_i,
            .enable_i(beat_i),
            .data_i  (start_at[(i-1)*Cols+j]),
            .data_o  (start_at[i*Cols+j])
        );
      end
    end
  end

  for (genvar i = 0; i < Rows; i++) begin : gen_row
    for (genvar j = 0; j < Cols; j++) begin : gen_col
      localparam int unsigned D = i + j;
      logic in_use, load, close;
      logic [BBits-1:0] b;
      logic [StateBits-1:0] above;

      assign in_use = token_valid[D] && RowBits'(i) < token_r[D] && ColBits'(j) < token_c[D];

      if (WeightStationary) begin : gen_ws
        // The chain passes every weight row on; this row keeps the one with its number, and takes it into use with the fold's
        // first activation.
        logic [BBits-1:0] shadow_q, weight_q;
        assign b = token_first[D] ? shadow_q : weight_q;
        assign load = token_valid[D];
        // Row i has the global k of row 0 and i more.
        assign close = (32'(token_phase[D]) + 32'(i)) % Block == 32'(Block - 1);
        always_ff @(posedge clk_i) begin
          if (beat_i) begin
            weight_q <= b;
            if (tags[D*(RowBits+1)+RowBits] && tags[D*(RowBits+1)+:RowBits] == RowBits'(i)) shadow_q <= b_in[i*Cols+j];
          end
        end
        if (i == 0) begin : gen_top
          assign above = top[j];
        end else begin : gen_inside
          assign above = state[(i-1)*Cols+j];
        end
      end else begin : gen_os
        assign b = b_in[i*Cols+j];
        assign load = in_use & token_first[D] & token_first_k[D];
        assign close = token_phase[D] == PhaseBits'(Block - 1);
        assign above = start_at[i*Cols+j];
      end

      delay_line #(
          .Width(ABits)
      ) u_right (
          .clk_i,
          .enable_i(beat_i),
          .data_i  (a_in[i*(Cols+1)+j]),
          .data_o  (a_in[i*(Cols+1)+j+1])
      );
      delay_line #(
          .Width(BBits)
      ) u_down (
          .clk_i,
          .enable_i(beat_i),
          .data_i  (b_in[i*Cols+j]),
          .data_o  (b_in[(i+1)*Cols+j])
      );

      datapath_pe #(
          .Config   (Config),
          .StateBits(StateBits)
      ) u_pe (
          .clk_i,
          .rst_ni,
          .enable_i       (beat_i),
          .valid_i        (in_use),
          .load_i         (load),
          .close_i        (close),
          .a_i            (a_in[i*(Cols+1)+j]),
          .b_i            (b),
          .product_shift_i,
          .state_i        (above),
          .state_o        (state[i*Cols+j]),
          .next_o         (next[i*Cols+j]),
          .events_o       (events_o[(2*(i*Cols+j))*events_pkg::Count+:events_pkg::Count]),
          .more_events_o  (events_o[(2*(i*Cols+j)+1)*events_pkg::Count+:events_pkg::Count])
      );
    end
  end

  for (genvar j = 0; j < Cols; j++) begin : gen_foot
    if (WeightStationary) begin : gen_bank
      // Partial sums of the K-fold before: written at the foot, read at the top a beat later or more.
      localparam int unsigned TopAge = j + Stages;
      localparam int unsigned FootAge = Rows - 1 + j + Stages;
      logic [StateBits-1:0] bank[BankRows];
      assign top[j] = ColBits'(j) >= token_c[TopAge] ? '0 : token_first_k[TopAge] ? start_at[j] : bank[token_index[TopAge]];
      assign foot[j] = next[(Rows-1)*Cols+j];
      always_ff @(posedge clk_i) begin
        if (beat_i && token_valid[FootAge] && !token_final_k[FootAge] && ColBits'(j) < token_c[FootAge])
          bank[token_index[FootAge]] <= foot[j];
      end
    end else begin : gen_chain
      assign top[j] = '0;
      // full: a sum waits in the second bank, from the beat after its last product, for the last row's sum; then the column's
      // sums enter the chain together. none, drain: all columns enter at once.
      logic [Rows-1:0] finished, enters;
      logic [Rows*RowBits-1:0] last_r, used_r;
      logic [RowBits-1:0] entering_rows;
      logic [StateBits-1:0] present[Rows];
      always_comb begin
        enters = '0;
        entering_rows = chain_r_i;
        for (int unsigned i = 0; i < Rows; i++) begin
          enters[i] = full_i && finished[i] && last_r[i*RowBits+:RowBits] == RowBits'(i + 1);
          if (enters[i]) entering_rows = used_r[i*RowBits+:RowBits];
        end
      end
      logic column_enters;
      assign column_enters = chain_load_i || enters != '0;
      for (genvar i = 0; i < Rows; i++) begin : gen_link
        logic [StateBits-1:0] chain_q, arriving;
        assign finished[i] = token_valid[i+j+1+Stages] & token_last[i+j+1+Stages] & token_final_k[i+j+1+Stages];
        assign last_r[i*RowBits+:RowBits] = token_charged_r[i+j+1+Stages];
        assign used_r[i*RowBits+:RowBits] = token_r[i+j+1+Stages];
        if (i == Rows - 1) begin : gen_bottom
          // No row is behind this one.
          assign arriving = state[i*Cols+j];
        end else begin : gen_hold
          logic [StateBits-1:0] hold_q;
          assign arriving = full_i && !enters[i] ? hold_q : state[i*Cols+j];
          always_ff @(posedge clk_i) begin
            if (beat_i && finished[i]) hold_q <= state[i*Cols+j];
          end
        end
        assign present[i] = column_enters && RowBits'(i) < entering_rows ? arriving : chain_q;
        if (i == 0) begin : gen_head
          assign chain_q = '0;
        end else begin : gen_falling
          always_ff @(posedge clk_i) begin
            if (beat_i) chain_q <= present[i-1];
          end
        end
      end
      assign foot[j] = present[Rows-1];
    end

    // Deskew: the last column leaves C-1 beats after the first, except where all columns drain together.
    logic [StateBits-1:0] aligned;
    delay_line #(
        .Width (StateBits),
        .Stages(Cols - 1 - j)
    ) u_deskew (
        .clk_i,
        .enable_i(beat_i),
        .data_i  (foot[j]),
        .data_o  (aligned)
    );
    assign out_o[j*StateBits+:StateBits] = WeightStationary || full_i ? aligned : foot[j];
  end

endmodule
