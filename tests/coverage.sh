#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of an instrumented build and reports the line coverage of models/.
# usage: coverage.sh BUILD_FOLDER JOBS; exit status 2 below 95 %.
set -eu
build=$1
jobs=$2
root=$(cd "$(dirname "$0")/.." && pwd)
find "$build" -name '*.gcda' -delete
ctest --test-dir "$build" -j "$jobs" --output-on-failure -L 'unit|oracle|system'
gcovr --root "$root" --filter "$root/models/" --object-directory "$build" -j "$jobs" \
  --exclude-throw-branches --html-details "$build/coverage.html" --txt --print-summary --fail-under-line 95 "$build"
