// SPDX-License-Identifier: Apache-2.0
// As delay_line, for control bits: reset to 0.
module valid_line #(
    parameter int unsigned Width  = 1,
    parameter int unsigned Stages = 1
) (
    input  logic             clk_i,
    input  logic             rst_ni,
    input  logic             enable_i,
    input  logic [Width-1:0] data_i,
    output logic [Width-1:0] data_o
);

  if (Stages == 0) begin : gen_wire
    logic unused;
    assign unused = clk_i & rst_ni & enable_i;
    assign data_o = data_i;
  end else begin : gen_registers
    logic [Width-1:0] stage_q[Stages];
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        for (int unsigned i = 0; i < Stages; i++) stage_q[i] <= '0;
      end else if (enable_i) begin
        stage_q[0] <= data_i;
        for (int unsigned i = 1; i < Stages; i++) stage_q[i] <= stage_q[i-1];
      end
    end
    assign data_o = stage_q[Stages-1];
  end

endmodule
