# SPDX-License-Identifier: Apache-2.0
"""`binade train --capture` against the codes that PositNN's own program computed. Needs BINADE_DATA_DIR (default ../shared/data)."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

BINADE = os.environ["BINADE"]
DATA = Path(os.environ.get("BINADE_DATA_DIR", Path(__file__).resolve().parents[3] / "shared" / "data")) / "training"
TRACE = DATA / "positnn_mlp_p8_o16l16.npz"


@pytest.mark.skipif(not TRACE.exists(), reason=f"SKIPPED: no trace in {DATA}")
@pytest.mark.parametrize("threads", [1, 2])
def test_every_captured_tensor_is_equal(tmp_path, threads):
    command = [BINADE, "train", "--network", "mlp", "--data", DATA / "batch_mnist.npz", "--init", DATA / "init_mlp.npz"]
    command += ["--recipe", "positnn", "--order", "sequential", "--batch", 16, "--steps", 5, "--threads", threads]
    command += ["--capture", tmp_path / "capture.npz", "--capture-steps", "1,2,5"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ours, theirs = np.load(tmp_path / "capture.npz"), np.load(TRACE)
    keys = [key for key in theirs.files if key != "meta"]
    assert len(keys) > 40
    for key in keys:
        assert np.array_equal(ours[key].reshape(theirs[key].shape).astype(theirs[key].dtype), theirs[key]), key
