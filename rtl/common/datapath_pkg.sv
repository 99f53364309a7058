// SPDX-License-Identifier: Apache-2.0
// The four datapaths.
package datapath_pkg;

  // generated: DATAPATH
  localparam int unsigned FlexPe = 0;  // integers with blocks
  localparam int unsigned PositPe = 1;  // posits with a quire
  localparam int unsigned FloatPe = 2;  // floats
  localparam int unsigned DfpPe = 3;  // exact integers: dfp, sdfp, fixed
  // end of generated

endpackage
