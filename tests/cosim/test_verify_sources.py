# SPDX-License-Identifier: Apache-2.0
"""Where the sources of somebody else's module come from: file lists, folders, libraries; adapter files; wrappers to fill in."""
import json
import os
import pathlib
import subprocess

import jsonschema
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs/adapter.schema.json"
UNIT = ["posit_encoder", "--format", "posit8"]
TOP = """`include "width.svh"
module mine(input logic zero_i, negative_i, input logic signed [15:0] scale_i, input logic [62:0] fraction_i, output logic [`WIDTH-1:0] code_o);
  import of_mine::*;
  library_cell u(.a(zero_i ^ `FLIP ^ `FLIP));
  beside_cell v(.a(fraction_i[0]));
  posit_encoder #(.N(8), .Es(2), .ScaleBits(16), .FractionBits(63)) w(.zero_i, .nar_i(1'b0), .negative_i, .scale_i, .fraction_i,
    .sticky_i(1'b0), .rounding_i(Mode), .random_i('0), .code_o, .events_o());
endmodule
"""
LIST = """// what a simulator is given\r
+incdir+inc  /* two
lines */ +define+FLIP=1
# sources
"$OURS/common/rounding_pkg.sv" ${OURS}/common/events_pkg.sv $(OURS)/posit/posit_encoder.sv\r
-y lib +libext+.sv
-v one/beside.v -sv
-f more.f
"""


@pytest.fixture
def project(tmp_path):
    for name, text in {
        "inc/width.svh": "`define WIDTH 8\n", "lib/library_cell.sv": "module library_cell(input a); endmodule\n",
        "one/beside.v": "module beside_cell(input a); endmodule\n", "more.f": "src/zz_mine_pkg.sv\nsrc/mine.sv\n",
        "src/zz_mine_pkg.sv": "package of_mine; localparam logic [2:0] Mode = rounding_pkg::Rtz; endpackage\n", "src/mine.sv": TOP,
        "src/broken.sv": "module broken(; this is no SystemVerilog \n", "files.f": LIST,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, newline="")
    return tmp_path


@pytest.fixture
def run(verify):
    return lambda *arguments: verify(*arguments, env={**os.environ, "OURS": str(ROOT / "rtl")})


def test_a_file_list_and_the_same_by_options(project, run):
    done = run(*UNIT, "-f", "files.f", "--top", "mine", "--rounding", "rtz")
    assert done.returncode == 0 and "equal" in done.stdout, done.stdout + done.stderr
    assert run(*UNIT, "-f", "files.f", "--top", "mine", "--rounding", "rha").returncode == 1
    ours = ROOT / "rtl"
    # A folder is an include path; what is not needed, broken or not, is not read; packages come first.
    done = run(*UNIT, "--rtl", "src", "--rtl", ours / "common", "--rtl", ours / "posit", "--rtl", "one/beside.v", "--rtl", "lib", "--incdir", "inc",
               "--define", "FLIP=1", "--top", "mine", "--rounding", "rtz", "--print-module")
    names = [pathlib.Path(source).name for source in json.loads(done.stdout)["sources"]]
    assert sorted(names) == sorted(["rounding_pkg.sv", "events_pkg.sv", "posit_encoder.sv", "zz_mine_pkg.sv", "mine.sv", "beside.v", "library_cell.sv"])
    assert names.index("rounding_pkg.sv") < names.index("zz_mine_pkg.sv") < names.index("mine.sv")


@pytest.mark.parametrize("arguments, said", [
    (["-f", "files.f", "--top", "mime"], "--top mime: no such module in the sources, the nearest is mine; allowed: "),
    (["--rtl", "src/none.sv", "--top", "mine"], "--rtl src/none.sv: no such file or directory; allowed: a directory with "),
    (["--rtl", "src/broken.sv", "--top", "broken"], "broken: verilator failed: %Error: "),
])
def test_a_module_that_is_not_there_is_one_line(project, run, arguments, said):
    done = run(*UNIT, *arguments)
    assert done.returncode == 2 and done.stdout == "", done.stdout + done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("binade: error: ")]
    assert errors[0].startswith("binade: error: " + said) and not any("Exiting due to" in line for line in errors), done.stderr
    assert len(errors) == 1 or "broken" in said, done.stderr
    if "mime" in said:
        assert {"mine", "posit_encoder"} <= set(errors[0].split("allowed: ")[1].split()) and "of_mine" not in errors[0], done.stderr


