// SPDX-License-Identifier: Apache-2.0
// Pools in training on the golden machine, against plain loops over windows: which element is the maximum, and what each element of
// the image gets from the windows that hold it.
#include "models/operations/window_forms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "models/networks/builder.h"
#include "models/numerics/arithmetic.h"
#include "models/numerics/codec.h"
#include "models/numerics/error.h"
#include "models/operations/operation_table.h"
#include "models/programs/golden_machine.h"
#include "models/programs/storage.h"

namespace binade::tests {
namespace {

using numerics::Accumulate;
using numerics::Code;
using operations::Call;
using operations::Op;
using programs::StoredTensor;
using Codes = std::vector<Code>;

struct Arithmetic {
  const char* name;
  const char* format;
  Accumulate policy;
};

struct Pool {
  networks::Network network;
  std::int64_t samples;
  Call call() const { return networks::call_of(network, 1, samples); }
};

class WindowForms : public testing::TestWithParam<Arithmetic> {
 protected:
  int pick(int low, int high) { return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1)); }

  /// A pool whose windows all hold a pixel.
  Pool pool(Op op) {
    for (;;) {
      const bool large = op == Op::MaxPool && pick(0, 19) == 0;  // a window whose indices take two bytes
      networks::Builder b("n", "s", {pick(1, 3), large ? 17 : pick(1, 8), large ? 16 : pick(1, 8)});
      operations::Window w{.kernel_h = pick(1, 3), .kernel_w = pick(1, 3), .stride_h = pick(1, 3), .stride_w = pick(1, 3)};
      w.pad_h = pick(0, w.kernel_h / 2), w.pad_w = pick(0, w.kernel_w / 2);
      if (op == Op::MaxPool) w.dilation_h = pick(1, 2);
      w.ceil_mode = pick(0, 1) == 1;
      w.count_include_pad = pick(0, 1) == 1;
      if (large) w = {};
      w.whole = large || (op == Op::MaxPool && pick(0, 5) == 0 && w.pad_h == 0 && w.pad_w == 0 && w.dilation_h == 1);
      b.layer(b.append("pool", op, {0})).window = w;
      try {
        return {b.finish(0), pick(1, 2)};
      } catch (const InputError&) {
      }
    }
  }

  Codes draw(std::int64_t count, bool finite) {
    Codes codes;
    while (static_cast<std::int64_t>(codes.size()) < count) {
      const auto code = static_cast<Code>(random() & ((std::uint64_t{1} << format.bits) - 1) & (pick(0, 1) == 0 ? 3 : ~0));
      if (!finite || format.shared_exponent() || numerics::decode(format, code).is_finite()) codes.push_back(code);
    }
    return codes;
  }
  StoredTensor store(const Codes& codes, int raw_bytes = 0) {
    StoredTensor stored;
    stored.elements = static_cast<std::int64_t>(codes.size());
    stored.format = format;
    stored.raw_bytes = raw_bytes;
    stored.magnitude.exponent = format.shared_exponent() ? -format.bits : 0;
    stored.address = machine.allocate(stored.bytes());
    machine.write(stored.address, programs::pack_codes(codes, stored.element_bytes()));
    return stored;
  }
  Codes read(const StoredTensor& stored) { return programs::unpack_codes(read_bytes(machine, stored), stored.element_bytes()); }
  numerics::Unpacked value(Code code) const {
    return format.shared_exponent() ? numerics::from_integer(numerics::mantissa_of(format, code), 0)
                                    : numerics::decode(format, code);
  }

