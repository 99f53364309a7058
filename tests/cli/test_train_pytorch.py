# SPDX-License-Identifier: Apache-2.0
"""Training steps of `binade train` against PyTorch: every activation's and weight's gradient, velocities and weights of some steps.

binary64 agrees within 1e-10 of each tensor's largest element, fp32 within 1e-5. Skips where PyTorch is not installed.
"""

import os
import subprocess

import numpy as np
import pytest

try:
    import torch
except ImportError:
    torch = None

BINADE = os.environ["BINADE"]
STEPS = 3
BATCH = 7

# The network of the program, and the same as PyTorch modules by parameter name.
NETWORK = """
network: small
classes: 4
inputs:
  - {name: input, shape: [2, 9, 8]}
layers:
  - {name: conv1, op: conv, channels: 6, kernel: 3, stride: 2, pad: 1, bias: false}
  - {name: bn1, op: batchnorm}
  - {name: relu1, op: relu}
  - {name: conv2, op: conv, channels: 8, kernel: 3, pad: 2, dilation: 2, groups: 2}
  - {name: tanh2, op: tanh}
  - {name: pool2, op: maxpool, kernel: 3, stride: 2, pad: 1}
  - {name: average, op: avgpool, kernel: 2, stride: 1}
  - {name: flat, op: flatten}
  - {name: fc1, op: linear, features: 12}
  - {name: sigmoid, op: sigmoid}
  - {name: fc2, op: linear, features: 12}
  - {name: sum, op: add, inputs: [fc2, sigmoid]}
  - {name: gelu, op: gelu}
  - {name: fc3, op: linear, features: 4}
"""
WITH_SOFTMAX = NETWORK.replace("  - {name: fc3,", "  - {name: softmax, op: softmax}\n  - {name: fc3,")


def build(last):
    nn = torch.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(2, 6, 3, stride=2, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(6)
            self.conv2 = nn.Conv2d(6, 8, 3, padding=2, dilation=2, groups=2)
            self.pool2 = nn.MaxPool2d(3, 2, 1)
            self.average = nn.AvgPool2d(2, 1)
            self.fc1 = nn.Linear(8 * 2 * 1, 12)
            self.fc2 = nn.Linear(12, 12)
            self.fc3 = nn.Linear(12, 4)

        def forward(self, x):
            x = torch.relu(self.bn1(self.conv1(x)))
            x = self.average(self.pool2(torch.tanh(self.conv2(x))))
            x = torch.sigmoid(self.fc1(x.flatten(1)))
            return self.fc3(last(torch.nn.functional.gelu(self.fc2(x) + x)))

    return Net()


OPTIMISERS = {
    "sgd": (["train.lr=0.05", "train.momentum=0"], lambda p: torch.optim.SGD(p, lr=0.05)),
    "momentum": (
        ["train.lr=0.05", "train.momentum=0.9", "train.dampening=0.25", "train.weight_decay=0.01"],
        lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, dampening=0.25, weight_decay=0.01),
    ),
    "nesterov": (
        ["train.lr=0.05", "train.momentum=0.9", "train.nesterov=true"],
        lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    ),
    "rmsprop": (
        ["train.optimiser=rmsprop", "train.lr=0.01", "train.alpha=0.95", "train.momentum=0.5"],
        lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.95, momentum=0.5, eps=1e-8),
    ),
    "adam": (
        ["train.optimiser=adam", "train.lr=0.01", "train.weight_decay=0.02"],
        lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.02),
    ),
}
LOSSES = {
    "cross-entropy": lambda out, y: torch.nn.functional.cross_entropy(out, y),
    "mse": lambda out, y: torch.nn.functional.mse_loss(out, torch.nn.functional.one_hot(y, out.shape[1]).to(out.dtype)),
}


def check(name, ours, theirs, tolerance):
    scale = max(np.abs(theirs).max(), 1e-30)
    worst = np.abs(ours.reshape(theirs.shape) - theirs).max() / scale
    assert worst <= tolerance, f"{name}: differs by {worst:.3g} of its largest element"


@pytest.mark.skipif(torch is None, reason="SKIPPED: no PyTorch to compare with")
@pytest.mark.parametrize("recipe,tolerance", [("binary64", 1e-10), ("fp32", 1e-5)])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_steps(tmp_path, optimiser, loss, recipe, tolerance):
    compare(tmp_path, NETWORK, lambda x: x, optimiser, loss, recipe, tolerance)


# RMSProp's first steps divide by what softmax leaves of gradients, which magnifies roundings of fp32.
@pytest.mark.skipif(torch is None, reason="SKIPPED: no PyTorch to compare with")
@pytest.mark.parametrize("recipe,tolerance", [("binary64", 1e-10), ("fp32", 1e-5)])
def test_softmax_as_a_layer(tmp_path, recipe, tolerance):
    compare(tmp_path, WITH_SOFTMAX, lambda x: torch.softmax(x, 1), "momentum", "cross-entropy", recipe, tolerance)


def compare(tmp_path, network, last, optimiser, loss, recipe, tolerance):
    seed = int.from_bytes(os.urandom(4), "little")
    print("seed", seed)
    torch.manual_seed(seed)
    dtype = torch.float64 if recipe == "binary64" else torch.float32
    net = build(last).to(dtype)
    x = torch.randn(BATCH * STEPS, 2, 9, 8, dtype=torch.float32)
    y = torch.randint(0, 4, (BATCH * STEPS,))
    np.savez(tmp_path / "data.npz", x=x.numpy(), y=y.numpy())
    np.savez(tmp_path / "init.npz", **{k: v.numpy() for k, v in net.state_dict().items() if "num_batches" not in k})
    (tmp_path / "net.yaml").write_text(network)
    settings, make = OPTIMISERS[optimiser]
    command = [BINADE, "train", "--network", tmp_path / "net.yaml", "--data", tmp_path / "data.npz"]
    command += ["--init", tmp_path / "init.npz", "--recipe", recipe, "--order", "sequential", "--batch", str(BATCH)]
    command += ["--steps", str(STEPS), "--capture", tmp_path / "capture.npz"]
    command += ["--capture-steps", ",".join(str(s) for s in range(1, STEPS + 1))]
    for setting in [*settings, f"train.loss={loss}"]:
        command += ["--set", setting]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    capture = np.load(tmp_path / "capture.npz")

    def values(key):
        array = capture[key]
        return array if array.dtype == np.float64 else array.view(np.float32).astype(np.float64)

    steps = make(net.parameters())
    for step in range(1, STEPS + 1):
        batch = slice((step - 1) * BATCH, step * BATCH)
        steps.zero_grad()
        error = LOSSES[loss](net(x[batch].to(dtype)), y[batch])
        error.backward()
        assert float(capture[f"step{step}.loss"]) == pytest.approx(float(error.detach()), rel=max(tolerance, 1e-12))
        for name, parameter in net.named_parameters():
            # Later steps begin where the earlier ones' roundings have led.
            check(f"step {step}, gradient of {name}", values(f"step{step}.grad.{name}"), parameter.grad.double().numpy(), tolerance * step)
        steps.step()
        for name, parameter in net.named_parameters():
            check(f"step {step}, {name}", values(f"step{step}.weight.{name}"), parameter.detach().double().numpy(), tolerance * 10 * step)
