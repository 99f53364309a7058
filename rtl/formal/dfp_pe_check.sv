// SPDX-License-Identifier: Apache-2.0
// dfp_pe without product stages (Latency 1), its registers at their next clock edge: the sum and a product added up from b's bits,
// clamped; a beat that is not valid passes the sum on, one that is not enabled keeps it.
module dfp_pe_check #(
    parameter int unsigned ABits = 8,
    parameter int unsigned BBits = 8,
    parameter int unsigned AccBits = 32
) (
    input  logic               rst_ni,
    input  logic               enable_i,
    input  logic               valid_i,
    input  logic               load_i,
    input  logic [ABits-1:0]   a_i,
    input  logic [BBits-1:0]   b_i,
    input  logic [AccBits-1:0] state_i,
    input  logic [AccBits-1:0] state_q,  // what the registers hold
    input  logic               saturates_q,
    output logic               fails_o
);

  logic [AccBits-1:0] next, next_state_q;
  logic [4:0] events;
  logic next_saturates_q;
  dut u_dut (.clk_i(1'b0), .rst_ni, .enable_i, .valid_i, .load_i, .a_i, .b_i, .state_i, .next_o(next), .events_o(events),
             .\state_o.i (state_q), .state_o(next_state_q), .\saturates_q.i (saturates_q), .saturates_q(next_saturates_q));

  localparam int unsigned Bits = AccBits + ABits + BBits + 1;
  logic signed [Bits-1:0] base, product, total, greatest, least, clamped;
  assign base = load_i ? Bits'(signed'(state_i)) : Bits'(signed'(state_q));
  always_comb begin
    product = '0;
    for (int unsigned i = 0; i < BBits; i++) begin
      // The top bit of two's complement weighs -2^(BBits - 1).
      if (b_i[i] && i == BBits - 1) product = product - (Bits'(signed'(a_i)) <<< i);
      else if (b_i[i]) product = product + (Bits'(signed'(a_i)) <<< i);
    end
  end
  assign total = valid_i ? base + product : base;
  assign greatest = (Bits'(1) << (AccBits - 1)) - Bits'(1);
  assign least = ~greatest;
  assign clamped = total > greatest ? greatest : total < least ? least : total;

  assign fails_o = !(events == {4'd0, saturates_q} && next == clamped[AccBits-1:0] &&
                     next_state_q == (enable_i && (valid_i || load_i) ? clamped[AccBits-1:0] : state_q) &&
                     next_saturates_q == (rst_ni && enable_i && clamped != total));

endmodule
