// SPDX-License-Identifier: Apache-2.0
// `Stages` enabled registers in a row (0: a wire). Data only, not reset.
module delay_line #(
    parameter int unsigned Width  = 8,
    parameter int unsigned Stages = 1
) (
    input  logic             clk_i,
    input  logic             enable_i,
    input  logic [Width-1:0] data_i,
    output logic [Width-1:0] data_o
);

  if (Stages == 0) begin : gen_wire
    logic unused;
    assign unused = clk_i & enable_i;
    assign data_o = data_i;
  end else begin : gen_registers
    logic [Width-1:0] stage_q[Stages];
    always_ff @(posedge clk_i) begin
      if (enable_i) begin
        stage_q[0] <= data_i;
        for (int unsigned i = 1; i < Stages; i++) stage_q[i] <= stage_q[i-1];
      end
    end
    assign data_o = stage_q[Stages-1];
  end

endmodule
