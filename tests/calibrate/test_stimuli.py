# SPDX-License-Identifier: Apache-2.0
"""Units at work: what their ports are fed, clock by clock, while their energy is measured, and what is known of it."""
import numpy
import pytest

import array_stimuli
import core_config
import element_stimuli
import energy
import exponent_stimuli
import operand_sums
import part_stimuli
import shapes
import stationary_array_stimuli
import streams
from problems import InputError


def element(format_word, inputs, **variables):
    return element_stimuli.stimulate(shapes.Shape("dfp_pe", format_word, ()), shapes.Module("dfp_pe", variables), inputs)


def test_an_element_is_fed_what_its_sums_say(monkeypatch):
    monkeypatch.setattr(streams, "encode", lambda format_word, values: numpy.round(values * 20).astype(int))
    inputs = ["valid_i", "load_i", *(f"{port}_{bit}_" for port in ("a_i", "b_i") for bit in range(4))]
    text, known = element("dfp4", inputs, ABits="4", BBits="4", Latency="1")
    assert set(known) == {f"{stream}.{number}" for stream in streams.NAMES for number in range(streams.WINDOWS)}
    words = [word for word in text.split("window uniform.0\n")[1].split("window uniform.1")[0].split() if word != "+"]
    a, b = ([int(word[low:low + 4][::-1], 2) for word in words] for low in (2, 6))
    assert len(words) == 64 and words[0].startswith("11") and all(word.startswith("10") for word in words[1:])
    assert operand_sums.sums(a, b) == known["uniform.0"]
    held = [word[6:10] for word in text.split("window weight_stationary.0\n")[1].split("window")[0].split() if word != "+"]
    assert all(len(set(held[i:i + streams.HELD])) == 1 for i in range(0, 64, streams.HELD)) and len(set(held)) > 1
    # Shown is the state of one clock for each window: the sum that it came to.
    assert text.count("+") == len(known)


def ports(**widths):
    return [name for port, width in widths.items() for name in ([f"{port}_{bit}_" for bit in range(width)] if width > 1 else [port])]


def values(inputs, text, port):
    """Of a port, clock by clock."""
    places = [place for place, name in enumerate(inputs) if name == port or name.startswith(f"{port}_")]
    words = [word for word in text.splitlines() if not word.startswith("window")]
    return [int("".join(word[place] for place in reversed(places)), 2) for word in words]


@pytest.mark.parametrize("bits, raw", [(16, 0), (32, 1)])
def test_statistics_are_fed_mantissas_or_raw_sums(bits, raw):
    inputs = ports(valid_i=1, histogram_i=1, lane_i=4, magnitude_i=4 * bits)
    module = shapes.Module("exponent_statistics", {"Lanes": "4", "MagnitudeBits": str(bits), "CountBits": "20"})
    text, known = exponent_stimuli.stimulate(shapes.Shape("exponent_statistics", "", ()), module, inputs)
    assert len(known) == exponent_stimuli.WINDOWS and {sums["1"] for sums in known.values()} == {exponent_stimuli.VECTORS}
    at_work = [place for place, valid in enumerate(values(inputs, text, "valid_i")) if valid]
    assert len(at_work) == exponent_stimuli.WINDOWS * exponent_stimuli.VECTORS
    assert {values(inputs, text, "lane_i")[place] for place in at_work} == {15} and {values(inputs, text, "histogram_i")[place] for place in at_work} == {raw}
    vectors = [values(inputs, text, "magnitude_i")[place] for place in at_work]
    lengths = [(vector >> bits * lane & (1 << bits) - 1).bit_length() for vector in vectors for lane in range(4)]
    assert (12 if raw else bits - 2) < max(lengths) < bits and (not raw or max(lengths) < 20)  # sums of 64 products of 8 bits


