# SPDX-License-Identifier: Apache-2.0
"""The packages of rtl/common are what models/spec says, and a difference is seen and mended."""
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def generate(*definitions):
    return subprocess.run(["cmake", *definitions, "-P", str(ROOT / "cmake/spec_package.cmake")], capture_output=True, text=True)


def test_the_packages_say_what_the_lists_say():
    done = generate("-DCHECK=ON")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package, right, wrong", [("dataflow_pkg", "WeightStationary = 1", "WeightStationary = 0"),
                                                   ("rounding_pkg", "Sr = 3'd4", "Sr = 3'd5"),
                                                   ("core_config_pkg", "logic [7:0] latency", "logic [15:0] latency")])
def test_a_difference_is_seen_and_mended(tmp_path, package, right, wrong):
    packages = tmp_path / "common"
    shutil.copytree(ROOT / "rtl/common", packages)
    path = packages / f"{package}.sv"
    sound = path.read_text()
    assert sound.count(right) == 1
    path.write_text(sound.replace(right, wrong))
    done = generate("-DCHECK=ON", f"-DPACKAGES={packages}")
    assert done.returncode != 0 and package in done.stderr, done.stderr
    assert generate(f"-DPACKAGES={packages}").returncode == 0 and path.read_text() == sound


def test_a_new_row_reaches_its_package(tmp_path):
    shutil.copytree(ROOT / "rtl/common", tmp_path / "common")
    shutil.copytree(ROOT / "models/spec", tmp_path / "spec")
    rows = tmp_path / "spec/enumerations.def"
    rows.write_text(rows.read_text().replace("#undef DATAFLOW", 'DATAFLOW(InputStationary, 2, "is: an element keeps its input")\n#undef DATAFLOW'))
    assert generate(f"-DPACKAGES={tmp_path / 'common'}", f"-DSPEC_DIR={tmp_path / 'spec'}").returncode == 0
    assert "int unsigned InputStationary = 2;" in (tmp_path / "common/dataflow_pkg.sv").read_text()
