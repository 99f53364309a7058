// SPDX-License-Identifier: Apache-2.0
// Registers of a command whose width several modules share. models/spec/ranges.h has the same width for the program; a test
// compares the two.
package command_pkg;

  localparam int unsigned ShiftBits = 8;  // kShiftBits: product_shift and bias_shift, signed

endpackage
