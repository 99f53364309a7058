// SPDX-License-Identifier: Apache-2.0
#include "models/operations/window_forms.h"

#include "models/operations/operation_rows.h"

namespace binade::operations {
namespace {

/// Windows one after another: planes, rows, columns.
Walk plane_windows(const Call& call) {
  Walk walk = image_walk(call.in(0), call.out(), window_on(call.layer, call.in(0)));
  walk.x0.plane = walk.k0.plane;
  walk.k0.plane = 0;
  return walk;
}

WindowGradientForm gradient(const Call& call) {
  WindowGradientForm form;
  form.windows = plane_windows(call);
  form.window = form.windows.k1.size * form.windows.k2.size;
  form.count = call.outputs();
  form.outputs = call.samples * call.in(0).elements();
  form.first = call.first_sample * call.in(0).elements();
  return form;
}

}  // namespace

WindowAxis row_axis(const Walk& w) { return {w.height.size, w.x1.size, w.k1.size, w.x1.h, w.k1.h, -w.height.offset}; }
WindowAxis column_axis(const Walk& w) { return {w.width.size, w.x2.size, w.k2.size, w.x2.w, w.k2.w, -w.width.offset}; }

std::int64_t WindowGradientForm::divisor(std::int64_t x1, std::int64_t x2) const {
  if (chosen) return 1;
  return row_axis(windows).within(x1, count_rows).count() * column_axis(windows).within(x2, count_columns).count();
}

int index_bytes(std::int64_t window) { return window < 0xFF ? 1 : window < 0xFFFF ? 2 : 4; }

MaximumForm max_pool_choice(const Call& call) {
  MaximumForm form;
  form.x.walk = plane_windows(call);
  form.window = form.x.walk.k1.size * form.x.walk.k2.size;
  form.outputs = call.outputs();
  form.first = call.first_output();
  return form;
}

WindowGradientForm max_pool_gradient(const Call& call) {
  WindowGradientForm form = gradient(call);
  form.chosen = true;
  return form;
}

WindowGradientForm avg_pool_gradient(const Call& call) {
  WindowGradientForm form = gradient(call);
  const Window window = window_on(call.layer, call.in(0));
  form.count_rows = counted_rows(window, call.in(0), window.count_include_pad);
  form.count_columns = counted_columns(window, call.in(0), window.count_include_pad);
  return form;
}

}  // namespace binade::operations
