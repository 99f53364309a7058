// SPDX-License-Identifier: Apache-2.0
// Chooses the S-DFP bias from a histogram of leading bits: b in {0, -1, -2, -3} with the smallest expected squared error of P-bit
// mantissas, the one nearest 0 among equals (models/exponent/sdfp.h). With d the distance of a bin below the top one, L the bin's
// lower end and Q = 2^(P-1) - 1 the largest mantissa, both in LSBs of the biased exponent, an element's error times 24 is
//   d >= P - b: 56 L^2;   -b < d < P - b: 2;   d = -b: 2 + 6 / 2^(P-2);   d < -b: 8 (7 L^2 - 9 L Q + 3 Q^2),   L = 2^(P-2-b-d).
// In units of 2^-(P+6) of the squared unbiased LSB all terms are integers. Bins with d > P + 2 cost the same under every b.
module sdfp_bias_chooser #(
    parameter int unsigned P = 8,          // mantissa bits, 4..24
    parameter int unsigned CountBits = 40
) (
    input  logic                 clk_i,
    input  logic                 rst_ni,
    input  logic                 start_i,
    output logic [5:0]           bin_o,    // histogram read port
    input  logic [CountBits-1:0] count_i,
    output logic                 busy_o,
    output logic                 done_o,   // one clock
    output logic signed [2:0]    bias_o    // valid from done_o
);

  if (P < 4 || P > 24) begin : gen_parameter_check
    $fatal(1, "sdfp_bias_chooser: P is 4 to 24");
  end

  localparam int unsigned CostBits = 3 * P + 16;
  localparam int unsigned ErrorBits = CostBits + CountBits + 5;
  localparam int unsigned LastDistance = P + 2;
  localparam logic [CostBits-1:0] Q = (CostBits'(1) << (P - 1)) - CostBits'(1);

  typedef enum logic [2:0] {Idle, Top, Read, Multiply, Decide, Finish} state_e;
  state_e state_q, state_d;

  logic [5:0] top_q;
  logic [5:0] distance_q;
  logic [1:0] minus_bias_q;  // -b
  logic signed [2:0] best_q;
  logic [ErrorBits-1:0] error_q, best_error_q;
  logic [CostBits-1:0] cost;
  logic [5:0] low;  // log2 L
  logic multiplied;
  logic [CostBits+CountBits-1:0] product;
  logic last_bin;

  // Cost of one element. The shift by P + 6 + 2b positions brings the biased LSB's square to the common unit.
  always_comb begin
    low  = 6'(P - 2) + 6'(minus_bias_q) - distance_q;
    if (distance_q >= 6'(P) + 6'(minus_bias_q)) cost = CostBits'(56) << (6'(P - 2) + 6'((6'(LastDistance) - distance_q) << 1));
    else if (distance_q > 6'(minus_bias_q)) cost = CostBits'(2) << (6'(P + 6) - {3'b000, minus_bias_q, 1'b0});
    else if (distance_q == 6'(minus_bias_q)) cost = ((CostBits'(2) << (P - 2)) + CostBits'(6)) << (6'd8 - {3'b000, minus_bias_q, 1'b0});
    else
      cost = ((CostBits'(7) << {low, 1'b0}) - ((CostBits'(9) * Q) << low) + CostBits'(3) * Q * Q) << (6'(P + 9) - {3'b000, minus_bias_q, 1'b0});
  end

  sequential_multiplier #(
      .ABits(CostBits),
      .BBits(CountBits)
  ) u_multiplier (
      .clk_i,
      .rst_ni,
      .start_i  (state_q == Read),
      .a_i      (cost),
      .b_i      (count_i),
      .done_o   (multiplied),
      .product_o(product)
  );

  assign bin_o = state_q == Top ? top_q : top_q - distance_q;
  assign last_bin = distance_q == 6'(LastDistance) || distance_q == top_q;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: if (start_i) state_d = Top;
      Top: begin
        if (count_i != '0) state_d = Read;
        else if (top_q == '0) state_d = Finish;  // an all-zero tensor: bias 0
      end
      Read: state_d = Multiply;
      Multiply: if (multiplied) state_d = last_bin ? Decide : Read;
      Decide: state_d = minus_bias_q == 2'd3 ? Finish : Read;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end
  always_ff @(posedge clk_i) begin
    case (state_q)
      Idle: begin
        top_q <= 6'd63;
        distance_q <= '0;
        minus_bias_q <= '0;
        error_q <= '0;
        if (start_i) best_q <= '0;
      end
      Top: if (count_i == '0) top_q <= top_q - 6'd1;
      Multiply: if (multiplied) begin
        error_q <= error_q + ErrorBits'(product);
        distance_q <= distance_q + 6'd1;
      end
      Decide: begin
        if (minus_bias_q == '0 || error_q < best_error_q) begin
          best_q <= -signed'({1'b0, minus_bias_q});
          best_error_q <= error_q;
        end
        minus_bias_q <= minus_bias_q + 2'd1;
        distance_q <= '0;
        error_q <= '0;
      end
      default: ;
    endcase
  end

  assign busy_o = state_q != Idle;
  assign done_o = state_q == Finish;
  assign bias_o = best_q;

endmodule