  /// Calls use(window, position, element) for every pixel of every window.
  template <class Use>
  static void each_pixel(const Call& call, Use use) {
    operations::Window w = call.layer.window;
    const operations::Shape &in = call.in(0), &out = call.out();
    if (w.whole) {
      w.kernel_h = static_cast<int>(in.height);
      w.kernel_w = static_cast<int>(in.width);
      w.stride_h = w.stride_w = 1;
    }
    std::int64_t window = 0;
    for (std::int64_t plane = 0; plane < call.samples * in.channels; ++plane)
      for (std::int64_t p = 0; p < out.height; ++p)
        for (std::int64_t q = 0; q < out.width; ++q, ++window)
          for (int r = 0; r < w.kernel_h; ++r)
            for (int s = 0; s < w.kernel_w; ++s) {
              const std::int64_t h = p * w.stride_h + std::int64_t{r} * w.dilation_h - w.pad_h;
              const std::int64_t c = q * w.stride_w + std::int64_t{s} * w.dilation_w - w.pad_w;
              if (h >= 0 && h < in.height && c >= 0 && c < in.width)
                use(window, std::int64_t{r} * w.kernel_w + s, (plane * in.height + h) * in.width + c);
            }
  }

  Code rounded(const numerics::Unpacked& exact) const {
    numerics::Events ignored;
    return numerics::encode(format, exact, {.rounding = format.default_rounding()}, ignored);
  }
  /// What an element gets: deltas and their divisors, windows ascending.
  struct Gift {
    Code delta;
    std::int64_t divisor;
  };
  Code sum(const std::vector<Gift>& gifts) const {
    if (gifts.empty()) return 0;
    constexpr int kMultiple = 2520;  // of every number up to 10
    if (format.shared_exponent()) {  // to an exponent 4 above
      std::int64_t total = 0;
      for (const Gift& gift : gifts) total += numerics::mantissa_of(format, gift.delta) * (kMultiple / gift.divisor);
      constexpr std::int64_t kUnit = std::int64_t{16} * kMultiple;
      const std::int64_t whole = total >= 0 ? total / kUnit : -((-total + kUnit - 1) / kUnit), rest = 2 * (total - whole * kUnit);
      return numerics::code_of_mantissa(format, whole + (rest > kUnit || (rest == kUnit && whole % 2 != 0) ? 1 : 0));
    }
    const auto quotient = [&](const Gift& gift) {
      return numerics::div(value(gift.delta), numerics::from_integer(gift.divisor, 0));
    };
    if (gifts.size() == 1) return gifts[0].divisor == 1 ? gifts[0].delta : rounded(quotient(gifts[0]));
    if (GetParam().policy == Accumulate::Exact) {
      // Every product with the common multiple and every sum is exact in binary64 where values are of 8 bits.
      double total = 0;
      for (const Gift& gift : gifts)
        total += numerics::to_double(value(gift.delta)) * static_cast<double>(kMultiple / gift.divisor);
      return rounded(numerics::div(numerics::from_double(total), numerics::from_integer(kMultiple, 0)));
    }
    Code total = rounded(quotient(gifts[0]));
    for (std::size_t i = 1; i < gifts.size(); ++i) total = rounded(numerics::add(value(total), value(rounded(quotient(gifts[i])))));
    return total;
  }

  void expect(const operations::WindowGradientForm& form, std::vector<StoredTensor> inputs,
              const std::vector<std::vector<Gift>>& gifts, int round) {
    programs::Work work;
    work.mode = mode_of(core, 0);
    work.inputs = std::move(inputs);
    work.output = store(Codes(gifts.size(), 1));
    work.output.magnitude.exponent = work.inputs[0].magnitude.exponent + (format.shared_exponent() ? 4 : 0);
    machine.run(form, work);
    const Codes got = read(work.output);
    for (std::size_t e = 0; e < gifts.size(); ++e) ASSERT_EQ(got[e], sum(gifts[e])) << round << ", element " << e;
  }

  const numerics::FormatSpec format = numerics::parse_format(GetParam().format);
  datapath::CoreConfig core = [this] {
    datapath::CoreConfig made;
    made.format = numerics::OperandFormats(format);
    made.accumulate = {.policy = GetParam().policy, .rounding = format.default_rounding()};
    return made;
  }();
  programs::GoldenMachine machine{core};
  std::mt19937 random{23};
};

