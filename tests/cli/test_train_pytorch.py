# SPDX-License-Identifier: Apache-2.0
"""Training steps of `binade train` against PyTorch: every activation's and weight's gradient, velocities and weights of some steps.

binary64 agrees within 1e-10 of each tensor's largest element, fp32 within 1e-4 (sums that cancel; 4e-5 was seen). Skips where PyTorch is not installed.
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


# What the network above lacks: transposed convolutions, bounds, paddings that differ by side and leave a column unread, concatenations,
# averages without padding and of the whole image, batch normalisation of features, layer normalisation.
IMAGES = """
network: images
classes: 4
inputs:
  - {name: input, shape: [2, 9, 8]}
layers:
  - {name: up, op: convtranspose, channels: 4, kernel: 3, stride: 2, pad: 1, output_pad: 1, groups: 2}
  - {name: leaky, op: leakyrelu, slope: 0.1}
  - {name: left, op: conv, channels: 4, kernel: 3, stride: 2, pad: [1, 0, 2, 2], inputs: [leaky]}
  - {name: right, op: conv, channels: 2, kernel: 3, stride: 2, pad: [1, 0, 2, 2], groups: 2, bias: false, inputs: [leaky]}
  - {name: both, op: concat, inputs: [left, right, left]}
  - {name: bend, op: gelu}
  - {name: clip, op: clip, least: -0.1, most: 0.4}
  - {name: average, op: avgpool, kernel: 3, stride: 2, pad: 1, count_include_pad: false}
  - {name: whole, op: avgpool, whole: true}
  - {name: flat, op: flatten}
  - {name: fc1, op: linear, features: 12}
  - {name: sigmoid, op: sigmoid}
  - {name: norm, op: layernorm}
  - {name: fc2, op: linear, features: 4}
"""
ATTENTION = """
network: attention
classes: 4
inputs:
  - {name: input, shape: [4, 6]}
layers:
  - {name: q, op: linear, features: 6}
  - {name: k, op: linear, features: 6, bias: false, inputs: [input]}
  - {name: v, op: linear, features: 6, inputs: [input]}
  - {name: scores, op: matmul, transpose_b: true, heads: 2, scale: 0.5, inputs: [q, k]}
  - {name: weights, op: softmax, heads: 2}
  - {name: mixed, op: matmul, heads: 2, inputs: [weights, v]}
  - {name: sum, op: add, inputs: [mixed, q]}
  - {name: norm, op: layernorm}
  - {name: gelu, op: gelu}
  - {name: flat, op: flatten}
  - {name: fc1, op: linear, features: 8, bias: false}
  - {name: bn, op: batchnorm}
  - {name: relu, op: relu}
  - {name: fc2, op: linear, features: 4}
"""


def build_images():
    nn, F = torch.nn, torch.nn.functional

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.up = nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1, groups=2)
            self.left = nn.Conv2d(4, 4, 3, stride=2)
            self.right = nn.Conv2d(4, 2, 3, stride=2, groups=2, bias=False)
            self.fc1, self.norm, self.fc2 = nn.Linear(10, 12), nn.LayerNorm(12), nn.Linear(12, 4)

        def forward(self, x):
            x = F.pad(F.leaky_relu(self.up(x), 0.1), (0, 2, 1, 2))
            left = self.left(x)
            x = F.hardtanh(F.gelu(torch.cat([left, self.right(x), left], 1)), -0.1, 0.4)
            x = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False).mean((2, 3))
            return self.fc2(self.norm(torch.sigmoid(self.fc1(x))))

    return Net()


def build_attention():
    nn = torch.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.q, self.k, self.v = nn.Linear(6, 6), nn.Linear(6, 6, bias=False), nn.Linear(6, 6)  # k's bias has no gradient
            self.norm, self.fc1, self.bn, self.fc2 = nn.LayerNorm(6), nn.Linear(24, 8, bias=False), nn.BatchNorm1d(8), nn.Linear(8, 4)

        def forward(self, x):
            q, k, v = (layer(x).unflatten(2, (2, 3)).transpose(1, 2) for layer in (self.q, self.k, self.v))
            mixed = torch.softmax(q @ k.transpose(2, 3) / 2, 3) @ v
            x = torch.nn.functional.gelu(self.norm((mixed + q).transpose(1, 2).flatten(2))).flatten(1)
            return self.fc2(torch.relu(self.bn(self.fc1(x))))

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
@pytest.mark.parametrize("recipe,tolerance", [("binary64", 1e-10), ("fp32", 1e-4)])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_steps(tmp_path, optimiser, loss, recipe, tolerance):
    compare(tmp_path, NETWORK, build(lambda x: x), optimiser, loss, recipe, tolerance)


# RMSProp's first steps divide by what softmax leaves of gradients, which magnifies roundings of fp32.
@pytest.mark.skipif(torch is None, reason="SKIPPED: no PyTorch to compare with")
@pytest.mark.parametrize("recipe,tolerance", [("binary64", 1e-10), ("fp32", 1e-4)])
def test_softmax_as_a_layer(tmp_path, recipe, tolerance):
    compare(tmp_path, WITH_SOFTMAX, build(lambda x: torch.softmax(x, 1)), "momentum", "cross-entropy", recipe, tolerance)


@pytest.mark.skipif(torch is None, reason="SKIPPED: no PyTorch to compare with")
@pytest.mark.parametrize("recipe,tolerance", [("binary64", 1e-10), ("fp32", 1e-4)])
@pytest.mark.parametrize("network", ["images", "attention"])
def test_other_operations(tmp_path, network, recipe, tolerance):
    words, net, shape = (IMAGES, build_images(), (2, 9, 8)) if network == "images" else (ATTENTION, build_attention(), (4, 6))
    compare(tmp_path, words, net, "momentum", "cross-entropy", recipe, tolerance, shape)


def compare(tmp_path, network, net, optimiser, loss, recipe, tolerance, shape=(2, 9, 8)):
    seed = int.from_bytes(os.urandom(4), "little")
    print("seed", seed)
    torch.manual_seed(seed)
    dtype = torch.float64 if recipe == "binary64" else torch.float32
    net.to(dtype)
    for parameter in net.parameters():
        torch.nn.init.uniform_(parameter, -0.5, 0.5)
    x = torch.randn(BATCH * STEPS, *shape, dtype=torch.float32)
    y = torch.randint(0, 4, (BATCH * STEPS,))
    np.savez(tmp_path / "data.npz", x=x.numpy(), y=y.numpy())
    np.savez(tmp_path / "init.npz", **{k: v.numpy() for k, v in net.state_dict().items() if "num_batches" not in k})
    (tmp_path / "net.yaml").write_text(network)
    settings, make = OPTIMISERS[optimiser]
    command = [BINADE, "train", "--network", tmp_path / "net.yaml", "--data", tmp_path / "data.npz"]
    command += ["--init", tmp_path / "init.npz", "--recipe", recipe, "--order", "sequential", "--batch", str(BATCH)]
    command += ["--steps", str(STEPS), "--out", tmp_path / "out", "--capture", tmp_path / "capture.npz"]
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
    trained = np.load(tmp_path / "out/weights.npz")
    for name, buffer in net.named_buffers():
        if "running" in name:
            check(name, trained[name].astype(np.float64), buffer.double().numpy(), tolerance * 10 * STEPS)