def test_predictions_are_of_a_full_history_and_choices_of_counts():
    inputs = ports(record_i=1, predict_i=1, max_abs_i=8, alpha_i=19)
    module = shapes.Module("autoflex_predictor", {"N": "8", "Tensors": "3"})
    text, known = exponent_stimuli.stimulate(shapes.Shape("autoflex_predictor", "", ()), module, inputs)
    records, predicts = (values(inputs, text.partition("window idle")[0], port) for port in ("record_i", "predict_i"))
    assert sum(predicts) == len(known) == 2 and sum(records[:predicts.index(1)]) == 17 and not any(map(min, zip(records, predicts)))
    assert max(values(inputs, text, "max_abs_i")) < 64 and values(inputs, text, "alpha_i")[-1] == 512
    inputs = ports(start_i=1, count_i=6)
    module = shapes.Module("sdfp_bias_chooser", {"P": "4", "CountBits": "6"})
    text, known = exponent_stimuli.stimulate(shapes.Shape("sdfp_bias_chooser", "", ()), module, inputs)
    at_work = text.partition("window idle")[0]
    assert sum(values(inputs, at_work, "start_i")) == len(known) == 2
    assert min(values(inputs, at_work.partition("window choices.0\n")[2], "count_i")) > 0


def fed(unit, widths, **variables):
    """{port: values} of a part at work."""
    inputs = ports(**widths)
    text, known = part_stimuli.stimulate(shapes.Shape(unit, "", ()), shapes.Module(unit, {name: str(value) for name, value in variables.items()}), inputs)
    assert {sums["1"] for sums in known.values()} == {part_stimuli.OPERATIONS} and text.count("window") == len(known) == part_stimuli.WINDOWS
    found = {port: values(inputs, text, port) for port in widths}
    assert {len(of_port) for of_port in found.values()} == {part_stimuli.OPERATIONS * part_stimuli.WINDOWS}
    return found


def signed(code, width):
    return code - (code >> (width - 1) << width)


def test_parts_are_fed_finite_values():
    product = fed("float_multiplier", {"a_zero_i": 1, "a_nan_i": 1, "b_infinite_i": 1, "a_negative_i": 1, "a_scale_i": 7, "a_significand_i": 8, "b_significand_i": 8})
    assert not any(map(any, (product["a_zero_i"], product["a_nan_i"], product["b_infinite_i"]))) and set(product["a_negative_i"]) == {0, 1}
    assert min(product["a_significand_i"]) >= 128 and len(set(product["a_significand_i"])) > 50 and product["a_significand_i"] != product["b_significand_i"]
    assert {signed(scale, 7) for scale in product["a_scale_i"]} == set(range(-8, 8))
    quire = fed("posit_term", {"state_i": 40, "position_i": 6, "nar_i": 1}, MaxPosition=40)
    assert set(quire["position_i"]) == set(range(12, 28)) and not any(quire["nar_i"])
    lengths = [abs(signed(state, 39)).bit_length() for state in quire["state_i"]]
    assert max(quire["state_i"]) < 1 << 39 and max(lengths) == 33 and any(state >> 38 for state in quire["state_i"])  # 64 of 2^27, no NaR
    total = fed("saturating_adder", {"sum_i": 16, "term_i": 4}, SumBits=16, TermBits=4)
    assert {signed(value, 16) >> 9 for value in total["sum_i"]} == {-1, 0} and set(total["term_i"]) == set(range(16))
    codes = fed("float_accumulator", {"sum_i": 8, "term_scale_i": 5}, ExponentBits=4, FractionBits=3)
    assert {code >> 3 & 15 for code in codes["sum_i"]} == set(range(3, 11)) and {code >> 7 for code in codes["sum_i"]} == {0, 1}
    assert {signed(scale, 5) for scale in codes["term_scale_i"]} == set(range(-4, 4))


def test_parts_are_fed_shifts_of_a_whole_tensor():
    rounder = fed("shift_round", {"shift_i": 8, "magnitude_i": 32, "rounding_i": 3, "random_i": 32}, N=8, AccBits=32)
    assert set(rounder["shift_i"]) == {25} and set(rounder["rounding_i"]) == set(rounder["random_i"]) == {0} and max(rounder["magnitude_i"]) >> 25 == 127
    assert set(fed("block_rounder", {"shift_i": 8, "block_i": 21, "sum_i": 20}, SumBits=20, BlockBits=21)["shift_i"]) == {10}
    zeros = [16 - value.bit_length() for value in fed("normalizer", {"data_i": 16}, Width=16)["data_i"]]
    assert set(zeros) == set(range(16)) and max(map(zeros.count, range(14))) < len(zeros) / 6


