// SPDX-License-Identifier: Apache-2.0
// Adds a chain's sum, an integer, to a running sum in binary32: one rounding to nearest even. A chain of zero leaves the running sum
// as it is, without an event. Combinational.
module chain_adder #(
    parameter int unsigned ChainBits = 37  // 2..64
) (
    input  logic [31:0]                  run_i,    // binary32, in product LSBs
    input  logic [ChainBits-1:0]         chain_i,  // product LSBs
    output logic [31:0]                  run_o,
    output logic [events_pkg::Count-1:0] events_o
);

  if (ChainBits < 2 || ChainBits > 64) begin : gen_parameter_check
    $fatal(1, "chain_adder: ChainBits is 2 to 64");
  end

  localparam int unsigned CountBits = $clog2(ChainBits);
  localparam int unsigned ScaleBits = CountBits + 2;

  logic [ChainBits-1:0] magnitude, normalised;
  logic [CountBits-1:0] zeros;
  logic zero;
  logic [31:0] sum;
  logic [events_pkg::Count-1:0] events;

  assign magnitude = chain_i[ChainBits-1] ? -chain_i : chain_i;
  normalizer #(
      .Width(ChainBits)
  ) u_normalise (
      .data_i (magnitude),
      .data_o (normalised),
      .count_o(zeros),
      .zero_o (zero)
  );
  float_accumulator #(
      .TermScaleBits(ScaleBits),
      .TermBits     (ChainBits)
  ) u_add (
      .sum_i             (run_i),
      .term_zero_i       (zero),
      .term_infinite_i   (1'b0),
      .term_nan_i        (1'b0),
      .term_negative_i   (chain_i[ChainBits-1]),
      .term_scale_i      (ScaleBits'(ChainBits - 1) - ScaleBits'(zeros)),
      .term_significand_i(normalised),
      .rounding_i        (rounding_pkg::Rne),
      .sum_o             (sum),
      .events_o          (events)
  );

  assign run_o = zero ? run_i : sum;
  assign events_o = zero ? '0 : events & events_pkg::Steps;

endmodule
