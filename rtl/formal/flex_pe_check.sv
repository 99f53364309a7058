// SPDX-License-Identifier: Apache-2.0
// flex_pe without product stages (Latency 1), its registers at their next clock edge: the block's sum and a product added up from b's
// bits, clamped; at its end the block goes into the running sum as blocked_sum says; a beat that is not valid passes both on, one that
// is not enabled keeps them.
module flex_pe_check #(
    parameter int unsigned ABits = 8,
    parameter int unsigned BBits = 8,
    parameter int unsigned BlockBits = 21,
    localparam int unsigned SumBits = 20
) (
    input  logic                         rst_ni,
    input  logic                         enable_i,
    input  logic                         valid_i,
    input  logic                         load_i,
    input  logic                         close_i,
    input  logic [ABits-1:0]             a_i,
    input  logic [BBits-1:0]             b_i,
    input  logic [7:0]                   product_shift_i,
    input  logic [SumBits+BlockBits-1:0] state_i,
    input  logic [SumBits+BlockBits-1:0] state_q,      // what the registers hold
    input  logic                         saturates_q,
    input  logic                         clamps_q,
    output logic                         fails_o
);

  logic [SumBits+BlockBits-1:0] next, next_state_q;
  logic [4:0] events, round_events;
  logic next_saturates_q, next_clamps_q;
  dut u_dut (.clk_i(1'b0), .rst_ni, .enable_i, .valid_i, .load_i, .close_i, .a_i, .b_i, .product_shift_i, .state_i, .next_o(next),
             .events_o(events), .round_events_o(round_events), .\state_o.i (state_q), .state_o(next_state_q),
             .\saturates_q.i (saturates_q), .saturates_q(next_saturates_q), .\clamps_q.i (clamps_q), .clamps_q(next_clamps_q));

  localparam int unsigned Bits = BlockBits + ABits + BBits + 1;
  logic [SumBits+BlockBits-1:0] base;
  logic signed [Bits-1:0] block, product, total, greatest, least, clamped;
  assign base = load_i ? state_i : state_q;
  assign block = Bits'(signed'(base[BlockBits-1:0]));
  always_comb begin
    product = '0;
    for (int unsigned i = 0; i < BBits; i++) begin
      // The top bit of two's complement weighs -2^(BBits - 1).
      if (b_i[i] && i == BBits - 1) product = product - (Bits'(signed'(a_i)) <<< i);
      else if (b_i[i]) product = product + (Bits'(signed'(a_i)) <<< i);
    end
  end
  assign total = block + product;
  assign greatest = (Bits'(1) << (BlockBits - 1)) - Bits'(1);
  assign least = ~greatest;
  assign clamped = total > greatest ? greatest : total < least ? least : total;

  logic [SumBits-1:0] closed;
  logic closed_clamped;
  blocked_sum #(
      .SumBits  (SumBits),
      .BlockBits(BlockBits)
  ) u_sum (
      .sum_i    (base[SumBits+BlockBits-1:BlockBits]),
      .block_i  (clamped[BlockBits-1:0]),
      .shift_i  (product_shift_i),
      .sum_o    (closed),
      .clamped_o(closed_clamped)
  );

  logic [SumBits+BlockBits-1:0] expected;
  always_comb begin
    if (!valid_i) expected = base;
    else if (close_i) expected = {closed, {BlockBits{1'b0}}};
    else expected = {base[SumBits+BlockBits-1:BlockBits], clamped[BlockBits-1:0]};
  end
  assign fails_o = !(next == expected && events == {4'd0, saturates_q} && round_events == {4'd0, clamps_q} &&
                     next_state_q == (enable_i && (valid_i || load_i) ? expected : state_q) &&
                     next_saturates_q == (rst_ni && enable_i && valid_i && clamped != total) &&
                     next_clamps_q == (rst_ni && enable_i && valid_i && close_i && closed_clamped));

endmodule
