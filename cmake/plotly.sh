#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fetches the plotting library of report pages, plotly.js (MIT), from PyPI's wheel of plotly into plotly/, once. Where PyPI cannot be
# reached it says so and succeeds: pages then show tables and plain charts.
set -eu
cd "$(dirname "$0")/.."
version=7.1.0
wheel_sum=dbb7fa18afce40d0a8e80d1bf162eceb3faa0ce5a77fe741ad09a74cf78f53f3
library_sum=3b6e15d45dbb7fca5bd2094291e961ddc5472cd887009e6009a56dab668d721f
library=plotly/plotly.min.js
python=/usr/bin/python3
is_whole() { echo "$library_sum  $1" | sha256sum -c --status 2>/dev/null; }
if is_whole "$library"; then
  echo "deps: $library is there"
  exit 0
fi
echo "deps: fetching plotly $version"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "plotly==$version --hash=sha256:$wheel_sum" >"$work/requirements.txt"
if timeout 300 "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
    --timeout 15 --retries 1 --requirement "$work/requirements.txt" --dest "$work" >"$work/log" 2>&1 &&
    "$python" -m zipfile -e "$work/plotly-$version-py3-none-any.whl" "$work/wheel" && is_whole "$work/wheel/plotly/package_data/plotly.min.js"; then
  mkdir -p plotly
  cp "$work/wheel/plotly-$version.dist-info/licenses/LICENSE.txt" plotly/LICENSE.txt
  cp "$work/wheel/plotly/package_data/plotly.min.js" plotly/.part
  mv plotly/.part "$library"
  echo "deps: done"
else
  echo "deps: PyPI gave no plotly $version ($(tail -n 1 "$work/log")): report pages show tables and plain charts; make deps tries again" >&2
fi
