# SPDX-License-Identifier: Apache-2.0
"""What the tests share: the program, where the environment variable BINADE names it."""
import os
import subprocess

PROGRAM = os.environ.get("BINADE")


def evaluated(arguments, lines):
    """Result lines of `binade eval`."""
    done = subprocess.run([PROGRAM, "eval", *arguments], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    return done.stdout.splitlines()
