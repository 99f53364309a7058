// SPDX-License-Identifier: Apache-2.0
// Which special values a float format has; Saturating is added to InfNan or NanOnly.
package float_pkg;

  // generated: SPECIALS SPECIALS_FLAG
  localparam int unsigned None = 0;  // Hill custom float: no Inf, no NaN, no subnormals
  localparam int unsigned InfNan = 1;  // IEEE 754: the all-ones exponent
  localparam int unsigned NanOnly = 2;  // OCP E4M3: only S.1111.111 is NaN
  localparam int unsigned Saturating = 4;  // what lies beyond the largest finite value, infinity included, becomes it
  // end of generated

endpackage
