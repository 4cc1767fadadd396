"""``python -m benchmarks.guided [SECONDS] [libFuzzer options]``: the parsers, fuzzed by coverage.

atheris changes the shipped files and the documents' notes so that ever more of the parser is
reached.  A file that gives anything but a document or a SyntaxProblem, takes longer than five
seconds, or brings the process over 500 MiB ends the run, and is written to the folder.
Needs ``pip install 'symcheck[fuzz]'``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS = 60
MEMORY = 500  # MiB, of the whole process


def main() -> int:
    """Fuzz for so many seconds (60 unless told)."""
    try:
        import atheris
    except ImportError:
        print("atheris is missing; try: pip install 'symcheck[fuzz]'", file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["symcheck"]):
        from symcheck.reading.latex.notes import read
        from symcheck.reading.library import names, shipped
        from symcheck.reading.syntax import SyntaxProblem, parse

    def one(data: bytes) -> None:
        text = data[1:].decode("utf-8", "ignore")
        try:
            if data[:1] < b"p":
                parse(text, "fuzz", "fuzz.proof")
            else:
                read(text, "fuzz", "fuzz.md", tex=data[:1] > b"t")
        except SyntaxProblem as e:
            str(e)  # has to be shown, too

    given = sys.argv[1:]
    seconds = given.pop(0) if given and given[0].isdigit() else str(SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        seeds = [b"a" + shipped(n).text.encode() for n in names()]
        seeds += [b"p" + p.read_bytes() for p in (ROOT / "docs" / "notes").glob("*.md")]
        seeds += [b"u" + p.read_bytes() for p in (ROOT / "docs" / "notes").glob("*.tex")]
        for n, seed in enumerate(seeds):
            Path(folder, str(n)).write_bytes(seed)
        options = [
            f"-max_total_time={seconds}", f"-rss_limit_mb={MEMORY}", "-timeout=5",
            "-max_len=8000", "-print_final_stats=1", *given, folder,
        ]  # fmt: skip
        atheris.Setup([sys.argv[0], *options], one)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
