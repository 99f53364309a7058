// SPDX-License-Identifier: Apache-2.0
// Autoflex, Algorithm 2 in exact integers (models/exponent/autoflex_integer.h): the histories of `Tensors` tensors and one
// prediction at a time. With n touches phi, S1 their sum, S2 the sum of squares, A = alpha beta:
//   2^j <= chi = alpha (max phi + beta sd + gamma kappa)  <=>  D <= A sqrt(n S2 - S1^2),  D = n 2^j - n alpha (max phi + gamma kappa)
//                                                        <=>  D <= 0, or D^2 <= A^2 (n S2 - S1^2)
// phi is in units of 2^MinExponent; alpha, beta, gamma bring 8 fraction bits each, so j counts from 2^(MinExponent - 16).
// The next exponent is floor(log2 chi) - (N-2), clamped; MinExponent = -32 and MaxExponent = 0 are the published clamp.
module autoflex_predictor #(
    parameter int unsigned N = 16,       // mantissa bits, 4..32
    parameter int unsigned Window = 16,  // touches a history holds, a power of two
    parameter int unsigned Tensors = 1,
    parameter int MinExponent = -32,
    parameter int MaxExponent = 0,
    localparam int unsigned TensorBits = Tensors > 1 ? $clog2(Tensors) : 1
) (
    input  logic                  clk_i,
    input  logic                  rst_ni,
    input  logic [18:0]           alpha_i,        // 8 fraction bits, as beta and gamma
    input  logic [18:0]           beta_i,
    input  logic [23:0]           gamma_i,
    input  logic [TensorBits-1:0] tensor_i,       // of the three operations below; none while busy_o
    input  logic                  init_i,         // a new tensor: empty history, exponent_i
    input  logic signed [7:0]     exponent_i,
    input  logic                  record_i,       // a kernel wrote the tensor at its exponent
    input  logic [N-1:0]          max_abs_i,      // its largest |stored mantissa|
    input  logic                  predict_i,
    input  logic                  infrequent_i,   // predict from the last two touches (ngraph's rule)
    output logic                  busy_o,
    output logic                  done_o,         // one clock: exponent_o is the prediction
    output logic signed [7:0]     exponent_o,
    output logic                  overflow_o      // one clock after a record that overflowed
);

  if (N < 4 || N > 32 || Window < 2 || Window != (1 << $clog2(Window)) || MinExponent > MaxExponent || MaxExponent - MinExponent > 63)
  begin : gen_parameter_check
    $fatal(1, "autoflex_predictor: N is 4 to 32, Window a power of two, MaxExponent - MinExponent 0 to 63");
  end

  localparam int unsigned SlotBits = $clog2(Window);
  localparam int unsigned NumberBits = SlotBits + 1;           // n
  localparam int unsigned MaxBits = N + 1;                     // doubled after an overflow
  localparam int unsigned Range = MaxExponent - MinExponent;
  localparam int unsigned PhiBits = MaxBits + Range;
  localparam int unsigned SumBits = PhiBits + SlotBits;
  localparam int unsigned SquareSumBits = 2 * PhiBits + SlotBits;
  localparam int unsigned VarianceBits = SquareSumBits + NumberBits;          // n S2 - S1^2
  localparam int unsigned SlopeBits = 38;                                     // alpha beta
  localparam int unsigned RootBits = 2 * SlopeBits + VarianceBits;            // A^2 (n S2 - S1^2)
  localparam int unsigned HeadBits = (PhiBits > 24 + Range ? PhiBits + 8 : 32 + Range) + 1;  // max phi + gamma kappa
  localparam int unsigned ScaleBits = 19 + NumberBits;                        // n alpha
  localparam int unsigned LinearBits = HeadBits + ScaleBits;
  localparam int unsigned HalfRootBits = (RootBits + 1) / 2;
  localparam int unsigned PowerBits = (LinearBits > HalfRootBits ? LinearBits : HalfRootBits) + 3;  // n 2^j
  localparam int unsigned FactorBits = PowerBits > VarianceBits ? PowerBits : VarianceBits;
  localparam int unsigned JBits = $clog2(PowerBits + 1);
  localparam logic signed [11:0] Bias = 12'(N + 14) - 12'(MinExponent);  // exponent = j - Bias

  // Histories: touch = {max_abs, exponent - MinExponent}.
  localparam int unsigned ShiftBits = 6;
  logic [MaxBits-1:0] maxima[Tensors*Window];
  logic [ShiftBits-1:0] shifts[Tensors*Window];
  logic [SlotBits-1:0] newest_q[Tensors];
  logic [NumberBits-1:0] number_q[Tensors];
  logic [ShiftBits-1:0] shift_q[Tensors];
  logic dirty_q[Tensors];

  typedef enum logic [3:0] {
    Idle, Touch, Square, Variance, Slope, Root, Linear, Scan, Test, Compare, Finish
  } state_e;
  state_e state_q, state_d;

  logic [TensorBits-1:0] tensor_q;
  logic infrequent_q;
  logic [NumberBits-1:0] left_q, number;
  logic [PhiBits-1:0] phi, largest_q;
  logic [SumBits-1:0] sum_q;
  logic [SquareSumBits-1:0] squares_q;
  logic [VarianceBits-1:0] variance_q;
  logic [RootBits-1:0] root_q;
  logic [LinearBits-1:0] linear_q;
  logic [HeadBits-1:0] head;
  logic [JBits-1:0] j_q;
  logic [PowerBits-1:0] power, distance;
  logic [SlotBits-1:0] slot;

  logic multiply, multiplied;
  logic [FactorBits-1:0] factor_a, factor_b;
  logic [2*FactorBits-1:0] product;

  sequential_multiplier #(
      .ABits(FactorBits),
      .BBits(FactorBits)
  ) u_multiplier (
      .clk_i,
      .rst_ni,
      .start_i  (multiply),
      .a_i      (factor_a),
      .b_i      (factor_b),
      .done_o   (multiplied),
      .product_o(product)
  );

  assign number = number_q[tensor_q];
  assign slot = newest_q[tensor_q] - SlotBits'(left_q - NumberBits'(1));
  assign phi = PhiBits'(maxima[32'(tensor_q)*Window+32'(slot)]) << shifts[32'(tensor_q)*Window+32'(slot)];
  assign head = infrequent_q ? HeadBits'({largest_q, 8'h00}) + (HeadBits'(1) << (32'(shift_q[tensor_q]) + N - 4 + 8))
                             : HeadBits'({largest_q, 8'h00}) + (HeadBits'(gamma_i) << shift_q[tensor_q]);
  assign power = PowerBits'(number) << (j_q + JBits'(1));
  assign distance = power - PowerBits'(linear_q);

  // One multiplication for each waiting state, started on entry.
  always_comb begin
    state_d  = state_q;
    multiply = 1'b0;
    factor_a = FactorBits'(phi);
    factor_b = FactorBits'(phi);
    case (state_q)
      Idle: begin
        if (predict_i && dirty_q[tensor_i]) state_d = Touch;
        else if (predict_i) state_d = Finish;
      end
      Touch: begin
        multiply = 1'b1;
        state_d  = Square;
      end
      Square: begin
        if (multiplied) state_d = left_q == NumberBits'(1) ? Variance : Touch;
        if (multiplied && left_q == NumberBits'(1)) begin
          multiply = 1'b1;
          factor_a = FactorBits'(sum_q);
          factor_b = FactorBits'(sum_q);
        end
      end
      Variance: begin
        if (multiplied) begin
          multiply = 1'b1;
          factor_a = FactorBits'(SlopeBits'(alpha_i) * SlopeBits'(beta_i));
          factor_b = FactorBits'(SlopeBits'(alpha_i) * SlopeBits'(beta_i));
          state_d  = Slope;
        end
      end
      Slope: begin
        if (multiplied) begin
          multiply = 1'b1;
          factor_a = FactorBits'(product[2*SlopeBits-1:0]);
          factor_b = FactorBits'(variance_q);
          state_d  = Root;
        end
      end
      Root: begin
        if (multiplied) begin
          multiply = 1'b1;
          factor_a = FactorBits'(head);
          factor_b = infrequent_q ? FactorBits'({number, 8'h00}) : FactorBits'(ScaleBits'(number) * ScaleBits'(alpha_i));
          state_d  = Linear;
        end
      end
      Linear: if (multiplied) state_d = product[LinearBits-1:0] == '0 ? Finish : Scan;
      Scan: if (power > PowerBits'(linear_q)) state_d = Test;
      Test: begin
        multiply = 1'b1;
        factor_a = FactorBits'(distance);
        factor_b = FactorBits'(distance);
        state_d  = Compare;
      end
      Compare: if (multiplied) state_d = product <= (2 * FactorBits)'(root_q) && !infrequent_q ? Test : Finish;
      default: state_d = Idle;
    endcase
  end

  logic signed [11:0] unclamped;
  logic signed [7:0] clamped;
  assign unclamped = linear_q == '0 ? 12'sd0 : 12'(j_q) - Bias;
  assign clamped = unclamped < 12'(MinExponent) ? 8'(MinExponent) : unclamped > 12'(MaxExponent) ? 8'(MaxExponent) : unclamped[7:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    case (state_q)
      Idle: begin
        tensor_q <= tensor_i;
        infrequent_q <= infrequent_i;
        left_q <= number_q[tensor_i];
        if (infrequent_i && number_q[tensor_i] > NumberBits'(2)) left_q <= NumberBits'(2);
        largest_q <= '0;
        sum_q <= '0;
        squares_q <= '0;
        linear_q <= '0;
        j_q <= '0;
      end
      Touch: begin
        sum_q <= sum_q + SumBits'(phi);
        if (phi > largest_q) largest_q <= phi;
      end
      Square: if (multiplied) begin
        squares_q <= squares_q + SquareSumBits'(product[2*PhiBits-1:0]);
        left_q <= left_q - NumberBits'(1);
      end
      // n S2 >= S1^2 always.
      Variance: if (multiplied) variance_q <= VarianceBits'(number) * VarianceBits'(squares_q) - product[VarianceBits-1:0];
      Root: if (multiplied) root_q <= product[RootBits-1:0];
      Linear: if (multiplied) linear_q <= product[LinearBits-1:0];
      Scan: if (power <= PowerBits'(linear_q)) j_q <= j_q + JBits'(1);
      Compare: if (multiplied && product <= (2 * FactorBits)'(root_q) && !infrequent_q) j_q <= j_q + JBits'(1);
      default: ;
    endcase
  end

  // Bookkeeping of the histories.
  logic overflows;
  logic [SlotBits-1:0] next_slot;
  assign overflows = max_abs_i >= {1'b0, {(N - 1) {1'b1}}};
  assign next_slot = overflows ? '0 : newest_q[tensor_i] + SlotBits'(1);

  always_ff @(posedge clk_i) begin
    if (!busy_o && record_i) begin
      maxima[32'(tensor_i)*Window+32'(next_slot)] <= overflows ? {max_abs_i, 1'b0} : {1'b0, max_abs_i};
      shifts[32'(tensor_i)*Window+32'(next_slot)] <= shift_q[tensor_i];
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned t = 0; t < Tensors; t++) begin
        newest_q[t] <= '0;
        number_q[t] <= '0;
        shift_q[t] <= ShiftBits'(Range);
        dirty_q[t] <= 1'b0;
      end
      overflow_o <= 1'b0;
    end else begin
      overflow_o <= !busy_o && record_i && overflows;
      if (state_q == Finish && dirty_q[tensor_q]) begin
        shift_q[tensor_q] <= ShiftBits'(clamped - 8'(MinExponent));
        dirty_q[tensor_q] <= 1'b0;
      end else if (!busy_o && init_i) begin
        newest_q[tensor_i] <= '0;
        number_q[tensor_i] <= '0;
        shift_q[tensor_i] <= ShiftBits'(exponent_i - 8'(MinExponent));
        dirty_q[tensor_i] <= 1'b0;
      end else if (!busy_o && record_i) begin
        newest_q[tensor_i] <= next_slot;
        number_q[tensor_i] <= overflows ? NumberBits'(1) :
                              number_q[tensor_i] == NumberBits'(Window) ? NumberBits'(Window) : number_q[tensor_i] + NumberBits'(1);
        dirty_q[tensor_i] <= 1'b1;
      end
    end
  end

  // The stored exponent is updated on the clock after Finish.
  logic done_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) done_q <= 1'b0;
    else done_q <= state_q == Finish;
  end
  assign busy_o = state_q != Idle;
  assign done_o = done_q;
  assign exponent_o = 8'(shift_q[tensor_q]) + 8'(MinExponent);

`ifndef SYNTHESIS
  assert property (@(posedge clk_i) disable iff (!rst_ni) busy_o |-> !(init_i || record_i || predict_i))
  else $error("autoflex_predictor: an operation while busy");
  assert property (@(posedge clk_i) disable iff (!rst_ni) init_i |-> exponent_i >= 8'(MinExponent) && exponent_i <= 8'(MaxExponent))
  else $error("autoflex_predictor: exponent out of range");
`endif
endmodule
