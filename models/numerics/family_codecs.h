// SPDX-License-Identifier: Apache-2.0
// The codec of each family; codec.cpp chooses among them. Contracts as decode() and encode() of codec.h.
#pragma once

#include "models/numerics/codec.h"

namespace binade::numerics {

Unpacked decode_posit(const FormatSpec& format, Code code);
Code encode_posit(const FormatSpec& format, const Unpacked& value, const Quantisation& how, Events& events);

Unpacked decode_hill(const FormatSpec& format, Code code);
Code encode_hill(const FormatSpec& format, const Unpacked& value, const Quantisation& how, Events& events);

Unpacked decode_ieee(const FormatSpec& format, Code code);
Code encode_ieee(const FormatSpec& format, const Unpacked& value, const Quantisation& how, Events& events);

Code encode_integer(const FormatSpec& format, const Unpacked& value, const Quantisation& how, Events& events);

}  // namespace binade::numerics
