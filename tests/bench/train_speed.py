#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Training speed of `binade train` on one thread, and of PyTorch in binary32 on one thread in the same run.

    tests/bench/train_speed.py BINADE [--data DIR] [--network NAME ...] [--recipe NAME[,KEY=WORD...] ...] [--rounds N] [--threads N]

Images a second of processor time: that of a long run less that of a short one, so neither starting, reading data nor the tries
of a first step count. Ours and PyTorch's take turns; each row is the best of its rounds. Without PyTorch there are no ratios.
Behind it the most memory that a run of ours held, its data and the evaluation included.

With --threads: how many times as fast N threads are as one by the wall clock, of the best steps of each, and the processor time that
both take. Both need the machine for themselves.
"""

import argparse
import os
import subprocess
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    torch = None

BATCH = 64
# Steps of the short and of the long run; of the long run where the wall clock is read.
NETWORKS = {"lenet5": (2, 32), "resnet20-cifar": (1, 3)}
LONG = {"lenet5": 92, "resnet20-cifar": 7}
ONE_POSIT = ",".join(f"{stage}=posit16es1" for stage in "OFBGL")
RECIPES = ["positnn", "flexpoint", "dfp8", f"positnn,{ONE_POSIT},quire=off", "dfp16", "bf16", "fp32"]


def train(binade, network, recipe, data, steps, threads=1):
    """Seconds of processor time, MiB, and seconds by the wall clock."""
    command = [binade, "train", "--network", network, "--recipe", recipe, "--batch", str(BATCH), "--steps", str(steps)]
    command += ["--threads", str(threads)] + (["--data", data] if data else [])
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)}: exit {os.waitstatus_to_exitcode(status)}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, time.perf_counter() - began


def our_rate(binade, network, recipe, data):
    short, long = NETWORKS[network]
    (more, memory, _), (less, _, _) = train(binade, network, recipe, data, long), train(binade, network, recipe, data, short)
    return (long - short) * BATCH / (more - less), memory


def step_seconds(binade, network, recipe, data, threads, rounds):
    """Of a step, the least of each: processor time, wall clock."""
    short, long = NETWORKS[network][0], LONG[network]
    runs = {steps: [train(binade, network, recipe, data, steps, threads) for _ in range(rounds)] for steps in (short, long)}
    return [(min(run[i] for run in runs[long]) - min(run[i] for run in runs[short])) / (long - short) for i in (0, 2)]


def compare_threads(options):
    print(f"batch {BATCH}, a step in milliseconds, best of {options.rounds}")
    for network in options.network:
        for recipe in options.recipe:
            one, many = (
                step_seconds(options.binade, network, recipe, options.data, threads, options.rounds)
                for threads in (1, options.threads)
            )
            print(
                f"{network:16} {recipe:80} one thread {one[1] * 1e3:7.1f}, {options.threads} threads {many[1] * 1e3:7.1f}:",
                f"{one[1] / many[1]:.2f} times; processor time {one[0] * 1e3:.1f} and {many[0] * 1e3:.1f}",
            )


def lenet5():
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(6, 16, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(16, 120, 5), nn.ReLU(), nn.Flatten(),
        nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def resnet20():
    """He et al. 2016 (arXiv 1512.03385) section 4.2: shortcuts of option A."""
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self, before, width, stride):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
            self.conv2, self.bn2 = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
            self.stride, self.more = stride, width - before

        def forward(self, x):
            y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))
            return torch.relu(y + x)

    layers, before = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for width in (16, 32, 64):
        for _ in range(3):
            layers.append(Block(before, width, 1 if width == before else 2))
            before = width
    return nn.Sequential(*layers, nn.AvgPool2d(8), nn.Flatten(), nn.Linear(64, 10))


def their_rate(network):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model, shape, steps = (lenet5(), (1, 28, 28), 40) if network == "lenet5" else (resnet20(), (3, 32, 32), 3)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5)
    x, y = torch.randn(BATCH, *shape), torch.randint(0, 10, (BATCH,))

    def step():
        optimiser.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimiser.step()

    step()
    before = time.process_time()
    for _ in range(steps):
        step()
    return steps * BATCH / (time.process_time() - before)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binade")
    parser.add_argument("--data", default=os.environ.get("BINADE_DATA_DIR"))
    parser.add_argument("--network", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--recipe", nargs="+", default=RECIPES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="compare N threads with one by the wall clock")
    options = parser.parse_args()
    if options.threads > 1:
        return compare_threads(options)
    print(f"batch {BATCH}, one thread, images a second of processor time, best of {options.rounds};",
          f"data of {options.data}" if options.data else "synthetic data")
    if torch is None:
        print("PyTorch is not installed: no ratios to it", file=sys.stderr)
    for network in options.network:
        ours, memory, theirs = dict.fromkeys(options.recipe, 0.0), dict.fromkeys(options.recipe, 0.0), 0.0
        for _ in range(options.rounds):
            for recipe in options.recipe:
                rate, held = our_rate(options.binade, network, recipe, options.data)
                ours[recipe], memory[recipe] = max(ours[recipe], rate), max(memory[recipe], held)
            if torch is not None:
                theirs = max(theirs, their_rate(network))
        if theirs:
            print(f"{network:16} {'PyTorch fp32':80} {theirs:8.0f}")
        for recipe, rate in ours.items():
            ratio = f"  {rate / theirs:.2f} of PyTorch" if theirs else ""
            print(f"{network:16} {recipe:80} {rate:8.0f}{ratio}  {memory[recipe]:.0f} MiB")


if __name__ == "__main__":
    main()
