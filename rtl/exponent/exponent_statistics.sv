// SPDX-License-Identifier: Apache-2.0
// Statistics of one tensor as it is stored: largest magnitude, overflows, and the histogram of leading bits. One vector of lanes
// a clock.
module exponent_statistics #(
    parameter int unsigned Lanes = 8,
    parameter int unsigned MagnitudeBits = 16,  // of one lane, at most 64
    parameter int unsigned CountBits = 40       // of each counter
) (
    input  logic                           clk_i,
    input  logic                           rst_ni,
    input  logic                           clear_i,       // start of a tensor; wins over valid_i
    input  logic                           valid_i,
    input  logic [Lanes-1:0]               lane_i,        // lanes that hold an element
    input  logic [Lanes*MagnitudeBits-1:0] magnitude_i,   // |stored|, lane 0 lowest
    input  logic [Lanes-1:0]               overflow_i,    // the lane saturated or is at the end of its range
    input  logic                           histogram_i,   // count leading bits (raw accumulators)
    output logic [MagnitudeBits-1:0]       max_abs_o,
    output logic [CountBits-1:0]           overflows_o,
    input  logic [5:0]                     bin_i,
    output logic [CountBits-1:0]           bin_count_o    // elements with floor(log2 magnitude) = bin_i
);

  if (MagnitudeBits < 2 || MagnitudeBits > 64 || Lanes < 1) begin : gen_parameter_check
    $fatal(1, "exponent_statistics: MagnitudeBits is 2 to 64, Lanes 1 or more");
  end

  localparam int unsigned ZerosBits = $clog2(MagnitudeBits);
  localparam int unsigned LaneCountBits = $clog2(Lanes + 1);

  logic [MagnitudeBits-1:0] max_q, max_d;
  logic [CountBits-1:0] overflows_q;
  logic [LaneCountBits-1:0] overflow_count;
  logic [Lanes-1:0] nonzero;
  logic [Lanes*6-1:0] leading;

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    logic [ZerosBits-1:0] zeros;
    logic zero;
    logic [MagnitudeBits-1:0] unused;
    normalizer #(
        .Width(MagnitudeBits)
    ) u_leading (
        .data_i (magnitude_i[i*MagnitudeBits+:MagnitudeBits]),
        .data_o (unused),
        .count_o(zeros),
        .zero_o (zero)
    );
    assign nonzero[i] = lane_i[i] & ~zero;
    assign leading[i*6+:6] = 6'(MagnitudeBits - 1) - 6'(zeros);
  end

  always_comb begin
    max_d = max_q;
    overflow_count = '0;
    for (int unsigned i = 0; i < Lanes; i++) begin
      max_d = lane_i[i] && magnitude_i[i*MagnitudeBits+:MagnitudeBits] > max_d ? magnitude_i[i*MagnitudeBits+:MagnitudeBits] : max_d;
      if (lane_i[i] && overflow_i[i]) overflow_count = overflow_count + LaneCountBits'(1);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      max_q <= '0;
      overflows_q <= '0;
    end else if (clear_i) begin
      max_q <= '0;
      overflows_q <= '0;
    end else if (valid_i) begin
      max_q <= max_d;
      overflows_q <= overflows_q + CountBits'(overflow_count);
    end
  end

  logic [CountBits-1:0] counts[64];
  for (genvar b = 0; b < 64; b++) begin : gen_bin
    if (b < MagnitudeBits) begin : gen_counter
      logic [LaneCountBits-1:0] hits;
      logic [CountBits-1:0] count_q;
      always_comb begin
        hits = '0;
        for (int unsigned i = 0; i < Lanes; i++) begin
          if (nonzero[i] && leading[i*6+:6] == 6'(b)) hits = hits + LaneCountBits'(1);
        end
      end
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) count_q <= '0;
        else if (clear_i) count_q <= '0;
        else if (valid_i && histogram_i) count_q <= count_q + CountBits'(hits);
      end
      assign counts[b] = count_q;
    end else begin : gen_empty
      assign counts[b] = '0;
    end
  end

  assign max_abs_o = max_q;
  assign overflows_o = overflows_q;
  assign bin_count_o = counts[bin_i];

endmodule
