# SPDX-License-Identifier: Apache-2.0
"""The program within limits: of time, of resources, of memory that is measured."""
import os
import resource
import subprocess

import pytest

from conftest import BINADE

MEGA = 1 << 20


def limited(**limits):
    """For preexec_fn: resource limits by their short names, in bytes or numbers."""
    def apply():
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, "RLIMIT_" + name), (value, value))
    return apply


def run(arguments, cwd, limit=60, **options):
    """The program with a time limit that kills, whatever it waits for."""
    with subprocess.Popen([BINADE, *map(os.fspath, arguments)], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          **options) as process:
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            pytest.fail(f"still running after {limit} s: {arguments}")
    return process.returncode, out, err


def peak_memory(arguments, cwd, **options):
    """Exit code, stderr and the largest resident set of one run, in bytes."""
    process = subprocess.Popen([BINADE, *map(os.fspath, arguments)], cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    err = process.stderr.read()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, err, usage.ru_maxrss * 1024
