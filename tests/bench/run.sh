#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh BUILD: every benchmark of BUILD/bench, then training and the wall time of a whole network in the program $BINADE.
set -eu
build=$1
for program in "$build"/bench/*_bench; do
  echo "== ${program##*/}"
  "$program" --benchmark_min_time="${BENCH_MIN_TIME:-0.1}"
done
echo "== train"
python3 "$(dirname "$0")/train_speed.py" "${BINADE:-$build/binade}"
echo "== explore"
python3 "$(dirname "$0")/explore_speed.py" "${BINADE:-$build/binade}"
echo "== run --network resnet18 --format flex16+5 --core fast"
start=$(date +%s.%N)
"${BINADE:-$build/binade}" run --network resnet18 --format flex16+5 --core fast --report-format json > /dev/null
end=$(date +%s.%N)
awk -v start="$start" -v end="$end" 'BEGIN { printf "%.1f s\n", end - start }'
for unit in "posit_pe posit8" "flex_pe flex16+5" "dfp_pe dfp8" "float_pe e6m7" "core posit8"; do
  # shellcheck disable=SC2086  # unit and format
  set -- $unit
  count=100000
  [ "$1" = core ] && count=500
  echo "== verify $1 --format $2"
  BINADE_RTL_CACHE="$build/rtl_sets" "${BINADE:-$build/binade}" verify "$1" --format "$2" --stalls none --count "$count" --jobs 1 --out "$build/mismatch.csv" | sed -n 2p
done
