"""Rules as grids: which of them belong together, and what of a grid is one cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

TOUCH = 3.0  # points
MOST_LINES = 1_500  # of a page; more is a drawing
Rule = tuple[float, float, float]  # where it stands, from, to


def joined(rules: Sequence[Rule]) -> list[Rule]:
    """Rules in one line that touch, as one."""
    found: list[Rule] = []
    for at, start, end in sorted(rules):
        for number in range(len(found) - 1, -1, -1):
            other = found[number]
            if at - other[0] > TOUCH / 2:
                continue
            if at - other[0] > 2 * TOUCH:
                break
            if start <= other[2] + TOUCH and end >= other[1] - TOUCH:
                found[number] = (other[0], min(start, other[1]), max(end, other[2]))
                break
        else:
            found.append((at, start, end))
    return found


def connected(across: list[Rule], down: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Groups of rules that cross or touch each other."""
    if not across or not down:
        return []
    y, x0, x1 = (np.array(part)[:, None] for part in zip(*across, strict=True))
    x, y0, y1 = (np.array(part)[None, :] for part in zip(*down, strict=True))
    meet = (x >= x0 - TOUCH) & (x <= x1 + TOUCH) & (y >= y0 - TOUCH) & (y <= y1 + TOUCH)
    groups, seen = [], np.zeros(len(across), bool)
    for first in range(len(across)):
        if seen[first]:
            continue
        rows = np.zeros(len(across), bool)
        rows[first] = True
        while True:
            columns = meet[rows].any(axis=0)
            grown = meet[:, columns].any(axis=1) | rows
            if (grown == rows).all():
                break
            rows = grown
        seen |= rows
        if rows.sum() > 1 and columns.sum() > 1:
            groups.append(([across[i] for i in np.flatnonzero(rows)], [down[i] for i in np.flatnonzero(columns)]))
    return groups


def places(values: list[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > TOUCH:
            found.append(value)
    return found


def slot(edges: Sequence[float], value: float) -> int | None:
    for number in range(len(edges) - 1):
        if edges[number] <= value < edges[number + 1]:
            return number
    return None


def merged(ys: list[float], xs: list[float], across: list[Rule], down: list[Rule]) -> list[list[tuple[int, int]]]:
    """For each slot of the grid the first slot of the cell that it belongs to; cells are rectangles."""
    high, wide = len(ys) - 1, len(xs) - 1
    owner = [[(row, column) for column in range(wide)] for row in range(high)]

    def walled_down(x: float, top: float, bottom: float) -> bool:
        middle = (top + bottom) / 2
        return any(abs(at - x) <= TOUCH and start <= middle <= end for at, start, end in down)

    def walled_across(y: float, left: float, right: float) -> bool:
        middle = (left + right) / 2
        return any(abs(at - y) <= TOUCH and start <= middle <= end for at, start, end in across)

    done: set[tuple[int, int]] = set()
    for row in range(high):
        for column in range(wide):
            if (row, column) in done:
                continue
            to = column
            while to + 1 < wide and (row, to + 1) not in done and not walled_down(xs[to + 1], ys[row], ys[row + 1]):
                to += 1
            below = row
            while below + 1 < high and all(
                (below + 1, c) not in done and not walled_across(ys[below + 1], xs[c], xs[c + 1])
                for c in range(column, to + 1)
            ):
                if any(walled_down(xs[c], ys[below + 1], ys[below + 2]) for c in range(column + 1, to + 1)):
                    break
                below += 1
            for r in range(row, below + 1):
                for c in range(column, to + 1):
                    owner[r][c] = (row, column)
                    done.add((r, c))
    return owner
