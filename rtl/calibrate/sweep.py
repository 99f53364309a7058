# SPDX-License-Identifier: Apache-2.0
"""The sweep: every shape of a plan with each hierarchy and delay target, then the choice and its spot check. Resumable."""
import concurrent.futures
import dataclasses
import datetime
import sys
import threading
import time

import area
import energy
import kept
import lane_stimuli
import points
import revision
import selection
import shapes
import spot_check
import synthesis
import timing
from problems import Mismatch, told

STEPS, CHECK_STEPS = kept.text(kept.POINT_STEPS), kept.text(kept.CHECK_STEPS)


class Sweep:
    def __init__(self, plan, library, directory, binade, versions, frozen=False, liberty_file=None, held=None):
        """`library` is the prepared one, `liberty_file` the whole, with the energies of its cells; without it none are measured. `held`:
        what the technology's table has (kept.Kept)."""
        self.plan, self.library, self.directory, self.binade, self.versions = plan, library, directory, binade, versions
        self.liberty_file, self.held = liberty_file, held
        self.shapes = [*plan.shapes, *(shape for shape in (held.shapes if held else []) if shape not in plan.shapes)]
        self.guard, self.locks, self.done = threading.Lock(), {}, {}
        self.store = points.Store(directory / "points", frozen)

    def run(self, jobs):
        """(points, windows of energy) of each shape, in the plan's order, then of those that the table alone has and that hold; of a frozen
        sweep of those that are finished. A shape that fails does not stop the others, and is told at once; the first failure is raised at the end."""
        failures = []
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            futures = [pool.submit(self.shape, shape) for shape in self.shapes]
            try:
                for shape, future in zip(self.shapes, futures):
                    error = future.exception()
                    if error and not isinstance(error, points.Unfinished):
                        failures.append(told(error))
                        print(error if str(error).startswith(f"{shape.name}:") else f"{shape.name}: {error}", file=sys.stderr, flush=True)
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        if failures:
            raise failures[0]
        return [future.result() for future in futures if not future.exception()]

    def shape(self, shape):
        """All points of a shape, one of them `selected` and checked, and the windows of its energy. Made once, whoever asks first."""
        with self.guard:
            lock = self.locks.setdefault(shape.slug, threading.Lock())
        with lock:
            if shape.slug not in self.done:
                self.done[shape.slug] = self.make(shape)
            return self.done[shape.slug]

    def make(self, shape):
        if found := self.of_table(shape):
            return found
        if shape not in self.plan.shapes or self.store.lacks(f"{shape.slug}/check"):
            raise points.Unfinished(shape.name)
        module = shapes.elaborate(shape, self.binade)
        digest = revision.digest(module.top)
        made, relaxed_ps = [], None
        for hierarchy in self.hierarchies(shape, module):
            for target in self.plan.targets:
                point = self.point(shape, module, digest, hierarchy, target, relaxed_ps)
                relaxed_ps = relaxed_ps or point["delay_ps"]
                made.append(point)
        chosen = selection.best(made)
        check = self.check(shape, module, chosen)
        print(f"{shape.name}: {chosen['area_um2']:.5g} um2, {chosen['delay_ps']:.5g} ps, {chosen['leakage_nw']:.4g} nW "
              f"({chosen['hierarchy']}, target {chosen['target'] or 'relaxed'}; {check['tried']})", flush=True)
        windows = self.energy(shape, module, chosen)
        return [point | {"selected": point is chosen, "checked": check["tried"] if point is chosen else ""} for point in made], windows

    def of_table(self, shape):
        """The points and windows that the table has, where they hold; None else. A shape that the table alone has and that does not hold is said."""
        if self.held is None or shape not in self.held.samples:
            return None
        planned = shape in self.plan.shapes
        if not shape.format and shape.unit not in revision.sources():
            return self.no_longer(shape, planned)
        module = shapes.elaborate(shape, self.binade)
        wanted = {(hierarchy, target) for hierarchy in self.hierarchies(shape, module) for target in self.plan.targets} if planned else None
        found = self.held.points(shape, revision.digest(module.top), module.variables(), wanted)
        if not found:
            return self.no_longer(shape, planned)
        return found, self.held.windows_of(shape) or self.energy(shape, module, selected(found))

    @staticmethod
    def no_longer(shape, planned):
        print(f"{shape.name}: the table's no longer holds, {'made anew' if planned else 'left out: the plan has it not'}", flush=True)

    def energy(self, shape, module, chosen):
        """The windows of a shape's energy; none of a unit without stimuli, or where a frozen sweep lacks them."""
        if energy.work(shape) not in energy.STIMULI or not self.liberty_file:
            return []
        states = self.states(shape) if energy.needs_states(shape.unit) else []
        if states is None:
            return []
        try:
            return self.simulated(shape, module, chosen, states)["windows"]
        except points.Unfinished:
            return []

    def simulated(self, shape, module, chosen, states):
        """`windows`, as energy.csv has them, and `states`."""
        key = points.key(point=chosen["key"], steps=energy.steps(energy.work(shape)), states=states)

        def make():
            directory = self.netlist(shape, module, chosen).parent
            return energy.measure(shape, module, chosen, self.library, self.liberty_file, directory, self.directory, states)
        found = self.store.of(f"{shape.slug}/energy", key, make)
        return found | {"windows": [{name: chosen[name] for name in ("unit", "format", "settings", "parameters")} | window for window in found["windows"]]}

    def states(self, shape):
        """What the element before a lane comes to; None where its energy is not measured here. A table does not say it: an element that it
        has is simulated again, and has to take the same energy. Throws Mismatch."""
        element = dataclasses.replace(shape, unit=lane_stimuli.element(shape.unit))
        try:
            points_of, windows = self.shape(element) if element in self.shapes else ([], [])
            if not windows:
                return None
            found = self.simulated(element, shapes.elaborate(element, self.binade), selected(points_of), [])
        except points.Unfinished:
            return None
        if found["windows"] != windows:
            raise Mismatch(f"{element.name}: its netlist, made again, does not take the energy that the table says")
        return found["states"]

    def hierarchies(self, shape, module):
        """A module that instantiates none is the same in each."""
        files = revision.sources()
        modules = [name for name in revision.closure(module.top, files) if not name.endswith("_pkg")]
        return self.plan.hierarchies[:1] if modules == [module.top] else self.plan.hierarchies

    def point(self, shape, module, digest, hierarchy, target, relaxed_ps):
        target_ps = target * relaxed_ps if target else synthesis.RELAXED_PS
        key = points.key(library=self.library.digest, sources=digest, top=module.top, parameters=module.parameters, hierarchy=hierarchy,
                         boundaries=shape.boundaries, target_ps=round(target_ps, 3), steps=STEPS, tools=self.versions)
        name = f"{shape.slug}/{hierarchy}-{target or 'relaxed'}"
        return self.store.of(name, key, lambda: self.measure(shape, module, digest, hierarchy, target, target_ps, self.directory / "work" / name))

    def measure(self, shape, module, digest, hierarchy, target, target_ps, directory):
        started = time.monotonic()
        directory.mkdir(parents=True, exist_ok=True)
        counts = synthesis.map_to(shape, self.library, target_ps, self.base(shape, module, digest, hierarchy), directory)
        area_um2, leakage_nw, cells, flip_flops = area.totals(counts, self.library.cells, module.top)
        delay_ps = timing.critical_path_ps(shape, self.library, module.top, directory)
        return {"unit": shape.unit, "format": shape.format, "settings": list(shape.settings), "parameters": module.variables(),
                "hierarchy": hierarchy, "target": target, "target_ps": round(target_ps, 3), "area_um2": round(area_um2, 6),
                "delay_ps": round(delay_ps, 3), "leakage_nw": round(leakage_nw, 6), "cells": cells, "flip_flops": flip_flops,
                "parts": area.parts(counts, self.library.cells, module.top, shape.boundaries), "sources": digest,
                "date": datetime.date.today().isoformat(), "seconds": round(time.monotonic() - started, 1)}

    def base(self, shape, module, digest, hierarchy):
        """The circuit in generic gates, made once for all targets."""
        directory = self.directory / "work" / shape.slug / f"{hierarchy}-base"
        directory.mkdir(parents=True, exist_ok=True)
        key = points.key(sources=digest, top=module.top, parameters=module.parameters, boundaries=shape.boundaries, steps=STEPS, tools=self.versions)
        stamp, circuit = directory / "key", directory / "base.il"
        if not (stamp.exists() and circuit.exists() and stamp.read_text() == key):
            stamp.unlink(missing_ok=True)
            synthesis.elaborate(shape, module, hierarchy, directory)
            stamp.write_text(key)
        return circuit

    def check(self, shape, module, chosen):
        key = points.key(point=chosen["key"], steps=CHECK_STEPS)

        def make():
            netlist = self.netlist(shape, module, chosen)
            return {"tried": spot_check.check(shape, module, netlist, self.library, self.directory / "work" / shape.slug / "check")}
        return self.store.of(f"{shape.slug}/check", key, make)

    def netlist(self, shape, module, chosen):
        """The chosen point's; made again where points were brought along without their netlists."""
        name = f"{shape.slug}/{chosen['hierarchy']}-{chosen['target'] or 'relaxed'}"
        netlist = self.directory / "work" / name / "netlist.v"
        if not netlist.exists():
            self.measure(shape, module, chosen["sources"], chosen["hierarchy"], chosen["target"], chosen["target_ps"], netlist.parent)
        return netlist


def selected(made):
    return next(point for point in made if point["selected"])
