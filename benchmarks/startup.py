"""How soon a command answers, compared with the imports that it cannot do without."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measure import Row, best, peak, symcheck

DERIVE = ("derive", "he-forward", "--format", "text")
LIGHT = {
    "symcheck --help": ("--help",),
    "symcheck --version": ("--version",),
    "symcheck completion bash": ("completion", "bash"),
}
HEAVY = {
    "symcheck derive he-forward --no-numeric": (*DERIVE, "--no-numeric"),
    "symcheck derive he-forward": DERIVE,
}


def rows() -> list[Row]:
    """Start-up, the derivation itself, the numerical check, memory."""
    light = best(
        {"python": [sys.executable, "-c", "pass"]} | {k: symcheck(*v) for k, v in LIGHT.items()},
        repeats=20,
    )
    heavy = best(
        {
            "sympy": [sys.executable, "-c", "import sympy"],
            "numpy": [sys.executable, "-c", "import numpy"],
        }
        | {k: symcheck(*v) for k, v in HEAVY.items()}
    )
    gelu = best({"gelu": symcheck("gain", "gelu", "--format", "text")})["gelu"]
    bare, sympy, numpy = light["python"], heavy["sympy"], heavy["numpy"] - light["python"]
    plain, full = (heavy[name] for name in HEAVY)
    made = [
        Row(name, _ms(light[name]), f"bare interpreter {_ms(bare)}", light[name] / bare, 6.0)
        for name in LIGHT
    ]
    made.append(
        Row("derive he-forward --no-numeric", _ms(plain), f"import sympy {_ms(sympy)}",
            plain / sympy, 1.25)
    )  # fmt: skip
    made.append(Row("gain gelu", _ms(gelu), f"import sympy {_ms(sympy)}", gelu / sympy, 2.0))
    first, again = _derivation()
    made += [
        Row("the derivation itself", _ms(first), f"import sympy {_ms(sympy)}", first / sympy, 0.25),
        Row("the derivation itself, once warm", _ms(again), f"import sympy {_ms(sympy)}",
            again / sympy, 0.25),
        Row("what the numerical check adds", _ms(full - plain),
            f"import numpy {_ms(numpy)} + 1 s", (full - plain) / (numpy + 1), 1.0),
    ]  # fmt: skip
    memory = peak(symcheck(*DERIVE))
    made.append(Row("peak memory of derive he-forward", f"{memory:.0f} MiB", "120 MiB",
                    memory / 120, 1.0))  # fmt: skip
    return made


DERIVATION = """
import gc, time
gc.disable()
from symcheck.reading.library import shipped
from symcheck.judging.session import derive_document
from symcheck.reading.syntax import parse
gc.freeze()
gc.enable()
for _ in range(5):
    document = parse(shipped("he-forward").text)
    start = time.perf_counter()
    assert derive_document(document, numeric=False, certify=False).ok
    print(time.perf_counter() - start)
"""


def _derivation() -> tuple[float, float]:
    """Seconds for the steps of he-forward and their judgement: at first, and once warm."""
    first, warm = [], []
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", DERIVATION], capture_output=True, text=True, check=True
        )
        times = [float(t) for t in done.stdout.split()]
        first.append(times[0])
        warm += times[1:]
    return min(first), min(warm)


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"
