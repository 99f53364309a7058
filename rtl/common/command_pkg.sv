// SPDX-License-Identifier: Apache-2.0
// Widths of ports of a command that several modules share.
package command_pkg;

  // generated: COMMAND_WIDTH
  localparam int unsigned ShiftBits = 8;  // product_shift and bias_shift, signed: spec::kShiftBits
  localparam int unsigned OverlapBits = 2;  // an OVERLAP code
  // end of generated

endpackage
