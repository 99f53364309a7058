# SPDX-License-Identifier: Apache-2.0
"""Which sources a module is made of, and their digest: what ties a figure to the RTL that it was measured on."""
import hashlib
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
RTL = ROOT / "rtl"


def sources(rtl=RTL):
    """Module or package -> file, in reading order."""
    return {pathlib.Path(name).stem: rtl / name for name in (rtl / "sources.f").read_text().split()}


def parameters(module):
    """The names of its parameters, as its header has them; None where that is no module of the RTL."""
    files = sources()
    text = re.sub(r"//[^\n]*", "", files[module].read_text()) if module in files else ""
    header = re.search(rf"\bmodule\s+{re.escape(module)}\b([^;]*);", text)
    return re.findall(r"\bparameter\b[^=,]*?(\w+)\s*=", header[1]) if header else None


def closure(top, files):
    """The names that `top` is made of, itself included, in reading order."""
    reached, pending = set(), [top]
    while pending:
        name = pending.pop()
        if name in reached:
            continue
        reached.add(name)
        text = re.sub(r"//[^\n]*", "", files[name].read_text())
        words = set(re.findall(r"\w+", text))
        pending += [other for other in files if other in words and other not in reached]
    return [name for name in files if name in reached]


def digest(top, rtl=RTL):
    """Of the text of every source of a module."""
    files = sources(rtl)
    content = hashlib.sha256()
    for name in closure(top, files):
        content.update(name.encode() + b"\0" + files[name].read_bytes() + b"\0")
    return content.hexdigest()[:16]


def revision():
    """The last commit that changed the RTL, with + where it has changed since; empty outside a repository."""
    def git(*arguments):
        return subprocess.run(["git", "-C", str(ROOT), *arguments, "--", "rtl/*.sv", ":!rtl/formal", "rtl/sources.f"], capture_output=True, text=True)
    last = git("log", "-1", "--format=%H")
    if last.returncode:
        return ""
    return last.stdout.strip() + ("+" if git("status", "--porcelain").stdout.strip() else "")
