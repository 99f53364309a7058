# SPDX-License-Identifier: Apache-2.0
"""A database of points as docs/explore.md has it, drawn around one real report: for tests of what reads such files."""
import json
import random
import sqlite3

AXES = {"core.rows": [4, 8, 16, 32, 64], "core.cols": [4, 8, 16, 32, 64], "format": ["dfp8", "fp32", "posit8", "posit16"],
        "scratchpad.a_bytes": [65536, 131072, 262144], "clock_ghz": [0.5, 0.75, 1]}
OBJECTIVES = ("total_cycles", "energy.total_pj")


def flat(report, prefix=""):
    """Single values under their place with dots."""
    values = {}
    for key, value in report.items():
        if isinstance(value, dict) and key not in {"config", "components_pj", "energy_rules", "tool"}:
            values.update(flat(value, f"{prefix}{key}."))
        elif not isinstance(value, (dict, list)):
            values[prefix + key] = value
    return values


def front_of(points):
    """Identities of points that no other beats in both objectives."""
    done = [(point["total_cycles"], point["energy.total_pj"], point["identity"]) for point in points if point["status"] == "done"]
    best = []
    for cycles, energy, identity in sorted(done):
        if not best or energy < best[-1][1] or (cycles, energy) == best[-1][:2]:
            best.append((cycles, energy, identity))
    return {identity for _, _, identity in best}


def screen(database, points, others):
    """What --screen leaves: an estimate of each point that ran, and `others` that were not simulated."""
    database.execute("CREATE TABLE screened (position INTEGER PRIMARY KEY, axes TEXT, estimate TEXT, front INTEGER, identity TEXT)")
    done = [point for point in points if point["status"] == "done"]
    rows = [(i, point["axes"], json.dumps({name: point[name] * 1.01 for name in OBJECTIVES}), 1, point["identity"]) for i, point in enumerate(done)]
    rows += [(len(done) + i, json.dumps({"core.rows": 4, "core.cols": 4, "format": "fp32"}), json.dumps({OBJECTIVES[0]: 10 + i, OBJECTIVES[1]: 20 + i}), 0, None)
             for i in range(others)]
    database.executemany("INSERT INTO screened VALUES (?, ?, ?, ?, ?)", rows)


def make_sweep(path, report, count, seed=1, failed=3, version=1, screened=0, lacking=0):
    """`count` points of which `failed` could not run, and where `screened` is said that many that were ranked alone; the last `lacking` lack a unit of the cost table, and are better than all others; returns the points as dictionaries."""
    draw = random.Random(seed)
    metrics = flat(report)
    for name in ("schema", "schema_version", "checksum", "identity"):
        metrics.pop(name, None)
    if lacking:
        metrics["calibrated.missing_units"] = ""
    points = []
    for position in range(count):
        axes = {name: draw.choice(words) for name, words in AXES.items()}
        point = {"identity": f"{position:064x}", "status": "failed" if position < failed else "done", "position": position,
                 "axes": json.dumps(axes), "config": json.dumps({**report["config"], **axes})}
        if position < failed:
            point["reason"] = "core.rows=4: too small"
        else:
            area = axes["core.rows"] * axes["core.cols"]
            point |= metrics
            point |= {"format": axes["format"], "clock_ghz": axes["clock_ghz"], "total_cycles": int(4e7 / area * draw.uniform(0.8, 1.6)) + 20000,
                      "energy.total_pj": area * 3e4 * draw.uniform(0.7, 1.5) + 1e6, "output.sqnr_db": draw.uniform(5, 60),
                      "top1.correct": draw.randint(60, 99), "top1.samples": 100, "derived": json.dumps({"edp": draw.uniform(1, 9)}),
                      "energy.components_pj": json.dumps(report["energy"]["components_pj"])}
        points.append(point)
    beyond = points[count - lacking:]
    for point in beyond:
        point |= {"calibrated.missing_units": "lane", "total_cycles": 10, "energy.total_pj": 10.5}
    front = front_of(points[:count - lacking])
    for point in points:
        if point["status"] == "done":
            point |= {"front": None if point in beyond else int(point["identity"] in front), "feasible": 1}
    first = ["identity", "status", "reason", "position", "front", "feasible", "axes", "config", "derived", "energy.components_pj"]
    names = first + [name for name in metrics if name not in first]
    kinds = {str: "text", bool: "boolean", int: "integer", float: "number"}
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT)")
    database.executemany("INSERT INTO meta VALUES (?, ?)", [
        ("schema_version", str(version)), ("axes", json.dumps([{"name": name, "values": words} for name, words in AXES.items()])),
        ("objectives", json.dumps([{"name": name, "sense": "min"} for name in OBJECTIVES]))])
    database.execute("CREATE TABLE columns (name TEXT PRIMARY KEY, type TEXT, unit TEXT, meaning TEXT)")
    database.executemany("INSERT INTO columns VALUES (?, ?, ?, ?)", [(name, kinds.get(type(value), "number"), "", "") for name, value in metrics.items()])
    quoted = ", ".join(f'"{name}"' for name in names)
    database.execute(f'CREATE TABLE points ({quoted}, PRIMARY KEY ("identity"))')
    database.executemany(f"INSERT INTO points VALUES ({', '.join('?' * len(names))})",
                         [[point.get(name) for name in names] for point in points])
    if screened:
        screen(database, points, screened)
    database.commit()
    database.close()
    return points
