// SPDX-License-Identifier: Apache-2.0
// Kernels of one PE family each: every product by the processing element's own arithmetic. One factory per family, each compiled
// alone.
#pragma once

#include "models/kernels/tile_kernel.h"

namespace binade::kernels {

/// The kernel of the config's family; `config` must outlive it.
std::unique_ptr<TileKernel> make_element_kernel(const datapath::CoreConfig& config);

std::unique_ptr<TileKernel> make_integer_kernel(const datapath::CoreConfig& config);
std::unique_ptr<TileKernel> make_blocked_kernel(const datapath::CoreConfig& config);
std::unique_ptr<TileKernel> make_quire_kernel(const datapath::CoreConfig& config);
std::unique_ptr<TileKernel> make_serial_kernel(const datapath::CoreConfig& config);
std::unique_ptr<TileKernel> make_integer_serial_kernel(const datapath::CoreConfig& config);
std::unique_ptr<TileKernel> make_posit_serial_kernel(const datapath::CoreConfig& config);
std::unique_ptr<TileKernel> make_fp32_kernel(const datapath::CoreConfig& config);
std::unique_ptr<TileKernel> make_chained_kernel(const datapath::CoreConfig& config);
std::unique_ptr<TileKernel> make_literal_kernel(const datapath::CoreConfig& config);

}  // namespace binade::kernels
