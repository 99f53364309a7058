# SPDX-License-Identifier: Apache-2.0
"""docs/fidelity.md names only tests that exist, and every fidelity test is on the page."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "fidelity.md").read_text()


def cases_by_program():
    """{program: {Suite.Case}} from the sources that each binade_test() lists."""
    programs = {}
    for lists in (ROOT / "tests").rglob("CMakeLists.txt"):
        text = lists.read_text()
        for loop, names, body in re.findall(r"foreach\((\w+) ([^)]*)\)(.*?)endforeach", text, re.S):
            text += "".join(body.replace("${%s}" % loop, name) for name in names.split())
        for name, body in re.findall(r"binade_test\(([\w.]+)(.*?)\)", text, re.S):
            sources = [lists.parent / word for word in body.split() if word.endswith(".cpp")]
            found = programs.setdefault(name, set())
            for source in sources:
                if source.exists():
                    found.update(f"{s}.{c}" for s, c in re.findall(r"^(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\((\w+),\s*(\w+)", source.read_text(), re.M))
    return programs


def test_every_named_test_exists():
    programs = cases_by_program()
    named = re.findall(r"`([\w.]+)\.(\w+\.\w+)`", PAGE)
    assert len(named) > 50
    assert [f"{p}.{c}" for p, c in named if c not in programs.get(p, ())] == []
    for file, function in re.findall(r"`(\w+\.py)::(\w+)`", PAGE):
        assert re.search(rf"^def {function}\(", next((ROOT / "tests").rglob(file)).read_text(), re.M), function


def test_every_fidelity_test_is_on_the_page():
    assert [c for c in sorted(cases_by_program()["fidelity"]) if f"`fidelity.{c}`" not in PAGE] == []
