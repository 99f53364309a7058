# SPDX-License-Identifier: Apache-2.0
"""Areas and leakage of a netlist, from the counts of its cells and the library's figures."""


def totals(counts, cells, module):
    """Area (um2), leakage (nW), cells and flip-flops of a module with all below it."""
    area = leakage = number = flip_flops = 0
    for name, count in counts[module].items():
        if name in counts:
            below = totals(counts, cells, name)
        else:
            cell = cells[name]
            below = cell.area_um2, cell.leakage_nw, 1, int(cell.flip_flop)
        area, leakage, number, flip_flops = (mine + count * theirs for mine, theirs in zip((area, leakage, number, flip_flops), below))
    return area, leakage, number, flip_flops


def instances(counts, module):
    """{module below: how often}, at every depth."""
    found = {}
    for name, count in counts[module].items():
        if name in counts:
            found[name] = found.get(name, 0) + count
            for below, times in instances(counts, name).items():
                found[below] = found.get(below, 0) + count * times
    return found


def parts(counts, cells, top, boundaries):
    """{boundary: {count, area_um2, leakage_nw}}, summed over its instances; what is left of the whole is glue."""
    found = {}
    for name, count in instances(counts, top).items():
        # A derived module's name holds that of its source: $paramod$DIGEST\datapath_pe, $paramod\datapath_pe\Width=...
        boundary = next((b for b in boundaries if b in name.split("\\")), None)
        if boundary:
            area, leakage, _, _ = totals(counts, cells, name)
            part = found.setdefault(boundary, {"count": 0, "area_um2": 0, "leakage_nw": 0})
            part["count"] += count
            part["area_um2"] += count * area
            part["leakage_nw"] += count * leakage
    return found
