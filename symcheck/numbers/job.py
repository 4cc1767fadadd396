"""The work on every row of a world: drawn and summed chunk by chunk.

Each thread has memory of its own, so small that it stays in the processor's cache, and each
operation is bound to it once: what is left for a chunk are calls of NumPy, which lets other
threads run meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from math import prod
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from symcheck.numbers.evaluate import (
    RENAMED,
    Call,
    Space,
    arrays,
    bound,
    dims,
    in_place,
    is_atom,
    last_uses,
    picker,
)  # fmt: skip
from symcheck.numbers.program import Node, elements
from symcheck.numbers.scales import deferred
from symcheck.numbers.shapes import Shape
from symcheck.numbers.worlds import World

__all__ = ["Job"]

CACHE = 3 * 2**19  # bytes for the arrays of one chunk: they stay in the second-level cache
LINE = 64  # bytes; arrays start at a multiple: vectors of numbers are read at once
MOST = 4096  # rows in a chunk
LEAST = 16
HEAVY = 2000  # numbers in a mean from which on it sees an eighth of the chunks

Array = Any


@dataclass
class Job:
    """What to evaluate on every row of a world, and which sums over rows to return.

    Plain data: it can be sent to another process.
    """

    world: World
    order: list[Node]
    wanted: list[Node]
    constants: dict[int, Array]
    _idle: SimpleQueue[_Workspace] = field(default_factory=SimpleQueue, repr=False)

    def __getstate__(self) -> tuple[Any, ...]:
        return self.world, self.order, self.wanted, self.constants

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.world, self.order, self.wanted, self.constants = state
        self._idle = SimpleQueue()

    def digest(self, *more: Any) -> str:
        """A name for this work, the same in every run of the same version."""
        order = [(n.number, n.kind, n.axes, [a.number for a in n.args], n.data) for n in self.order]
        wanted = [n.number for n in self.wanted]
        whole = repr(_plain((more, order, wanted, self.constants, self.world)))
        return hashlib.sha256(whole.encode()).hexdigest()

    def cut(self, rows: int) -> list[int]:
        """The sizes of the chunks: nearly equal, and even for whole vectors of numbers."""
        count = -(-rows // self._most)
        each = -(-rows // count)
        each += -each % 8
        return [min(each, rows - start) for start in range(0, rows, each)]

    @cached_property
    def _most(self) -> int:
        numbers = self.world.width + sum(
            prod(shape) for shape in dict(pieces(self.order).values()).values()
        )
        rows = CACHE // (8 * max(1, numbers))
        return min(MOST, max(LEAST, rows - rows % 8))

    @cached_property
    def homogeneous(self) -> tuple[set[str], list[float]]:
        """The families that are drawn at scale 1, and what makes up for it in each mean."""
        return deferred(self.order, self.wanted, self.world.scales)

    def sums(self, key: tuple[int, ...], rows: int) -> tuple[list[Array], list[int]]:
        """The sum over so many draws of each wanted mean, and over how many it was taken.

        ``key`` is the seed, and after it the spawn key of the stream.
        """
        seed = np.random.SeedSequence(key[0], spawn_key=key[1:])
        rng = np.random.Generator(np.random.SFC64(seed))
        sizes = self.cut(rows)
        bare, factors = self.homogeneous
        heavy = -(-len(sizes) // 8)  # chunks, one after another: more than rarely costs more
        with np.errstate(all="ignore"), self.workspace() as own:
            totals = np.zeros(own.sums.shape)
            for n, size in enumerate(sizes):
                chunk = own.chunk(size)
                self.world.draw(rng, chunk.draws, bare)
                for call in chunk.every if n < heavy else chunk.light:
                    call()
                upto = None if n < heavy else own.light
                totals[:upto] += own.sums[:upto]
        few = sum(sizes[:heavy])
        return (
            [own.of(totals, a) * k for a, k in zip(self.wanted, factors, strict=True)],
            [few if elements(a) > HEAVY else rows for a in self.wanted],
        )

    @contextmanager
    def workspace(self) -> Iterator[_Workspace]:
        """Memory for one thread at a time: fresh memory costs more than arithmetic."""
        try:
            own = self._idle.get_nowait()
        except Empty:
            own = _Workspace(self, self._most)
        try:
            yield own
        finally:
            self._idle.put(own)


@dataclass
class _Chunk:
    """Arrays for the draws, and what is done with them."""

    draws: dict[str, Array]
    every: list[Call]
    light: list[Call]  # without the means that see few chunks


class _Workspace:
    """Memory for chunks of at most ``most`` rows, and the operations that are bound to it."""

    def __init__(self, job: Job, most: int) -> None:
        self.job, self.most = job, most
        self._memory: dict[Any, Array] = {}
        self._chunks: dict[int, _Chunk] = {}
        self._places: dict[int, int] = {}
        count = 0
        for a in sorted(job.wanted, key=lambda a: elements(a) > HEAVY):
            self._places[a.number] = count
            count += elements(a)
        self.light = sum(elements(a) for a in job.wanted if elements(a) <= HEAVY)
        self.sums = np.zeros(count)

    def of(self, sums: Array, atom: Node) -> Array:
        """The part of this mean in the array of all."""
        start = self._places[atom.number]
        return sums[start : start + elements(atom)].reshape(dims(atom))

    def chunk(self, rows: int) -> _Chunk:
        """The calls for so many rows, all in the same memory."""
        if rows not in self._chunks:
            self._chunks[rows] = self._bound(rows)
        return self._chunks[rows]

    def _bound(self, rows: int) -> _Chunk:
        job, space = self.job, self.job.world.space
        draws = {x: self._array(x, (*d, rows)) for x, d in job.world.dims.items()}
        piece = pieces(job.order)
        values = dict(job.constants)
        every: list[Call] = []
        light: list[Call] = []
        for n in job.order:
            args = [values[a.number] for a in n.args]
            calls: list[Call] = []
            if n.kind in RENAMED:
                values[n.number] = args[0]
            elif n.kind == "random":
                values[n.number], calls = self._picked(n, draws[n.data[0]])
            else:
                if is_atom(n):
                    out = self.of(self.sums, n)
                else:
                    number, shape = piece[n.number]
                    out = self._array(number, (*shape, rows))
                values[n.number] = out
                calls = bound(n, args, space, out)
            every += calls
            if not (is_atom(n) and elements(n) > HEAVY):
                light += calls
        return _Chunk(draws, every, light)

    def _picked(self, n: Node, draws: Array) -> tuple[Array, list[Call]]:
        """The members that a node picks out: seen where they are, or copied side by side."""
        pick = picker(n, self.job.world.space.bases[n.data[0]], 0)
        seen = pick(draws)
        if seen.flags.c_contiguous and np.may_share_memory(seen, draws):
            return seen, []
        out = self._array(("picked", n.number), seen.shape)
        return out, [lambda: np.copyto(out, pick(draws))]

    def _array(self, name: Any, shape: tuple[int, ...]) -> Array:
        """Memory of this name, from its start on."""
        if name not in self._memory:
            self._memory[name] = _aligned(prod(shape[:-1]) * self.most)
        return self._memory[name][: prod(shape)].reshape(shape)


def _aligned(count: int) -> Array:
    """Numbers whose memory starts at a cache line: sums of their products are twice as fast."""
    whole = np.empty(count + LINE // 8)
    start = -whole.ctypes.data % LINE // 8
    return whole[start : start + count]


def pieces(order: Sequence[Node]) -> dict[int, tuple[int, tuple[int, ...]]]:
    """For each value that needs memory of its own: the number of its piece, and its shape.

    Values of one shape that are not needed at the same time share a piece; a result takes
    that of an argument where this is read no more.
    """
    own = arrays(order)
    found: dict[int, tuple[int, tuple[int, ...]]] = {}
    free: dict[tuple[int, ...], list[int]] = {}
    count = 0
    for n, forget in zip(order, last_uses(order, ()), strict=True):
        ending = [found[k] for k in forget if k in found]
        if n.kind not in RENAMED and n.kind != "random" and not is_atom(n):
            shape = dims(n)
            later = [own.get(a.number) for a in n.args[2:]]
            over = [own.get(a.number) for a in n.args[:2] if in_place(n)]
            reused = next(
                (found[k] for k in over if k in found and k not in later and found[k] in ending
                 and found[k][1] == shape), None,
            )  # fmt: skip
            if reused is not None:
                ending.remove(reused)
                found[n.number] = reused
            else:
                if not free.setdefault(shape, []):
                    free[shape].append(count)
                    count += 1
                found[n.number] = free[shape].pop(), shape
        for piece, shape in ending:
            free[shape].append(piece)
    return found


def _plain(x: Any) -> Any:
    """The same for the same numbers, in every process."""
    if isinstance(x, Shape):
        return x.name, x.above
    if is_dataclass(x):
        return [_plain(getattr(x, f.name)) for f in fields(x)]
    if isinstance(x, Space):
        return _plain([x.symbols, x.parameters, x.functions, x.bases])
    if isinstance(x, dict):
        return [(k, _plain(v)) for k, v in sorted(x.items())]
    if isinstance(x, (list, tuple)):
        return [_plain(v) for v in x]
    return x.tolist() if isinstance(x, (np.ndarray, np.generic)) else x
