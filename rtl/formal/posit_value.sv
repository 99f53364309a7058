// SPDX-License-Identifier: Apache-2.0
// Value of a posit's magnitude, a code of any length without its sign bit (Posit Standard 2022, section 3): a run of k like bits and
// one unlike them, Es bits of exponent, fraction; bits beyond the end are zero. A case for every k. Not for code 0.
module posit_value #(
    parameter int unsigned Bits = 15,
    parameter int unsigned Es = 2,
    parameter int unsigned FractionBits = 15  // no fewer than the code may have
) (
    input  logic        [Bits-1:0]         code_i,
    output logic signed [15:0]             scale_o,    // of the leading one
    output logic        [FractionBits-1:0] fraction_o  // behind it
);

  localparam int unsigned RestBits = Bits + Es + FractionBits;

  logic first;
  logic [Bits:0] ended;  // a run to the end of the code ends there
  logic [RestBits-1:0] rest;
  logic signed [15:0] regime;

  assign first = code_i[Bits-1];
  assign ended = {code_i, ~first};

  always_comb begin
    rest = '0;
    regime = '0;
    for (int unsigned k = 1; k <= Bits; k++) begin
      // The first k bits are like `first` and the next is not.
      if ((ended >> (Bits - k)) == (first ? (((Bits + 1)'(1) << k) - (Bits + 1)'(1)) << 1 : (Bits + 1)'(1))) begin
        rest = {code_i, {(Es + FractionBits) {1'b0}}} << (k + 1);
        regime = first ? 16'(k) - 16'd1 : 16'd0 - 16'(k);
      end
    end
  end

  if (Es == 0) begin : gen_no_exponent
    assign scale_o = regime;
  end else begin : gen_exponent
    assign scale_o = (regime <<< Es) + 16'(rest[RestBits-1-:Es]);
  end
  assign fraction_o = rest[RestBits-1-Es-:FractionBits];

endmodule
