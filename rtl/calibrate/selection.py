# SPDX-License-Identifier: Apache-2.0
"""Which of a shape's points stands for it: area, delay and energy all come from that one."""


def best(points):
    """Of each delay target the smaller hierarchy that meets it (where none does, that of greatest f / A); of the targets the one of
    greatest f / A."""
    of_target = {}
    for point in points:
        of_target.setdefault(point["target"], []).append(point)
    return max((of_hierarchies(candidates) for candidates in of_target.values()), key=merit)


def of_hierarchies(points):
    in_time = [point for point in points if meets(point)]
    return min(in_time, key=lambda point: (point["area_um2"], point["delay_ps"])) if in_time else max(points, key=merit)


def meets(point):
    """The relaxed target (0) is met by every circuit."""
    return point["target"] == 0 or point["delay_ps"] <= point["target_ps"]


def merit(point):
    """f / A, in 1 / (ps um2)."""
    return 1 / (point["delay_ps"] * point["area_um2"])
