// SPDX-License-Identifier: Apache-2.0
// Accumulate policies.
package accumulate_pkg;

  // generated: ACCUMULATE
  localparam int unsigned Exact = 0;  // quire or integer
  localparam int unsigned Blocked = 1;  // block sums, each rounded into the running sum
  localparam int unsigned Serial = 2;  // products and sums rounded to the format
  localparam int unsigned Fp32 = 3;  // binary32 sums
  localparam int unsigned Chained = 4;  // exact chains, each added to a binary32 sum
  // end of generated

endpackage
