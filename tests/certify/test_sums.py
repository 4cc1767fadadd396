"""Finite sums in the core: what each rule says, and where a range or an index forbids it."""

from __future__ import annotations

from typing import Any

import pytest
from goals import states

from symcheck.certify.makers.sums import MAKERS

N = "size n\nreal c, a[j]\nrandom x[j] mean 0, variance 1\n"
NM = "size n, m\nreal c, a[j], b[j]\nrandom x[j], w[i,j] mean 0\n"
FREE = "size n\nindex k = 1..n\nindex l\nreal a[j]\nrandom x[j], w[i,j] mean 0\n"
R = "size n\nreal r, s, p > 0, q != 1\n"
PAIRS = "sum(j, k = 1..n, j != k) x[j] x[k]"


@pytest.mark.parametrize(
    ("rule", "context", "left", "right", "binding"),
    [
        ("sum-count", N, "sum(j = 1..n) c", "n c", {"index": 0}),
        ("sum-count", N, "sum(j = 3..n + 3) c", "(n + 1) c", {"index": 0}),
        ("sum-count", N, "sum(j, k = 1..n, j != k) a[k]", "(n - 1) sum(k = 1..n) a[k]", {"index": 0}),
        ("sum-count", N, "sum(j, k = 1..n, j != k) a[j]", "(n - 1) sum(k = 1..n) a[k]", {"index": 1}),
        (
            "sum-count",
            N,
            "sum(i, j, k = 1..n, i != j, j != k, i != k) x[i] x[j]",
            "(n - 2) sum(i, j = 1..n, i != j) x[i] x[j]",
            {"index": 2},
        ),
        ("sum-count", N, "sum(i = 1..n, j = 1..i) a[i]", "sum(i = 1..n) i a[i]", {"index": 1}),
        ("sum-count", NM, "sum(j = 1..n, k = 1..m) b[k]", "n sum(k = 1..m) b[k]", {"index": 0}),
        ("sum-single-out", N, "sum(j = 1..n) x[j]", "x[1] + sum(j = 1..n, j != 1) x[j]", {"index": 0, "at": "1"}),
        ("sum-single-out", FREE, "sum(j = 1..n) x[j]", "x[k] + sum(j = 1..n, j != k) x[j]", {"index": 0, "at": "k"}),
        ("sum-complete", N, "sum(j = 1..n, j != 1) x[j]", "sum(j = 1..n) x[j] - x[1]", {"condition": 0}),
        ("sum-complete", N, PAIRS, "sum(j = 1..n, k = 1..n) x[j] x[k] - sum(j = 1..n) x[j]^2", {"condition": 0}),
        ("sum-diagonal", N, "sum(j = 1..n, k = 1..n) x[j] x[k]", "sum(j = 1..n) x[j]^2 + " + PAIRS, {"pair": (0, 1)}),
        ("sum-diagonal", N, "sum(j = 1..n, k = 1..n) x[j] x[k]", "sum(j = 1..n) x[j]^2 + " + PAIRS, {"pair": (1, 0)}),
        (
            "sum-diagonal",
            NM,
            "sum(j = 1..n, k = 1..n, i = 1..m) w[i,j] w[i,k]",
            "sum(j = 1..n, i = 1..m) w[i,j]^2 + sum(j = 1..n, k = 1..n, i = 1..m, j != k) w[i,j] w[i,k]",
            {"pair": (0, 1)},
        ),
        (
            "sum-diagonal",
            N,
            "sum(j = 1..n, k = 1..n) x[j] x[k]",
            "sum(j = 1..n-1) x[j] x[j+1] + sum(j = 1..n, k = 1..n, k != j + 1) x[j] x[k]",
            {"pair": (0, 1), "shift": 1},
        ),
        (
            "sum-diagonal",
            N,
            "sum(j = 1..n, k = 0..n + 2) x[j] x[k]",
            "sum(j = 1..n) x[j] x[j+2] + sum(j = 1..n, k = 0..n + 2, k != j + 2) x[j] x[k]",
            {"pair": (0, 1), "shift": 2},
        ),
        (
            "sum-diagonal",
            NM,
            "sum(j = 0..n + m, k = 1..n) x[j] x[k]",
            "sum(j = 1..n) x[j]^2 + sum(j = 0..n + m, k = 1..n, j != k) x[j] x[k]",
            {"pair": (0, 1)},
        ),
        (
            "sum-diagonal",
            NM,
            "sum(j = 0..n, i = 1..m, k = 1..n + 1) w[i,j] w[i,k]",
            "sum(j = 1..n, i = 1..m) w[i,j]^2"
            " + sum(j = 0..n, i = 1..m, k = 1..n + 1, j != k) w[i,j] w[i,k]",
            {"pair": (0, 2)},
        ),
        (
            "sum-complete",
            N,
            "sum(j = 1..n, k = 1..n, k != j + 1) x[j] x[k]",
            "sum(j = 1..n, k = 1..n) x[j] x[k] - sum(j = 1..n-1) x[j] x[j+1]",
            {"condition": 0},
        ),
        ("sum-cut", NM, "sum(j = 1..n + m) x[j]", "sum(j = 1..n) x[j] + sum(j = n + 1..n + m) x[j]", {"index": 0, "at": "n"}),
        ("sum-explicit", N, "sum(j = 1..3) x[j]", "x[1] + x[2] + x[3]", {}),
        ("sum-explicit", N, "sum(j = 4..4) x[j]", "x[4]", {}),
        ("sum-explicit", N, "sum(j = 1..3, j != 2) x[j]", "x[1] + x[3]", {}),
        ("sum-explicit", N, "sum(j = 1..0) x[j]", "0", {}),
        ("sum-ends", N, "sum(j = 1..n + 1) x[j]", "sum(j = 1..n) x[j] + x[n + 1]", {"lower": "1", "upper": "n"}),
        ("sum-ends", N, "sum(j = 1..n) x[j]", "sum(j = 2..n) x[j] + x[1]", {"lower": "2", "upper": "n"}),
        ("sum-ends", N, "sum(j = 1..n) x[j]", "sum(j = 0..n + 1) x[j] - x[0] - x[n + 1]", {"lower": "0", "upper": "n + 1"}),
        ("sum-shift", N, "sum(j = 0..n - 1) x[j + 1]", "sum(j = 1..n) x[j]", {"by": "1"}),
        ("sum-reverse", N, "sum(j = 1..n) x[n - j]", "sum(j = 1..n) x[j - 1]", {}),
        ("pick", FREE, "sum(j = 1..n) a[j] 1[j = k]", "a[k]", {}),
        ("pick", FREE, "sum(i = 1..n, j = 1..n) w[i,j] 1[i = k]", "sum(j = 1..n) w[k,j]", {}),
        ("sum-powers", N, "sum(j = 1..n) j", "n^2 / 2 + n / 2", {}),
        ("sum-powers", N, "sum(j = 1..n) j^4", "n (n + 1) (2 n + 1) (3 n^2 + 3 n - 1) / 30", {}),
        ("sum-telescope", R, "(1 - r) sum(j = 1..n) r^j", "r (1 - r^n)", {}),
        ("sum-telescope", R, "(1 - r) sum(j = 1..n) r^(n - j)", "1 - r^n", {}),
        ("sum-telescope", R, "s (1 - r)^2 sum(j = 0..n) r^j", "s (1 - r) (1 - r^(n + 1))", {}),
        ("sum-step", R, "r sum(j = 1..n) r^j", "sum(j = 1..n) r^j + r^(n + 1) - r", {}),
        ("sum-geometric", R, "sum(j = 1..n) 2^j", "2 (1 - 2^n) / (1 - 2)", {}),
        ("sum-geometric", R, "sum(j = 0..n) q^j", "(1 - q^(n + 1)) / (1 - q)", {}),
        (
            "sum-geometric",  # Concrete Mathematics, section 2.6
            R,
            "sum(j = 1..n) j q^j",
            "((q - q^(n + 1)) / (1 - q) - n q^(n + 1)) / (1 - q)",
            {},
        ),
    ],
)  # fmt: skip
def test_what_holds_is_proved(
    rule: str, context: str, left: str, right: str, binding: dict[str, Any]
) -> None:
    assert states(MAKERS, rule, context, left, right, binding)


