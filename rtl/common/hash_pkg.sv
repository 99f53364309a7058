// SPDX-License-Identifier: Apache-2.0
// The counter-based generator of stochastic rounding: "lowbias32" (C. Wellons, "Prospecting for Hash Functions", 2018), as
// models/numerics/rounding.cpp. random_bits(seed, tensor, index) = lowbias32(lowbias32(key ^ index[63:32]) ^ index[31:0])
// with key = tensor_key(seed, tensor), so a lane computes one hash in each of its two stages.
package hash_pkg;

  function automatic logic [31:0] lowbias32(input logic [31:0] value);
    logic [31:0] x;
    x = value ^ (value >> 16);
    x = x * 32'h7feb352d;
    x = x ^ (x >> 15);
    x = x * 32'h846ca68b;
    lowbias32 = x ^ (x >> 16);
  endfunction

  function automatic logic [31:0] tensor_key(input logic [31:0] seed, input logic [31:0] tensor);
    logic [31:0] hashed_seed;
    hashed_seed = lowbias32(seed + 32'h9e3779b9);
    tensor_key = lowbias32(hashed_seed ^ tensor);
  endfunction

endpackage
