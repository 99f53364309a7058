// SPDX-License-Identifier: Apache-2.0
// Statistics of one tensor as it is stored: largest magnitude and its leading bit, overflows, and the histogram of leading bits.
// One vector of lanes a clock.
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
    output logic [5:0]                     leading_o,     // floor(log2 max_abs_o); of 0 0
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

  // The largest lane by a tournament, so that its path grows with the logarithm of the lanes: each round halves who is left.
  localparam int unsigned Places = 1 << $clog2(Lanes);
  logic [Places*MagnitudeBits-1:0] left;
  always_comb begin
    left = '0;
    overflow_count = '0;
    for (int unsigned i = 0; i < Lanes; i++) begin
      if (lane_i[i]) left[i*MagnitudeBits+:MagnitudeBits] = magnitude_i[i*MagnitudeBits+:MagnitudeBits];
      overflow_count = overflow_count + LaneCountBits'(lane_i[i] && overflow_i[i]);
    end
    for (int unsigned half = Places / 2; half > 0; half = half / 2) begin
      for (int unsigned i = 0; i < half; i++) begin
        if (left[(i+half)*MagnitudeBits+:MagnitudeBits] > left[i*MagnitudeBits+:MagnitudeBits])
          left[i*MagnitudeBits+:MagnitudeBits] = left[(i+half)*MagnitudeBits+:MagnitudeBits];
      end
    end
    max_d = left[MagnitudeBits-1:0] > max_q ? left[MagnitudeBits-1:0] : max_q;
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
          hits = hits + LaneCountBits'(nonzero[i] && leading[i*6+:6] == 6'(b));
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

  logic [ZerosBits-1:0] max_zeros;
  logic [MagnitudeBits-1:0] unused;
  logic max_zero;
  normalizer #(
      .Width(MagnitudeBits)
  ) u_max_leading (
      .data_i (max_q),
      .data_o (unused),
      .count_o(max_zeros),
      .zero_o (max_zero)
  );

  assign max_abs_o = max_q;
  assign leading_o = max_zero ? '0 : 6'(MagnitudeBits - 1) - 6'(max_zeros);
  assign overflows_o = overflows_q;
  assign bin_count_o = counts[bin_i];

endmodule
