# SPDX-License-Identifier: Apache-2.0
"""A mismatch that was found is said and is exit 1, whatever else fails; what can fail is tried before anything runs."""
import json
import os
import pathlib
import resource
import shlex
import signal
import stat
import subprocess

import pytest

BINADE = os.environ.get("BINADE", str(pathlib.Path(__file__).resolve().parents[2] / "build/binade"))


def full_disk():
    """Files may not grow beyond a few bytes: writing fails as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))


@pytest.mark.parametrize("more", [[], ["--wave", "w.fst"]])
def test_a_mismatch_whose_files_cannot_be_written_is_said(verify, broken_posit, tmp_path, more):
    assert verify(*broken_posit, *more).returncode == 1  # builds the module
    (tmp_path / "mismatch.csv").unlink()
    done = verify(*broken_posit, *more, preexec_fn=full_disk)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "MISMATCH block " in done.stdout and "--out mismatch.csv: cannot write" in done.stdout and "replay" not in done.stdout
    assert "MISMATCH block " in done.stderr
    report = json.loads(verify(*broken_posit, "--report-format", "json", preexec_fn=full_disk).stdout)
    assert report["mismatches"] and not report["equal"] and report["mismatch_file"] is None and "mismatch.csv" in report["unwritten"]


def test_a_mismatch_is_said_where_standard_output_is_full(verify, broken_posit):
    with open("/dev/full", "w") as full:
        done = verify(*broken_posit, stdout=full)
    assert done.returncode == 1, done.stderr
    assert "MISMATCH block " in done.stderr and "standard output: cannot write" in done.stderr


@pytest.mark.parametrize("signals", [1, 2])
def test_an_interrupt_does_not_swallow_a_mismatch(broken_posit, tmp_path, signals):
    command = [BINADE, "verify", *map(str, broken_posit), "--count", "1000000000", "--failures", "1000000000"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if "MISMATCH block " in line:
                break
        for _ in range(signals):
            process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    if signals == 1:
        assert "MISMATCH block " in output and "mismatch.csv" in output


@pytest.mark.parametrize("out, why", [("nowhere/m.csv", "no directory nowhere"), (".", "not a regular file"), ("/dev/null", "not a regular file"),
                                      ("/proc/m.csv", "cannot write there")])
def test_where_a_mismatch_could_not_be_left_nothing_runs(verify, broken_posit, out, why):
    done = verify(*broken_posit, "--out", out)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == "" and "building" not in done.stderr
    assert f"--out {out}: {why}" in done.stderr and "allowed:" in done.stderr
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_the_replay_line_is_one_that_a_shell_reads_back(verify, broken_posit, tmp_path):
    name = "it's $HOME; a `b`.csv"
    done = verify(*broken_posit, "--out", name, "--seed", "5")
    assert done.returncode == 1, done.stdout + done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("replay: "))
    assert name in shlex.split(line) and line.endswith("'\\''s $HOME; a `b`.fst'")
    (tmp_path / "binade").symlink_to(BINADE)
    again = subprocess.run(["sh", "-c", line.removeprefix("replay: ")], cwd=tmp_path, capture_output=True, text=True, timeout=600,
                           env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert again.returncode == 1 and "MISMATCH" in again.stdout, again.stdout + again.stderr
    assert (tmp_path / name).with_suffix(".fst").stat().st_size > 0


@pytest.mark.parametrize("arguments, words", [
    (["--seed", "-1"], ["--seed", "-1", "allowed: 0 to"]),
    (["--seed", "1e3"], ["--seed", "allowed: 0 to"]),
    (["--count", "-1"], ["--count"]),
    (["--jobs", "-1"], ["--jobs"]),
    (["--failures", "-1"], ["--failures"]),
    (["--drive", "x=-1"], ["--drive x", "'-1'", "0xc"]),
    (["--drive", "a_i=1"], ["--drive a_i", "the stimulus drives this input"]),
    (["--drive", "clk_i=1"], ["--drive clk_i", "the stimulus drives this input"]),
    (["--drive", "next_o=1"], ["--drive next_o", "an output"]),
    (["--drive", "scan=1"], ["--drive scan", "no such port", "none"]),
])
def test_what_makes_no_sense_is_refused(verify, broken_posit, arguments, words):
    done = verify(*broken_posit, *arguments)
    assert done.returncode == 2 and done.stdout == "", done.stdout + done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


def test_a_driven_port_is_held_and_its_neighbours_are_named(verify, tmp_path):
    """A module with two further inputs, one of 65 bits, that must be 0 and 5."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/mine.sv").write_text("""module mine(input logic [7:0] code_i, input logic [64:0] scan_i, input logic [2:0] key_i,
    output logic zero_o, nar_o, negative_o, output logic signed [4:0] scale_o, output logic [4:0] significand_o);
  logic zero; assign zero_o = key_i == 5 && scan_i == 0 ? zero : !zero;
  posit_decoder #(.N(8), .Es(1)) u(.code_i, .zero_o(zero), .nar_o, .negative_o, .scale_o, .significand_o);
endmodule
""")
    sources = (pathlib.Path(__file__).resolve().parents[2] / "rtl")
    listed = [str(sources / line) for line in (sources / "sources.f").read_text().split()]
    (tmp_path / "mine/sources.f").write_text("\n".join([*listed, "mine.sv"]) + "\n")
    mine = ["posit_decoder", "--format", "posit8es1", "--count", "100", "--rtl", "mine", "--top", "mine"]
    assert verify(*mine, "--drive", "scan_i=0", "--drive", "key_i=5").returncode == 0
    assert verify(*mine, "--drive", "scan_i=1", "--drive", "key_i=5").returncode == 1
    wide = verify(*mine, "--drive", "scan_i=0", "--drive", "key_i=8")
    assert wide.returncode == 2 and "--drive key_i: 0x8 is too wide; allowed: 3 bits" in wide.stderr, wide.stderr
    pin = verify(*mine, "--drive", "scan_i=0", "--drive", "key_i=5", "--drive", "code_i=3")
    assert pin.returncode == 2 and "allowed: key_i scan_i" in pin.stderr or "allowed: scan_i key_i" in pin.stderr, pin.stderr