@pytest.mark.parametrize(
    ("rule", "context", "left", "right", "binding"),
    [
        ("sum-count", N, "sum(j = 1..n) c", "(n - 1) c", {"index": 0}),
        ("sum-count", N, "sum(j = 1..n) a[j]", "n a[1]", {"index": 0}),
        ("sum-count", N, "sum(j = 5..n) c", "(n - 4) c", {"index": 0}),  # n may be 1
        ("sum-count", N, "sum(j, k = 1..n, j != k) a[k]", "n sum(k = 1..n) a[k]", {"index": 0}),
        (
            "sum-count",  # k may lie outside
            NM,
            "sum(j = 1..n, k = 1..m, j != k) b[k]",
            "(n - 1) sum(k = 1..m) b[k]",
            {"index": 0},
        ),
        (
            "sum-count",  # i and j may be equal
            N,
            "sum(i, j, k = 1..n, j != k, i != k) x[i] x[j]",
            "(n - 2) sum(i, j = 1..n) x[i] x[j]",
            {"index": 2},
        ),
        ("sum-single-out", N, "sum(j = 1..n) x[j]", "x[2] + sum(j = 1..n, j != 2) x[j]", {"index": 0, "at": "2"}),
        ("sum-single-out", FREE, "sum(j = 1..n) x[j]", "x[l] + sum(j = 1..n, j != l) x[j]", {"index": 0, "at": "l"}),
        ("sum-complete", N, "sum(j = 1..n, j != 2) x[j]", "sum(j = 1..n) x[j] - x[2]", {"condition": 0}),
        (
            "sum-diagonal",
            NM,
            "sum(j = 1..n, k = 1..m) x[j] x[k]",
            "sum(j = 1..n) x[j]^2 + sum(j = 1..n, k = 1..m, j != k) x[j] x[k]",
            {"pair": (0, 1)},
        ),
        ("sum-diagonal", N, "sum(j = 1..n, k = 1..n) x[j] x[k]", "sum(j = 1..n) x[j] + " + PAIRS, {"pair": (0, 1)}),
        (
            "sum-diagonal",
            N,
            "sum(j = 1..n, k = 1..n) x[j] x[k]",
            "sum(j = 1..n) x[j] x[j+1] + sum(j = 1..n, k = 1..n, k != j + 1) x[j] x[k]",
            {"pair": (0, 1), "shift": 1},
        ),
        ("sum-cut", NM, "sum(j = 1..n) x[j]", "sum(j = 1..m) x[j] + sum(j = m + 1..n) x[j]", {"index": 0, "at": "m"}),
        ("sum-explicit", N, "sum(j = 1..3) x[j]", "x[1] + x[2]", {}),
        ("sum-ends", N, "sum(j = 1..n) x[j]", "sum(j = 1..n - 2) x[j] + x[n - 1] + x[n]", {"lower": "1", "upper": "n - 2"}),
        ("sum-shift", N, "sum(j = 0..n) x[j + 1]", "sum(j = 1..n) x[j]", {"by": "1"}),
        ("sum-reverse", N, "sum(j = 1..n) x[j]", "sum(j = 1..n) x[n - j]", {}),
        ("pick", FREE, "sum(j = 1..n) a[j] 1[j = l]", "a[l]", {}),
        ("sum-powers", N, "sum(j = 1..n) j^2", "n^3 / 3 + n^2 / 2", {}),
        ("sum-telescope", R, "(1 - r) sum(j = 1..n) r^(j - 2)", "r^(-1) (1 - r^n)", {}),  # r may be 0
        ("sum-telescope", R, "(1 + r) sum(j = 1..n) r^j", "r (1 - r^n)", {}),
        ("sum-step", R, "s sum(j = 1..n) r^j", "sum(j = 1..n) r^j + r^(n + 1) - r", {}),
        ("sum-geometric", R, "sum(j = 1..n) r^j", "r (1 - r^n) / (1 - r)", {}),  # r may be 1
        ("sum-geometric", R, "sum(j = 1..n) j q^j", "n q (1 - q^n) / (1 - q)", {}),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_not(
    rule: str, context: str, left: str, right: str, binding: dict[str, Any]
) -> None:
    assert not states(MAKERS, rule, context, left, right, binding)