TEST_P(WindowForms, TheFirstMaximumWins) {
  for (int i = 0; i < 300; ++i) {
    const Pool tested = pool(Op::MaxPool);
    const Call call = tested.call();
    const Codes x = draw(call.samples * call.in(0).elements(), false);
    const operations::MaximumForm form = max_pool_choice(call);
    programs::Work work;
    work.mode = mode_of(core, 0);
    work.inputs = {store(x)};
    work.output = store(Codes(static_cast<std::size_t>(call.outputs())));
    const StoredTensor indices = store(Codes(static_cast<std::size_t>(call.outputs())), operations::index_bytes(form.window));
    work.further = {{.tensor = indices}};
    machine.run(form, work);
    const Codes maxima = read(work.output), places = read(indices);
    // The forward pool has the same values.
    machine.run(operations::row(Op::MaxPool).vector(call), work);
    ASSERT_EQ(read(work.output), maxima) << i;

    std::vector<std::int64_t> best(maxima.size(), -1), at(maxima.size(), -1);
    each_pixel(call, [&](std::int64_t window, std::int64_t position, std::int64_t element) {
      std::int64_t& leader = best[static_cast<std::size_t>(window)];
      if (leader >= 0) {
        const auto now = value(x[static_cast<std::size_t>(leader)]), candidate = value(x[static_cast<std::size_t>(element)]);
        if (now.is_nan() || !(candidate.is_nan() || numerics::compare(candidate, now) > 0)) return;
      }
      leader = element;
      at[static_cast<std::size_t>(window)] = position;
    });
    for (std::size_t window = 0; window < maxima.size(); ++window)
      ASSERT_EQ(static_cast<std::int64_t>(places[window]), at[window]) << i << ", window " << window;
  }
}

TEST_P(WindowForms, AMaximumGivesItsDeltaToItsElement) {
  for (int i = 0; i < 300; ++i) {
    const Pool tested = pool(Op::MaxPool);
    const Call call = tested.call();
    const operations::WindowGradientForm form = max_pool_gradient(call);
    const Codes delta = draw(call.outputs(), true);
    // Any pixel of the window may be the chosen one.
    std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> pixels(delta.size());
    each_pixel(call, [&](std::int64_t window, std::int64_t position, std::int64_t element) {
      pixels[static_cast<std::size_t>(window)].emplace_back(position, element);
    });
    std::vector<std::vector<Gift>> gifts(static_cast<std::size_t>(form.outputs));
    Codes places;
    for (std::size_t window = 0; window < delta.size(); ++window) {
      const auto& held = pixels[window];
      const auto& [position, element] = held[static_cast<std::size_t>(pick(0, static_cast<int>(held.size()) - 1))];
      places.push_back(static_cast<Code>(position));
      gifts[static_cast<std::size_t>(element)].push_back({delta[window], 1});
    }
    expect(form, {store(delta), store(places, operations::index_bytes(form.window))}, gifts, i);
    if (HasFatalFailure()) return;
  }
}

