// SPDX-License-Identifier: Apache-2.0
// How far a fold overlaps the one before.
package overlap_pkg;

  // generated: 2 OVERLAP
  localparam logic [1:0] None = 2'd0;  // a fold starts when the one before has left the array
  localparam logic [1:0] Drain = 2'd1;  // os: under the drain of the one before
  localparam logic [1:0] Full = 2'd2;  // as soon as operands can follow
  // end of generated

endpackage
