#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes the step traces of this folder anew: traces/make_step_traces.sh [PROGRAM [FOLDER [RECIPE...]]]. The same program gives the
# same bytes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=${1:-$here/../build/binade}
folder=${2:-$here}
[ $# -gt 2 ] && shift 2 || set -- positnn flexpoint dfp16 dfp8 sdfp8 hill fp32 bf16 fp16 fp8
for recipe in "$@"; do
  "$program" trace --network "$here/step-network.yaml" --recipe "$recipe" --step 80 --batch 16 --samples 4 --set train.lr=0.05 \
    --seed 1 --out "$folder/step-$recipe.npz"
done
