// SPDX-License-Identifier: Apache-2.0
// plain_mac behind ports as people declare them: structures in structures, arrays, a union, structures in an unpacked array. `fault`
// is plain_mac's.

package struct_mac_pkg;

  typedef enum logic [1:0] {
    Hold = 2'd0,
    Add  = 2'd1,
    Zero = 2'd2
  } operation_e;

  typedef struct packed {
    logic       spare;
    logic [7:0] value;
  } factor_t;

  typedef union packed {
    operation_e named;
    struct packed {
      logic clear;
      logic add;
    } bits;
  } control_t;

  typedef struct packed {
    control_t        control;
    factor_t [2:1]   factors;
    logic [0:2][1:0] tags;
  } request_t;

  typedef struct packed {
    logic               spare;
    logic signed [31:0] sum;
  } answer_t;

endpackage

module struct_mac (
    input  logic                           clk,
    input  logic                           rst,
    input  struct_mac_pkg::request_t       request,
    input  logic                     [2:0] fault,
    output struct_mac_pkg::answer_t        answers[2]  // the sum is the second's
);

  assign answers[0] = '0;
  assign answers[1].spare = request.tags[0] == 2'd3;
  plain_mac u_mac (
      .clk,
      .rst,
      .clear(request.control.bits.clear),
      .en   (request.control.bits.add),
      .x    (request.factors[1].value),
      .y    (request.factors[2].value),
      .fault,
      .acc  (answers[1].sum)
  );

endmodule