TEST_P(WindowForms, AnAverageGivesItsShareToAllItsElements) {
  for (int i = 0; i < 300; ++i) {
    const Pool tested = pool(Op::AvgPool);
    const Call call = tested.call();
    const operations::Window& w = call.layer.window;
    const Codes delta = draw(call.outputs(), true);
    // Elements that count: pixels, and padding where it counts; never what ceil_mode reaches beyond the padding.
    std::vector<std::int64_t> counts(delta.size(), 0);
    networks::Layer layer = call.layer;
    if (w.count_include_pad && !w.whole) {
      const operations::Shape in{call.in(0).channels, call.in(0).height + 2 * w.pad_h, call.in(0).width + 2 * w.pad_w};
      layer.window.pad_h = layer.window.pad_w = 0;
      const Call around{layer, {in}, call.samples};
      each_pixel(around, [&](std::int64_t window, std::int64_t, std::int64_t) { ++counts[static_cast<std::size_t>(window)]; });
    } else {
      each_pixel(call, [&](std::int64_t window, std::int64_t, std::int64_t) { ++counts[static_cast<std::size_t>(window)]; });
    }
    const operations::WindowGradientForm form = avg_pool_gradient(call);
    std::vector<std::vector<Gift>> gifts(static_cast<std::size_t>(form.outputs));
    each_pixel(call, [&](std::int64_t window, std::int64_t, std::int64_t element) {
      const auto at = static_cast<std::size_t>(window);
      gifts[static_cast<std::size_t>(element)].push_back({delta[at], counts[at]});
    });
    expect(form, {store(delta)}, gifts, i);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Policies, WindowForms,
    testing::Values(Arithmetic{"posit8", "posit8", Accumulate::Exact}, Arithmetic{"posit8_serial", "posit8", Accumulate::Serial},
                    Arithmetic{"flex16", "flex16+5", Accumulate::Blocked}, Arithmetic{"dfp8", "dfp8", Accumulate::Exact},
                    Arithmetic{"e6m7", "e6m7", Accumulate::Serial}, Arithmetic{"fp32", "fp32", Accumulate::Fp32}),
    [](const auto& tested) { return std::string(tested.param.name); });

// Planes divided among threads: windows that overlap, with stochastic roundings, which draw by a pixel's place.
TEST(GoldenThreads, ChangeNoWindowAndNoCount) {
  networks::Builder b("n", "s", {5, 20, 20});
  operations::Window& w = b.layer(b.append("pool", Op::AvgPool, {0})).window;
  w = {.kernel_h = 3, .kernel_w = 3, .stride_h = 2, .stride_w = 2};
  w.pad_h = w.pad_w = 1;
  const Pool pool{b.finish(0), 13};
  const Call call = pool.call();
  const operations::MaximumForm maximum = max_pool_choice(call);
  const std::array gradients{max_pool_gradient(call), avg_pool_gradient(call)};
  std::vector<std::vector<std::byte>> first;
  numerics::Events counted;
  std::vector<std::uint64_t> maxima;
  for (const int threads : {1, 2, 5}) {
    programs::GoldenMachine machine(datapath::CoreConfig{}, threads);
    const auto made = [&](const char* word, std::int64_t elements, int raw_bytes = 0) {
      StoredTensor tensor{.elements = elements, .format = numerics::parse_format(word), .raw_bytes = raw_bytes, .magnitude = {}};
      tensor.address = machine.allocate(tensor.bytes());
      return tensor;
    };
    const auto filled = [&](const StoredTensor& tensor) {
      std::vector<std::byte> bytes(static_cast<std::size_t>(tensor.bytes()));
      for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 2654435761U >> 19 & 127);
      machine.write(tensor.address, bytes);
      return tensor;
    };
    const std::int64_t pixels = call.samples * call.in(0).elements(), windows = call.outputs();
    const StoredTensor indices = made("posit16", windows, 1);
    std::vector<std::vector<std::byte>> all;
    std::vector<std::uint64_t> largest;
    programs::Work work;
    work.seed = 5;
    work.tensor = 7;
    work.inputs = {filled(made("posit16", pixels))};
    work.output = made("posit8", windows);
    work.further = {{.tensor = indices}};
    machine.run(maximum, work);
    all.push_back(read_bytes(machine, work.output));
    all.push_back(read_bytes(machine, indices));
    work.further.clear();
    work.mode.accumulate.rounding = numerics::Rounding::Sr;
    work.inputs = {filled(made("bf16", windows)), indices};
    for (const operations::WindowGradientForm& form : gradients)
      for (const char* const word : {"e4m3", "dfp8"}) {
        work.output = made(word, pixels);
        largest.push_back(machine.run(form, work).max_abs);
        all.push_back(read_bytes(machine, work.output));
      }
    if (threads == 1) {
      first = all;
      counted = machine.events();
      maxima = largest;
      EXPECT_GT(counted.inexact, 0U);
    }
    EXPECT_EQ(all, first) << threads;
    EXPECT_EQ(machine.events(), counted) << threads;
    EXPECT_EQ(largest, maxima) << threads;
  }
}

}  // namespace
}  // namespace binade::tests