def test_an_array_is_fed_a_stream_a_row_and_a_column(monkeypatch):
    monkeypatch.setattr(streams, "encode", lambda format_word, values: numpy.round(values * 20).astype(int))
    config = dict.fromkeys(core_config_fields(), 0) | {"rows": 2, "cols": 4, "a_n": 4, "b_n": 4}
    monkeypatch.setattr(shapes.Module, "variables", lambda self: config)
    inputs = ["beat_i", *(f"a_i_{bit}_" for bit in range(8)), *(f"b_i_{bit}_" for bit in range(16))]
    text, known = array_stimuli.stimulate(shapes.Shape("systolic_array", "dfp4", ()), shapes.Module("systolic_array", {}), inputs)
    words = text.split("window nn.3\n")[1].split("window")[0].split()
    a, b = ([[int(word[low + 4 * lane:low + 4 * lane + 4][::-1], 2) for word in words] for lane in range(lanes)] for low, lanes in ((1, 2), (9, 4)))
    before = text.split("window nn.3\n")[0].split("window nn.2\n")[1].split()[-1]
    last_a, last_b = ([int(before[low + 4 * lane:low + 4 * lane + 4][::-1], 2) for lane in range(lanes)] for low, lanes in ((1, 2), (9, 4)))
    pairs = [operand_sums.sums(a[row], b[col], (last_a[row], last_b[col])) for row in range(2) for col in range(4)]
    assert known["nn.3"] == {term: sum(pair[term] for pair in pairs) for term in operand_sums.TERMS} and known["nn.3"]["1"] == 8 * 64
    assert len({tuple(lane) for lane in a + b}) == 6  # no two alike


def test_an_array_of_flex_closes_blocks_as_its_element_does(monkeypatch):
    """Of a window the same clocks: operands, blocks, the shift of the sums."""
    monkeypatch.setattr(streams, "encode", lambda format_word, values: numpy.round(values * 20).astype(int))
    config = dict.fromkeys(core_config_fields(), 0) | {"rows": 1, "cols": 1, "a_n": 8, "b_n": 8, "block": 32}
    ports = [f"product_shift_i_{bit}_" for bit in range(5)] + [f"{side}_i_{bit}_" for side in "ab" for bit in range(8)]
    monkeypatch.setattr(shapes.Module, "variables", lambda self: config)
    text, known = array_stimuli.stimulate(shapes.Shape("systolic_array", "flex8+5", ()), shapes.Module("systolic_array", {}),
                                          [*ports, *(f"phase_i_{bit}_" for bit in range(5))])
    monkeypatch.setattr(shapes.Module, "variables", lambda self: {"ABits": 8, "BBits": 8, "Latency": 1})
    of_element, sums = element_stimuli.stimulate(shapes.Shape("flex_pe", "flex8+5", ()), shapes.Module("flex_pe", {}), [*ports, "close_i"])
    words, element = (of.split("window trace.3\n")[1].split("window")[0].replace("+ ", "").split() for of in (text, of_element))
    assert len(words) == 64 and [word[:21] for word in words] == [word[:21] for word in element] and words[0][:5] == "01010"
    assert [int(word[21:][::-1], 2) == 31 for word in words] == [word[21] == "1" for word in element]
    assert known["trace.3"] == sums["trace.3"]


