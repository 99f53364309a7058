# SPDX-License-Identifier: Apache-2.0
"""The timing table of docs/timing.md, fold by fold, written from the table alone: core cycles of a GEMM m x n x k under ideal memory."""
from points import ARRAYS


def extents(size, step):
    return [min(step, size - start) for start in range(0, size, step)]


def gemm_cycles(m, n, k, rows, cols, flow, edge, pe_latency):
    full, extra = edge == "full", pe_latency - 1
    if flow.startswith("os"):
        folds = [(rows, cols) if full else (r, c) for r in extents(m, rows) for c in extents(n, cols)]
        if flow == "os-none":
            return sum(k + r + rows + c - 2 + extra for r, c in folds)
        if flow == "os-drain":
            return sum(k + r + c - 2 + extra for r, c in folds) + rows
        end = start = 0
        for r, c in folds:
            end = max(end, start + k + r + rows + c - 2)
            start += max(k, r)
        return end + extra
    folds = [(rows, cols, i > 0) if full else (r, c, i > 0) for c in extents(n, cols) for i, r in enumerate(extents(k, rows))]
    if flow == "ws-none":
        return sum(m + r + rows + c - 2 + extra for r, c, _ in folds)
    start = folds[0][0]
    end = start + m + rows + folds[0][1] - 2
    for r, c, continues in folds[1:]:
        start += max(m, r, rows if continues else 0)
        end = max(end, start + m + rows + c - 2)
    return end + extra


def off_the_table(point, report):
    """GEMM layers whose core cycles under ideal memory are not the timing table's."""
    if point["memory"] != "ideal":
        return []
    rows, cols = ARRAYS[point["array"]]
    samples, batch = report["samples"], report["batch"]
    passes = [batch] * (samples // batch) + [samples % batch] * (samples % batch > 0)
    wrong = []
    for layer in report["layers"]:
        if layer["k"] is None:
            continue
        # The samples of a pass are folded into m, but attention multiplies matrices of one sample and head; report m is then one's.
        ms = [layer["m"]] if layer["op"] == "matmul" else [layer["m"] // samples * size for size in passes]
        figures = [layer["groups"] * gemm_cycles(m, layer["n"], layer["k"], rows, cols, point["flow"], point["edge"], point["pe_latency"])
                   for m in ms]
        expected = sum(figures) + (layer["device_tries"] or 0) * figures[0]
        if layer["cycles"] != expected:
            wrong.append(f"{layer['name']}: {layer['cycles']} cycles; the timing table says {expected}")
    return wrong
