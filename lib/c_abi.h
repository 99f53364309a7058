// SPDX-License-Identifier: Apache-2.0
// What the sources of binade.h share: its handles, and how the end of a call becomes a status.
#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "lib/binade.h"
#include "models/numerics/accumulator.h"
#include "models/numerics/error.h"
#include "models/numerics/format_spec.h"

struct binade_format {
  binade::numerics::FormatSpec spec;
};

namespace binade::lib {

inline void write_text(std::string_view from, char* text, std::size_t size) {
  if (size == 0) return;
  const std::size_t length = std::min(from.size(), size - 1);
  std::memcpy(text, from.data(), length);
  text[length] = '\0';
}

inline int failed(int status, const char* what, binade_message* message) {
  if (message != nullptr) write_text(what, message->text, sizeof message->text);
  return status;
}

/// Runs `work` and gives its end a status.
template <class Work>
int guarded(binade_message* message, Work work) noexcept {
  try {
    work();
    if (message != nullptr) message->text[0] = '\0';
    return BINADE_OK;
  } catch (const InputError& error) {
    return failed(BINADE_INPUT, error.what(), message);
  } catch (const std::bad_alloc&) {
    return failed(BINADE_RESOURCES, "no memory for this call", message);
  } catch (const std::length_error&) {
    return failed(BINADE_RESOURCES, "no memory for this call", message);
  } catch (const std::system_error& error) {
    return failed(BINADE_RESOURCES, error.what(), message);
  } catch (const std::exception& error) {
    return failed(BINADE_INVARIANT, error.what(), message);
  } catch (...) {
    return failed(BINADE_INVARIANT, "an exception of no known type", message);
  }
}

template <class T>
T& given(T* pointer, const char* name) {
  if (pointer == nullptr) throw InputError(std::string(name) + " is null; allowed: the address of an object");
  return *pointer;
}

/// An enumerator of the header; absent: BINADE_DEFAULT.
template <class Enum>
std::optional<Enum> chosen(std::int32_t value, Enum last, const char* name) {
  if (value == BINADE_DEFAULT) return std::nullopt;
  if (value < 0 || value > static_cast<std::int32_t>(last))
    throw InputError(std::string(name) + " is " + std::to_string(value) + "; allowed: " + std::to_string(BINADE_DEFAULT) + ".." +
                     std::to_string(static_cast<int>(last)));
  return static_cast<Enum>(value);
}

inline numerics::OperandFormats operand_formats(const binade_operand_formats* formats) {
  const auto& all = given(formats, "formats");
  const numerics::FormatSpec& a = given(all.a, "formats.a").spec;
  return {a, given(all.b, "formats.b").spec, all.out != nullptr ? all.out->spec : a};
}

inline numerics::AccumulateSpec accumulate_of(const numerics::OperandFormats& formats, const binade_accumulate* accumulate) {
  const binade_accumulate how = accumulate != nullptr ? *accumulate : binade_accumulate BINADE_ACCUMULATE_DEFAULT;
  return {.policy = chosen(how.policy, numerics::Accumulate::Chained, "accumulate.policy").value_or(default_accumulate(formats)),
          .acc_bits = how.acc_bits,
          .block = how.block,
          .rounding = chosen(how.rounding, numerics::Rounding::Rup, "accumulate.rounding").value_or(formats.default_rounding()),
          .chain = how.chain,
          .bias = how.bias_first != 0 ? numerics::BiasPosition::First : numerics::BiasPosition::Last};
}

}  // namespace binade::lib
