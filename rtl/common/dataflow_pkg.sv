// SPDX-License-Identifier: Apache-2.0
// What stays in the array.
package dataflow_pkg;

  // generated: DATAFLOW
  localparam int unsigned OutputStationary = 0;  // os: an element keeps its sum
  localparam int unsigned WeightStationary = 1;  // ws: an element keeps its weight
  // end of generated

endpackage