def test_a_run_that_ends_early_is_the_same_on_any_number_of_threads(verify, tmp_path):
    """A decoder that is wrong at two codes, so that most blocks pass and threads are ahead of the one that fails."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/mine.sv").write_text("""module mine(input logic [15:0] code_i, output logic zero_o, nar_o, negative_o,
    output logic signed [5:0] scale_o, output logic [12:0] significand_o);
  logic zero; assign zero_o = zero ^ (code_i == 16'h3a5c || code_i == 16'hb17e);
  posit_decoder #(.N(16), .Es(1)) u(.code_i, .zero_o(zero), .nar_o, .negative_o, .scale_o, .significand_o);
endmodule
""")
    rtl = pathlib.Path(__file__).resolve().parents[2] / "rtl"
    listed = [str(rtl / line) for line in (rtl / "sources.f").read_text().split()]
    (tmp_path / "mine/sources.f").write_text("\n".join([*listed, "mine.sv"]) + "\n")
    mine = ["posit_decoder", "--format", "posit16es1", "--count", "1000000", "--rtl", "mine", "--top", "mine", "--report-format", "json"]

    def outcome(jobs, failures):
        done = verify(*mine, "--jobs", jobs, "--failures", failures)
        assert done.returncode == 1, done.stdout + done.stderr
        return {**json.loads(done.stdout), "seconds": 0}, (tmp_path / "mismatch.csv").read_text()
    for failures in (1, 3):
        alone = outcome(1, failures)
        blocks = [one["block"] for one in alone[0]["mismatches"]]
        assert len(blocks) == failures == alone[0]["failing_blocks"] and blocks == sorted(blocks), blocks
        assert not alone[0]["complete"] and alone[0]["blocks"] == blocks[-1] + 1 > failures
        for jobs in (2, 8, 8):
            assert outcome(jobs, failures) == alone, (jobs, failures)