@pytest.mark.parametrize("text, words", [
    ("\nabsent.sv\n", ["files.f:2: no file absent.sv", "relative to"]),
    ("+incdir+nowhere", ["files.f:1: no folder nowhere"]),
    ("/* a\nb */ $NOT_SET_HERE/a.sv", ["files.f:2: $NOT_SET_HERE is not set"]),
    ("-y", ["files.f:1: -y without a value"]),
    ("src/mine.sv +gibberish", ["files.f:1: option +gibberish", "+incdir+DIR"]),
    ("-f files.f", ["lists in lists", "none that holds itself"]),
])
def test_a_list_that_points_nowhere_is_one_clear_message(project, run, text, words):
    (project / "files.f").write_text(text)
    done = run(*UNIT, "-f", "files.f", "--top", "mine")
    assert done.returncode == 2 and done.stdout == "", done.stdout + done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


ADAPTER = """schema_version: 1
unit: posit_encoder
format: posit8
lists: files.f
top: mine
rounding: rtz
"""


def test_an_adapter_is_all_of_it(project, run):
    (project / "mine.yaml").write_text(ADAPTER)
    jsonschema.validate(yaml.safe_load(ADAPTER), json.loads(SCHEMA.read_text()))
    (project / "elsewhere").mkdir()
    done = run("--adapter", "mine.yaml", "--count", "1000")
    assert done.returncode == 0 and "equal" in done.stdout, done.stdout + done.stderr
    assert run("--adapter", project / "mine.yaml", "--rounding", "rne", "--count", "1000").returncode == 1


@pytest.mark.parametrize("output", ["--out", "--wave", "--junit", "--coverage-file"])
def test_no_output_replaces_a_file_that_the_command_uses(project, run, output):
    """By any name of it: sources and lists that are needed or not, libraries, includes, memories, the adapter, a trace, another output."""
    (project / "mine.yaml").write_text(ADAPTER)
    (project / "words.mem").write_text("0\n")
    (project / "src/memory.sv").write_text('module memory; logic [7:0] x[1]; initial $readmemh ( "words.mem", x); endmodule\n')
    (project / "folder").symlink_to("src")
    os.link(project / "src/mine.sv", project / "linked.sv")
    (project / "rows.csv").write_text("zero_i\n")
    files = ["src/mine.sv", "src/broken.sv", "folder/mine.sv", "linked.sv", "files.f", "more.f", "mine.yaml", "one/beside.v", "words.mem",
             "lib/library_cell.sv", "inc/width.svh"]
    before = {name: (project / name).read_bytes() for name in [*files, "rows.csv"]}
    coverage = ["--coverage"] if output == "--coverage-file" else []
    for file in files:
        done = run("--adapter", "mine.yaml", "--rtl", "src", "--count", "100", "--jobs", "1", *coverage, output, file)
        assert done.returncode == 2 and done.stdout == "", (file, done.stdout + done.stderr)
        assert f"error: {output} {file}: the command uses that file; allowed: another one\n" in done.stderr, done.stderr
    done = run("--adapter", "mine.yaml", *coverage, output, "rows.csv", "--stimulus", "trace", "--trace", "./rows.csv")
    assert done.returncode == 2 and f"{output} rows.csv: the command uses that file" in done.stderr, done.stderr
    for name in ([] if output == "--out" else ["new.csv", "mismatch.csv"]):
        done = run("--adapter", "mine.yaml", "--count", "100", "--jobs", "1", "--out", name, *coverage, output, f"./{name}")
        assert done.returncode == 2 and f"{output} ./{name}: the command uses that file" in done.stderr, done.stderr
    assert {name: (project / name).read_bytes() for name in before} == before and not (project / "new.csv").exists()


def test_of_a_macro_that_is_said_twice_the_command_line_says_the_last(project, run):
    """The text of the list and 0 are the same to the module, a parenthesis does not compile."""
    own = [*UNIT, "-f", "files.f", "--top", "mine", "--rounding", "rtz", "--count", "100"]
    assert run(*own, "--define", "FLIP=0").returncode == 0
    for defines, code in ((["FLIP=)"], 2), (["FLIP=)", "FLIP=1"], 0), (["FLIP=1", "FLIP=)"], 2)):
        done = run(*own, *(f"--define={define}" for define in defines))
        assert done.returncode == code, (defines, done.stdout + done.stderr)


