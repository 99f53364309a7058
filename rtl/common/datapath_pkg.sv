// SPDX-License-Identifier: Apache-2.0
// The four datapaths, in the order of datapath::Datapath (models/datapath/core_config.h).
package datapath_pkg;

  localparam int unsigned FlexPe = 0;
  localparam int unsigned PositPe = 1;
  localparam int unsigned FloatPe = 2;
  localparam int unsigned DfpPe = 3;

endpackage
