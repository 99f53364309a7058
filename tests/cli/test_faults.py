# SPDX-License-Identifier: Apache-2.0
"""Kills, full disks, no memory, odd names: results survive, nothing is left behind, and the machine's trouble is exit 2 with a
message."""
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import time

import numpy
import pytest

from conftest import BINADE, ROOT, TRACE
from limits import MEGA, limited, peak_memory, run

SMALL = ("run", "--trace", TRACE, "--samples", "1", "--set", "core.rows=4", "--set", "core.cols=4")
ENERGY = ROOT / "models/cost/published.csv"


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


def files_below(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir())


# Killed runs and --resume

LONG = ("run", "--network", "resnet20-cifar", "--samples", "64", "--batch", "1")


def test_what_has_finished_survives_a_kill_and_resume_goes_on(binade, tmp_path):
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    # The first run ends at once and the second takes long: its array is tiny for it.
    words = ["dfp8", "posit16", "fp32"]
    arguments = ("run", "--network", "lenet5", "--format", ",".join(words), "--core", "cycle", "--batch", "1", "--samples", "6",
                 "--jobs", "1", "--out", "out", "--resume")
    process = subprocess.Popen([BINADE, *arguments], cwd=tmp_path, stdout=subprocess.DEVNULL, env=environment)
    first = tmp_path / "out/dfp8/report.json"
    wait_for(first.exists)
    process.kill()
    process.wait()
    assert not (tmp_path / "out/fp32/report.json").exists(), "the run was too short to be killed"
    written = first.read_bytes()
    assert json.loads(written)["complete"] and (tmp_path / "out/dfp8/layers.csv").exists()
    assert list((tmp_path / "tmp").iterdir()) == []
    assert binade(*arguments, env=environment).code == 0
    assert first.read_bytes() == written
    assert [json.loads((tmp_path / "out" / word / "report.json").read_text())["format"] for word in words] == words
    assert not [name for name in files_below(tmp_path / "out") if ".binade" in name or name.endswith(".part")]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_left_over_temporaries_go_and_other_files_stay(binade, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/.binade-99-0.part").write_text("half")
    (tmp_path / "out/report.json.part").write_text("the user's own")
    assert binade(*SMALL, "--format", "dfp8", "--out", "out").code == 0
    assert files_below(tmp_path / "out") == ["layers.csv", "report.html", "report.json", "report.json.part"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("formats", ["dfp8", "dfp8,flex16+5"])
def test_signals_leave_partial_reports(tmp_path, number, formats):
    # A terminal sends its signals to the whole group: parent and children alike.
    ours, theirs = os.openpty()
    process = subprocess.Popen([BINADE, *LONG, "--format", formats, "--out", "out"], cwd=tmp_path, stdout=subprocess.DEVNULL,
                               stderr=theirs, start_new_session=True)
    os.close(theirs)
    seen = b""
    while b"layers/s" not in seen:
        seen += os.read(ours, 4096)
    os.killpg(process.pid, number)
    assert process.wait(timeout=60) == 130
    os.close(ours)
    reports = list((tmp_path / "out").glob("**/report.json"))
    assert 1 <= len(reports) <= len(formats.split(","))  # of the formats that had begun
    assert all(json.loads(report.read_text())["complete"] is False for report in reports)


def change(name):
    """A change of one input under the same name: returns the arguments before, and what makes the change."""
    def weights(folder):
        with numpy.load(TRACE) as trace:
            members = {key: trace[key] for key in trace.files}
        members["fc2.bias"] = members["fc2.bias"] + (0 if not (folder / "t.npz").exists() else 1).__float__()
        numpy.savez(folder / "t.npz", **{key: value.astype("f4") if value.dtype == "f8" else value for key, value in members.items()})

    def table(folder):
        text = ENERGY.read_text()
        if (folder / "e.csv").exists():
            text = re.sub(r"^int_mul_8,[^,]*,", "int_mul_8,0.25,", text, flags=re.M)
        (folder / "e.csv").write_text(text)

    return {"weights": weights, "table": table}[name]


@pytest.mark.parametrize("what", ["weights", "table"])
def test_other_content_under_the_same_name_runs_again(binade, tmp_path, what):
    make = change(what)
    make(tmp_path)
    inputs = {"weights": ("--trace", "t.npz"), "table": ("--trace", TRACE, "--energy-table", "e.csv")}[what]
    arguments = ("run", *inputs, "--samples", "1", "--format", "posit8", "--out", "out", "--resume")
    report = tmp_path / "out/report.json"
    assert binade(*arguments).code == 0
    first = report.read_bytes()
    assert binade(*arguments).code == 0 and report.read_bytes() == first
    make(tmp_path)
    assert binade(*arguments).code == 0
    before, after = json.loads(first), json.loads(report.read_text())
    assert before["identity"] != after["identity"]
    changed = "digest" if what == "weights" else "energy"
    assert before[changed] != after[changed]


@pytest.mark.parametrize("alter", [
    lambda report: report.update(total_cycles=1),
    lambda report: report["layers"][0]["counters"].update({"core.macs": 1}),
    lambda report: report["energy"].update(total_pj=1.0),
    lambda report: report.update(wall_seconds=1e9),
    lambda report: report.pop("checksum"),
    lambda report: report.update(checksum="0" * 64),
    lambda report: report.update(extra=1),
])
def test_an_altered_report_is_not_kept(binade, tmp_path, alter):
    arguments = (*SMALL, "--format", "dfp8", "--out", "out", "--resume")
    assert binade(*arguments).code == 0
    file = tmp_path / "out/report.json"
    good = json.loads(file.read_text())
    altered = json.loads(file.read_text())
    alter(altered)
    file.write_text(json.dumps(altered, indent=2))
    assert binade(*arguments).code == 0
    again = json.loads(file.read_text())
    for key in ("total_cycles", "counters", "energy", "identity", "digest"):
        assert again[key] == good[key]
    assert "extra" not in again and len(again["checksum"]) == 64


def test_a_timeline_that_is_wanted_is_made(binade, tmp_path):
    arguments = (*SMALL, "--format", "dfp8", "--out", "out", "--resume")
    trace = tmp_path / "out/trace.json"
    assert binade(*arguments).code == 0 and not trace.exists()
    assert binade(*arguments, "--timeline").code == 0
    first = trace.read_bytes()
    kept = (tmp_path / "out/report.json").read_bytes()
    assert binade(*arguments, "--timeline").code == 0
    assert (tmp_path / "out/report.json").read_bytes() == kept
    for spoil in (trace.unlink, lambda: trace.write_bytes(first[:-9])):
        spoil()
        assert binade(*arguments, "--timeline").code == 0
        assert trace.read_bytes() == first


# Bad input is found before anything runs

@pytest.mark.parametrize("rows, word", [
    ("fp32_mul,1e308,pJ,read,x", "1e+12"), ("fp32_mul,-1,pJ,read,x", "0..1e+12"), ("fp32_mul,nan,pJ,read,x", "0..1e+12"),
    ("sram_1,1e-300,pJ/64bit,read,x\nsram_2,1e12,pJ/64bit,read,x", "exceed")])
def test_an_energy_table_out_of_range(refused, tmp_path, rows, word):
    lines = ENERGY.read_text().splitlines()
    names = {row.split(",")[0] for row in rows.splitlines()}
    kept = [line for line in lines if line.split(",")[0] not in names and not (word == "exceed" and line.startswith("sram_"))]
    (tmp_path / "e.csv").write_text("\n".join(kept + rows.splitlines()) + "\n")
    assert word in refused("run", "--network", "lenet5", "--energy-table", "e.csv", "--out", "out")
    assert not (tmp_path / "out").exists()


def test_an_energy_table_without_the_dram_of_the_platform(refused, tmp_path):
    kept = [line for line in ENERGY.read_text().splitlines() if not line.startswith("hbm2_")]
    (tmp_path / "e.csv").write_text("\n".join(kept) + "\n")
    assert "hbm2_transfer" in refused("run", "--network", "lenet5", "--set", "dram.preset=hbm2", "--energy-table", "e.csv", "--out", "out")
    assert not (tmp_path / "out").exists()


def test_an_energy_table_from_a_pipe_is_read_once(binade):
    result = binade(*SMALL, "--format", "dfp8,posit8", "--energy-table", "/dev/stdin", "--report-format", "json", input=ENERGY.read_text())
    assert result.code == 0, result.err


@pytest.mark.parametrize("name", ["report.json", "layers.csv", "report.html", "trace.json"])
def test_an_output_that_cannot_become_a_file(refused, tmp_path, name):
    (tmp_path / "out" / name).mkdir(parents=True)
    assert name in refused(*SMALL, "--format", "dfp8", "--out", "out", "--timeline")


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf", b""])
def test_a_byte_order_mark_is_no_text(binade, tmp_path, text):
    (tmp_path / "c.yaml").write_bytes(text + b"core:\n  rows: 4\n")
    (tmp_path / "e.csv").write_bytes(text + ENERGY.read_bytes())
    result = binade("run", "--config", "c.yaml", "--print-config")
    assert result.code == 0 and "rows: 4" in result.out
    assert binade(*SMALL, "--format", "dfp8", "--energy-table", "e.csv").code == 0


@pytest.mark.parametrize("content", [b"&x", b"%", b"% a\n", b",", b", a", b"~", b"null", b"core", b"5", b"- 1", b"\xff\xfec\0", b"a\0b: 1", b"core:\n  rows: 4\n\x1b[31m",
                                     b"\x80", b"core: {rows: 4}\n---\ncore: {rows: 8}\n", b"&x\n# note\n", b"\xed\xa0\x80", b"\xc0\xaf"])
def test_bytes_that_are_no_configuration(refused, tmp_path, content):
    (tmp_path / "c.yaml").write_bytes(content)
    message = refused("run", "--config", "c.yaml", "--print-config")
    assert message.startswith("c.yaml:") and message.isprintable(), message


@pytest.mark.parametrize("content", [b"", b"# note\n", b"\n \n", b"---\n", b"---\n# a\n...\n", b"\xef\xbb\xbf"])
def test_an_empty_configuration_is_one(binade, tmp_path, content):
    (tmp_path / "c.yaml").write_bytes(content)
    assert binade("run", "--config", "c.yaml", "--print-config").out == binade("run", "--print-config").out


def test_text_without_end_is_refused(tmp_path):
    for option in ("--config", "--energy-table"):
        code, out, err = run(("run", "--network", "lenet5", option, "/dev/zero"), tmp_path)
        assert code == 2 and b"/dev/zero" in err, err


def test_many_formats_take_no_time(refused, tmp_path):
    start = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    words = [f"e{e}m{m}" for e in range(2, 9) for m in range(1, 24)] + [f"posit{n}es{es}" for n in range(3, 33) for es in range(5)]
    (tmp_path / "c.yaml").write_text("format: [" + ", ".join(words * (200_000 // len(words) + 1)) + "]\n")
    assert "twice" in refused("run", "--network", "lenet5", "--config", "c.yaml")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - start[1] < 15


# Names of any bytes

ODD = [b"caf\xe9", b"\xff\xfe", b"a \"b\" 'c'", b"new\nline", b"\x1b[31mred", b"<b>&amp;", "naïve".encode()]


@pytest.mark.parametrize("name", ODD, ids=repr)
def test_paths_of_any_bytes(tmp_path, name):
    folder = os.fsencode(tmp_path) + b"/" + name
    os.mkdir(folder)
    trace, table = folder + b"/" + name + b".npz", folder + b"/" + name + b".csv"
    shutil.copy(TRACE, trace)
    shutil.copy(ENERGY, table)
    config = folder + b"/" + name + b".yaml"
    pathlib.Path(os.fsdecode(config)).write_text("core: {rows: 4, cols: 4}\n")
    arguments = ["run", "--trace", trace, "--samples", "1", "--energy-table", table, "--config", config, "--format", "dfp8,posit8",
                 "--timeline", "--out", folder + b"/out"]
    code, out, err = run(arguments, tmp_path)
    assert code == 0, err
    assert out.decode().replace("\n", "").isprintable()
    for word in ("dfp8", "posit8"):
        directory = pathlib.Path(os.fsdecode(folder)) / "out" / word
        assert "trace" in json.loads((directory / "report.json").read_text(encoding="utf-8"))["tensors"]
        for file in ("report.html", "layers.csv", "trace.json"):
            text = (directory / file).read_bytes().decode("utf-8")
            assert "\x1b" not in text
    code, out, err = run([*arguments[:-2], "--out", folder + b"/out2", "--report-format", "json"], tmp_path)
    assert code == 0 and len(json.loads(out.decode())["reports"]) == 2, err


@pytest.mark.parametrize("pattern", [b"[\xff" b"f]c1", b"[\x1b" b"f]c1"])
def test_layer_patterns_of_any_bytes(tmp_path, pattern):
    code, out, err = run(["run", "--trace", TRACE, "--samples", "1", "--format", "dfp8", "--layers", pattern, "--out", "out", "--report-format", "json"], tmp_path)
    assert code == 0, err
    report = json.loads(out.decode())
    assert [layer["name"] for layer in report["layers"]] == ["fc1"] and report["layers_selected"].isprintable()


def test_messages_escape_what_terminals_obey(tmp_path):
    for arguments in (["run", "--config", b"\x1b[2Jx\xff"], ["run", "--network", b"\x1b]0;x\x07"], ["run", "--network", "lenet5", "--layers", b"\x9b1m"],
                      [b"\x1b[2J"], ["run", "--network", "lenet5", "--set", b"core.rows=\x1b[2J"]):
        code, out, err = run(arguments, tmp_path)
        assert code == 2 and err and b"\x1b" not in err and b"\x07" not in err
        assert err.decode().replace("\n", "").isprintable(), err


# Output files

def full_disk(tmp_path):
    """A file system of a few blocks, or a skip."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", disk], capture_output=True, text=True)
    if made.returncode != 0:
        print("SKIPPED: no small file system can be mounted: " + made.stderr)
        pytest.skip("no small file system can be mounted: " + made.stderr)
    return disk


def check_full(code, out, err, directory):
    assert code == 2, err
    lines = err.decode().splitlines()
    assert lines and all(line.startswith("binade: error: ") and "cannot write" in line for line in lines), err
    assert json.loads(out)["network" if "network" in json.loads(out) else "runs"]  # the result is not lost
    assert not [name for name in files_below(directory) if name.endswith(".part")]


@pytest.mark.parametrize("formats", ["dfp8", "dfp8,posit8"])
def test_a_full_disk(tmp_path, formats):
    disk = full_disk(tmp_path)
    try:
        check_full(*run([*SMALL, "--format", formats, "--out", "disk/out", "--report-format", "json"], tmp_path), disk)
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("formats", ["dfp8", "dfp8,posit8"])
def test_files_that_may_not_grow(tmp_path, formats):
    def prepare():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limited(FSIZE=2048)()
    check_full(*run([*SMALL, "--format", formats, "--out", "out", "--report-format", "json"], tmp_path, preexec_fn=prepare), tmp_path)


def test_links_in_the_way_are_not_followed(binade, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "precious").write_text("mine")
    for name in ("report.json", "layers.csv", "report.html"):
        (tmp_path / "out" / (name + ".part")).symlink_to(tmp_path / "precious")
        (tmp_path / "out" / name).symlink_to(tmp_path / "precious")
    assert binade(*SMALL, "--format", "dfp8", "--out", "out").code == 0
    assert (tmp_path / "precious").read_text() == "mine"
    assert json.loads((tmp_path / "out/report.json").read_text())["format"] == "dfp8"


def test_a_device_is_written_to_and_stays(binade, tmp_path):
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / "out/layers.csv")
    reader = subprocess.Popen(["cat", tmp_path / "out/layers.csv"], stdout=subprocess.PIPE)
    (tmp_path / "out/report.html").symlink_to("/dev/null")
    assert binade(*SMALL, "--format", "dfp8", "--out", "out").code == 0
    assert reader.communicate(timeout=10)[0].startswith(b"layer,op")
    assert (tmp_path / "out/layers.csv").is_fifo() and (tmp_path / "out/report.html").is_symlink()


# The machine

@pytest.mark.parametrize("formats", ["posit8", "posit8,dfp8"])
@pytest.mark.parametrize("mega", [100, 150, 200, 300])
def test_little_address_space(tmp_path, formats, mega):
    code, out, err = run(("run", "--network", "lenet5", "--format", formats, "--out", "made/out"), tmp_path, preexec_fn=limited(AS=mega * MEGA))
    assert code in (0, 2), err
    assert (tmp_path / "made").exists() == (code == 0)  # no empty folder is left
    if code == 2:
        lines = err.decode().splitlines()
        assert len(lines) == 1 and "not enough memory" in lines[0], err
    else:
        assert b"posit8" in out
    assert code == (2 if mega < 200 else 0) or mega == 200


@pytest.mark.parametrize("formats", ["posit8", "posit8,dfp8"])
def test_threads_that_cannot_be_made(tmp_path, formats):
    code, out, err = run((*SMALL, "--format", formats, "--threads", "1024"), tmp_path, preexec_fn=limited(AS=2000 * MEGA))
    assert code == 2 and out == b""
    assert len(err.splitlines()) == 1 and b"--threads 1024" in err, err


@pytest.mark.parametrize("formats", ["posit8", "posit8,dfp8"])
def test_few_open_files(tmp_path, formats):
    seen = set()
    for files in range(3, 12):
        code, out, err = run((*SMALL, "--format", formats, "--out", "out"), tmp_path, preexec_fn=limited(NOFILE=files))
        if err.startswith(os.fsencode(BINADE)):  # the loader could not open the libraries
            continue
        seen.add(code)
        assert code in (0, 2), (files, err)
        assert code == 0 or err.startswith(b"binade: error: "), err
    assert seen == {0, 2} or seen == {0}


def test_no_place_for_temporary_files_is_needed(binade):
    result = binade(*SMALL, "--format", "dfp8,posit8", env={**os.environ, "TMPDIR": "/none"})
    assert result.code == 0, result.err


def test_a_large_scratchpad_takes_what_is_used(tmp_path):
    largest = [("--set", f"scratchpad.{pad}_bytes={1 << 34}") for pad in "abo"]
    code, err, small = peak_memory((*SMALL, "--format", "dfp8"), tmp_path)
    assert code == 0, err
    arguments = (*SMALL, "--format", "dfp8", *(word for pair in largest for word in pair))
    code, err, large = peak_memory(arguments, tmp_path)
    assert code == 0, err
    assert large < small + 64 * MEGA
    code, out, err = run(arguments, tmp_path, preexec_fn=limited(AS=600 * MEGA))
    assert code == 0, err


# The program's own files

def test_a_program_that_was_moved_does_not_read_the_folder_it_was_built_from(tmp_path):
    program = tmp_path / "bin/binade"
    program.parent.mkdir()
    shutil.copy(BINADE, program)
    environment = {key: value for key, value in os.environ.items() if key != "BINADE_SHARE"}
    arguments = [program, "run", "--network", "lenet5", "--format", "dfp8"]
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=60)
    assert done.returncode == 2 and "BINADE_SHARE" in done.stderr and "published.csv" in done.stderr, done.stderr
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=tmp_path, env={**environment, "BINADE_SHARE": str(ROOT)}, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_report_names_the_reference_library(binade):
    assert binade(*SMALL, "--format", "dfp8", "--report-format", "json").json()["reference"].startswith("OpenBLAS, kernels for ")