@pytest.mark.parametrize("text, words", [
    (ADAPTER.replace("schema_version: 1", "schema_version: 2"), ["mine.yaml:1: schema_version", "allowed: 1"]),
    (ADAPTER.replace("schema_version: 1\n", ""), ["no schema_version"]),
    (ADAPTER + "maps: {}\n", ["mine.yaml:7: unknown key 'maps'", "map_values"]),
    (ADAPTER + "latency: soon\n", ["mine.yaml:7: latency", "a whole number"]),
    (ADAPTER + "latency: 10001\n", ["mine.yaml:7: latency: allowed: a whole number, 0..10000"]),
    (ADAPTER + "timeout: 0\n", ["mine.yaml:7: timeout: allowed: a whole number, 1..1000000000"]),
    (ADAPTER + "timeout: 1000000001\n", ["mine.yaml:7: timeout: allowed: a whole number, 1..1000000000"]),
    (ADAPTER + "drive: {scan: 0, scan: 1}\n", ["--drive scan: twice"]),
    (ADAPTER + "map: [a]\n", ["mine.yaml:7: map", "a mapping"]),
    (ADAPTER + "map_values: {rounding_i: 3}\n", ["mine.yaml:7: map_values", "words to numbers"]),
    (ADAPTER + "ignore: {a: b}\n", ["mine.yaml:7: ignore", "a list of words"]),
    (ADAPTER + "top: other\n", ["mine.yaml:7: top twice"]),
    (ADAPTER + "map: {scale_i: exponent}\n", ["--map scale_i=exponent", "no port exponent, an input of 16 bits", "scale_i (in 16)"]),
    (ADAPTER.replace("unit: posit_encoder\n", ""), ["UNIT is required", "posit_encoder"]),
    (ADAPTER.replace("rtz", "rup"), ["rup"]),
    ("- a\n", ["not a mapping"]),
    ("a: [\n", ["mine.yaml:", "YAML"]),
])
def test_a_wrong_adapter_is_one_clear_message(project, run, text, words):
    (project / "mine.yaml").write_text(text)
    done = run("--adapter", "mine.yaml")
    assert done.returncode == 2 and done.stdout == "", done.stdout + done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


def test_the_schema_is_what_the_program_prints(run):
    printed = run("--print-adapter-schema").stdout
    if os.environ.get("BINADE_WRITE_DOCUMENTS"):
        SCHEMA.write_text(printed)
    assert SCHEMA.read_text() == printed
    schema = json.loads(printed)
    jsonschema.Draft202012Validator.check_schema(schema)
    for number, fits in ((0, False), (1, True), (1000000000, True), (1000000001, False)):
        assert jsonschema.Draft202012Validator(schema).is_valid({"schema_version": 1, "timeout": number}) == fits
    page = (ROOT / "docs/verify.md").read_text()
    jsonschema.validate(yaml.safe_load(page.split("```yaml\n")[1].split("```")[0]), schema)
    blocks = (ROOT / "docs/verify-yours.md").read_text().split("```yaml\n")[1:]
    for block in blocks:
        jsonschema.validate(yaml.safe_load(block.split("```")[0]), schema)
    assert len(blocks) >= 5
    for wrong in ({}, {"schema_version": 1, "unit": "adder9"}, {"schema_version": 1, "latency": -1}, {"schema_version": 1, "x": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


@pytest.mark.parametrize("unit, form", [("posit_encoder", "posit8"), ("float_decoder", "fp16"), ("dfp_pe", "dfp8"), ("posit_lane", "posit16")])
def test_a_wrapper_is_accepted_by_its_ports(verify, tmp_path, unit, form):
    """Filled in with our module it is the unit: every port has its name, direction and width."""
    text = verify(unit, "--format", form, "--print-wrapper").stdout
    module = json.loads(verify(unit, "--format", form, "--print-module").stdout)
    parameters = ", ".join(f".{name}({value})" for name, value in module["parameters"].items())
    (tmp_path / "mine.sv").write_text(text.replace("// Yours here.", f"{unit} #({parameters}) u(.*);"))
    for source in module["sources"]:
        if source.endswith(".sv"):
            (tmp_path / pathlib.Path(source).name).symlink_to(source)
    lint = subprocess.run(["verilator", "--lint-only", "-Wno-lint", "-Wno-style", "--top-module", f"my_{unit}", *module["sources"], "mine.sv"],
                          cwd=tmp_path, capture_output=True, text=True, check=False)
    assert lint.returncode == 0, lint.stderr
    # An unconnected or narrower port would be a warning.
    strict = subprocess.run(["verilator", "--lint-only", "-Wwarn-WIDTH", "-Wwarn-PINMISSING", "--top-module", f"my_{unit}", *module["sources"], "mine.sv"],
                            cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "mine.sv" not in strict.stderr, strict.stderr


def test_a_combinational_loop_is_refused(verify, tmp_path):
    (tmp_path / "loop.sv").write_text("""module loop(input logic [7:0] code_i, output logic zero_o, nar_o, negative_o,
  output logic signed [5:0] scale_o, output logic [3:0] significand_o);
  logic a;
  assign a = ~a | (code_i[0] & ~a);
  assign {zero_o, nar_o, negative_o, scale_o, significand_o} = {a, 12'b0};
endmodule
""")
    done = verify("posit_decoder", "--format", "posit8", "--stimulus", "exhaustive", "--rtl", "loop.sv", "--top", "loop")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "does not settle" in done.stderr and "loop.sv" in done.stderr and "combinational loops" in done.stderr, done.stderr
