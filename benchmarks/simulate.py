"""Figure 7.4 against its own matrix products.

One network, one batch of 1000 inputs, forward and backward, for the five variances of the
lecture: five passes, nothing shared between them but the drawn weights and inputs, at the
scales in which the network is written down.  The floor is the matrix products of these five
passes alone, on the same arrays and in the same blocks, measured in the same run.  A second row
tells what ``symcheck simulate`` does instead where every variance only rescales the same
network (ReLU, no biases): one pass serves all five, exactly.  All on one thread.

Run: python -m benchmarks.simulate
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from benchmarks.measure import Row
from symcheck.simulate.experiment import generator
from symcheck.simulate.law import derive
from symcheck.simulate.network import Buffers, Scales, draw, propagate, raw_scales, scales
from symcheck.simulate.setting import lecture

INPUTS = 1000
ROWS = 500
REPEATS = 15
LIMIT = 1.6


def _prepare() -> tuple[Buffers, list[NDArray[np.float64]]]:
    setting = lecture()[0]
    stream = generator(0, 0)
    buffers = Buffers(setting.sizes, 1, ROWS, biased=False)
    draw(setting, [stream], buffers)
    return buffers, [stream.standard_normal((1, ROWS, 100)) for _ in range(INPUTS // ROWS)]


def _passes(buffers: Buffers, blocks: list[NDArray[np.float64]], by: list[Scales]) -> None:
    activation = lecture()[0].activation
    for scale in by:
        for block in blocks:
            np.copyto(buffers.inputs, block)
            propagate(activation, scale, buffers, 1, ROWS)


def _products(buffers: Buffers, blocks: list[NDArray[np.float64]], count: int) -> None:
    weights = [w[0] for w in buffers.weights]
    signals = [s[0] for s in buffers.signals]
    scratch = [np.empty((ROWS, 100)), np.empty((ROWS, 100))]
    last = len(weights) - 1
    for _ in range(count):
        for block in blocks:
            h = block[0]
            for w, f in zip(weights, signals, strict=True):
                h = np.matmul(h, w, out=f)
            j = np.ones((ROWS, 1))
            for k in range(last, 0, -1):
                j = np.matmul(j, weights[k].T, out=scratch[k % 2])


def _fastest(*jobs: Callable[[], None]) -> list[float]:
    """The least time of each job; the jobs take turns, so that a busy machine hits all."""
    for job in jobs:
        job()
    best = [float("inf")] * len(jobs)
    for _ in range(REPEATS):
        for i, job in enumerate(jobs):
            start = time.perf_counter()
            job()
            best[i] = min(best[i], time.perf_counter() - start)
    return best


def measure() -> list[float]:
    """Seconds: five passes, their products, one normalized pass, its products."""
    settings = lecture()
    buffers, blocks = _prepare()
    raw = [raw_scales(s) for s in settings]
    shared = [scales(settings[0], derive(settings[0]))]
    with threadpool_limits(1, user_api="blas"), np.errstate(over="raise", invalid="raise"):
        return _fastest(
            lambda: _passes(buffers, blocks, raw),
            lambda: _products(buffers, blocks, 5),
            lambda: _passes(buffers, blocks, shared),
            lambda: _products(buffers, blocks, 1),
        )


def rows() -> list[Row]:
    """One row for the five passes, one for the pass that serves all five."""
    five, five_floor, one, one_floor = (t * 1e3 for t in measure())
    return [
        Row(
            "Figure 7.4, 1000 inputs, 5 variances",
            f"{five:.0f} ms",
            f"its matrix products, {five_floor:.0f} ms",
            five / five_floor,
            LIMIT,
        ),
        Row(
            "the same in one shared pass",
            f"{one:.0f} ms",
            f"its matrix products, {one_floor:.0f} ms",
            one / one_floor,
            LIMIT,
        ),
    ]


if __name__ == "__main__":
    for row in rows():
        print(f"{row.what}: {row.measured}; {row.floor}; ratio {row.ratio:.2f} of {row.limit}")