@pytest.mark.parametrize("format_word", ["e4m3", "fp8e4m3"])
def test_an_array_of_floats_is_fed_codes_of_them(monkeypatch, format_word):
    monkeypatch.setattr(streams, "encode", lambda word, values: numpy.round(values * 20).astype(int))
    config = dict.fromkeys(core_config_fields(), 0) | {"rows": 2, "cols": 2} | {f"{side}_{name}": value for side in "ab" for name, value in
                                                                               (("n", 8), ("exponent_bits", 4), ("fraction_bits", 3))}
    monkeypatch.setattr(shapes.Module, "variables", lambda self: config)
    text, known = array_stimuli.stimulate(shapes.Shape("systolic_array", format_word, ()), shapes.Module("systolic_array", {}),
                                          [f"a_i_{bit}_" for bit in range(16)])
    words = text.split("window uniform.0\n")[1].split("window")[0].split()
    codes = [[int(word[low:low + 8][::-1], 2) for word in words] for low in (0, 8)]
    of_element = dict(((name, number), a) for name, number, a, _ in element_stimuli.operands(
        shapes.Shape("float_pe", format_word, ()), {f"{side}{name}Bits": bits for side in "AB" for name, bits in (("Exponent", 4), ("Fraction", 3))}))
    assert codes == [of_element["uniform", 0], of_element["uniform", 1]]  # a row a window, each beginning at another one
    assert known["uniform.0"]["1"] == 4 * 64


def test_an_array_without_streams_is_refused():
    with pytest.raises(InputError, match="systolic_array sdfp8: .*allowed: .*dfp posit flex"):
        array_stimuli.element("sdfp8")


def test_an_array_that_keeps_b_is_fed_tiles(monkeypatch):
    monkeypatch.setattr(streams, "encode", lambda format_word, values: numpy.round(values * 20).astype(int))
    rows, cols, tile = 2, 4, stationary_array_stimuli.TILE
    config = dict.fromkeys(core_config_fields(), 0) | {"rows": rows, "cols": cols, "a_n": 4, "b_n": 4, "bank_rows": 8}
    monkeypatch.setattr(shapes.Module, "variables", lambda self: config)
    shape = shapes.Shape("systolic_array", "dfp4", ("core.dataflow=ws",))
    assert energy.STIMULI[energy.work(shape)] is stationary_array_stimuli and energy.work(shapes.Shape("systolic_array", "dfp4", ())) == "systolic_array"
    inputs = ["a_valid_i", "first_i", "b_valid_i", "b_row_i_0_", *(f"a_i_{bit}_" for bit in range(4 * rows)), *(f"b_i_{bit}_" for bit in range(4 * cols))]
    text, known = stationary_array_stimuli.stimulate(shape, shapes.Module("systolic_array", {}), inputs)

    # The elements by hand: what is loaded is kept from the next first vector on.
    counted, window = {}, None
    coming, kept, last_a = ([[0] * cols for _ in range(rows)] for _ in range(3))
    for line in text.splitlines():
        if line.startswith("window"):
            window = line.split()[1]
            continue
        a_valid, first, b_valid, row = (int(bit) for bit in line[:4])
        a, b = ([int(line[low + 4 * lane:low + 4 * lane + 4][::-1], 2) for lane in range(lanes)] for low, lanes in ((4, rows), (4 + 4 * rows, cols)))
        for i in range(rows) if a_valid else ():
            for j in range(cols):
                was, kept[i][j] = kept[i][j], coming[i][j] if first else kept[i][j]
                one = counted.setdefault(window, dict.fromkeys(("1", "hd_a", "hd_b", "wt_a*nz_b"), 0))
                one["1"] += 1
                one["hd_a"] += (a[i] ^ last_a[i][j]).bit_count()
                one["hd_b"] += (kept[i][j] ^ was).bit_count()
                one["wt_a*nz_b"] += a[i].bit_count() * (kept[i][j] != 0)
                last_a[i][j] = a[i]
        if b_valid:
            coming[row] = b
    assert counted.keys() == known.keys() and all(known[name][term] == one[term] for name, one in counted.items() for term in one)
    assert counted["nn.0"]["1"] == 64 * rows * cols and 0 < counted["nn.0"]["hd_b"] < counted["nn.0"]["hd_a"]
    assert sum(line[1] == "1" for line in text.splitlines() if not line.startswith("window")) == len(known) * 64 // tile


def core_config_fields():
    return [name for name, _ in core_config.fields()]
