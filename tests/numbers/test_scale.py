"""The same numbers on every executor; what is finished is never drawn again.

Expected values come from the lecture (Var[f'] = D σ_Ω² σ_f² / 2) and from a second run on
another executor.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from symcheck.judging.session import derive_document, line_pairs
from symcheck.numbers import batches
from symcheck.numbers.batches import Kept
from symcheck.numbers.sampled import compare
from symcheck.reading.library import shipped
from symcheck.reading.syntax import parse

ROOT = Path(__file__).parents[2]
DRAWS = 64 * 700


class OneByOne(Executor):
    """The smallest executor there is: a task is done when it is given."""

    def submit(self, fn, /, *args, **options):
        done = Future()
        done.set_result(fn(*args, **options))
        return done


@pytest.fixture(scope="module")
def lines():
    document = parse(shipped("he-forward").text)
    results = derive_document(document, numeric=False).results
    context, _, pairs = next(line_pairs(document.context, results))
    return context, pairs[:6]


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(batches, "BLOCK", 256)


@pytest.fixture
def reference(lines, small_blocks):
    return compare(*lines, samples=DRAWS, threads=1)


def test_any_executor_gives_the_same_numbers(lines, reference):
    assert reference == compare(*lines, samples=DRAWS, threads=3)
    assert reference == compare(*lines, samples=DRAWS, pool=OneByOne())
    with ThreadPoolExecutor(2) as pool:
        assert reference == compare(*lines, samples=DRAWS, pool=pool)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert reference == compare(*lines, samples=DRAWS, pool=pool)


def test_blocks_are_streams_of_their_own(lines, reference, monkeypatch):
    assert all(c.agrees for c in reference)
    other = compare(*lines, samples=DRAWS, threads=1, seed=1)
    assert [c.left for c in other] != [c.left for c in reference]
    monkeypatch.setattr(batches, "BLOCK", 2**18)
    whole = compare(*lines, samples=DRAWS, threads=1)
    assert [c.left for c in whole] != [c.left for c in reference]
    assert [c.draws for c in whole] == [c.draws for c in reference]


class Stopped(KeyboardInterrupt):
    pass


def stop_after(calls):
    def progress(done, total):
        nonlocal calls
        calls -= 1
        if calls < 0:
            raise Stopped

    return progress


@pytest.mark.parametrize("calls", [1, 7, 60, 400])
def test_an_interrupted_run_goes_on(lines, reference, tmp_path, calls):
    path = tmp_path / "sub" / "kept.npz"
    kept = Kept(path)
    with pytest.raises(Stopped):
        compare(*lines, samples=DRAWS, pool=OneByOne(), kept=kept, progress=stop_after(calls))
    kept.save()
    again = Kept(path)
    assert again.found
    drawn = []

    class Counting(OneByOne):
        def submit(self, fn, /, *args, **options):
            drawn.append(args)
            return super().submit(fn, *args, **options)

    assert compare(*lines, samples=DRAWS, pool=Counting(), kept=again) == reference
    total = sum(t.tasks for t in again.tallies.values())
    assert total - len(drawn) == sum(t.tasks for t in Kept(path).tallies.values()) > 0
    again.forget()
    assert not path.exists()


def test_what_was_kept_of_other_work_is_not_used(lines, reference, tmp_path):
    kept = Kept(tmp_path / "kept.npz")
    compare(*lines, samples=DRAWS, seed=3, threads=1, kept=kept)
    assert compare(*lines, samples=DRAWS, threads=1, kept=kept) == reference


@pytest.mark.parametrize("junk", [b"", b"PK\x03\x04 broken", b"\x93NUMPY\x01\x00junk"])
def test_a_broken_file_is_as_good_as_none(lines, reference, tmp_path, junk):
    path = tmp_path / "kept.npz"
    path.write_bytes(junk)
    kept = Kept(path)
    assert not kept.found
    assert compare(*lines, samples=DRAWS, threads=1, kept=kept) == reference


def test_the_name_of_the_work_is_the_same_in_every_process():
    program = (
        "from symcheck.reading.library import shipped\n"
        "from symcheck.reading.syntax import parse\n"
        "from symcheck.judging.session import derive_document, line_pairs\n"
        "from symcheck.numbers.batches import Kept\n"
        "from symcheck.numbers.sampled import compare\n"
        "from pathlib import Path\n"
        "d = parse(shipped('he-forward').text)\n"
        "c, _, p = next(line_pairs(d.context, derive_document(d, numeric=False).results))\n"
        "k = Kept(Path('none.npz'))\n"
        "compare(c, p, samples=2048, threads=1, kept=k)\n"
        "print(sorted(k.tallies))\n"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": h, "PYTHONPATH": str(ROOT)},
        ).stdout
        for h in ("1", "2")
    }  # fmt: skip
    assert len(seen) == 1
    assert len(seen.pop()) > 500


def test_ctrl_c_says_how_to_go_on_and_the_numbers_are_those_of_one_run(tmp_path):
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "symcheck", "sweep", "he-forward", "--size", "D_h=1,2,3,30",
               "--samples", "4e6", "--workers", "2", "--format", "csv"]  # fmt: skip
    whole = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    assert not list(tmp_path.glob("symcheck/*"))
    # Interrupted once something is on disk: that it is there is what is waited for.
    program = (
        "import symcheck.numbers.batches as b, os, signal, sys\n"
        "put = b.Kept.put\n"
        "def stop(self, name, found):\n"
        "    put(self, name, found)\n"
        "    if sum(t.tasks for t in self.tallies.values()) == 100:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "b.Kept.put = stop\n"
        "from symcheck.commands.cli import main\n"
        "if __name__ == '__main__':\n"
        "    sys.exit(main(sys.argv[1:]))\n"
    )
    script = tmp_path / "stopping.py"
    script.write_text(program)
    stopped = subprocess.run(
        [sys.executable, str(script), *command[3:]], capture_output=True, text=True, env=env
    )
    assert stopped.returncode == 130
    assert "the same command goes on from there" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert len(list(tmp_path.glob("symcheck/*.npz"))) == 1
    again = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    assert "going on" in again.stderr
    assert again.stdout == whole.stdout
    assert not list(tmp_path.glob("symcheck/*"))


def test_a_cluster_whose_worker_is_killed_gives_the_same_numbers(lines, reference):
    distributed = pytest.importorskip("distributed")
    from symcheck.numbers.workers import executor

    killed = []
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None,
        worker_dashboard_address=None,
    ) as cluster:  # fmt: skip
        with distributed.Client(cluster) as client:
            client.wait_for_workers(2)
            processes = list(client.run(os.getpid).values())
        assert len(processes) == 2

        def progress(done, total):
            if not killed and done > total / 10:
                os.kill(processes[0], signal.SIGKILL)
                killed.append(processes[0])

        with executor(DRAWS, dask=cluster.scheduler_address) as pool:
            found = compare(*lines, samples=DRAWS, pool=pool, progress=progress)
    assert killed
    assert found == reference


def test_no_cluster_is_told():
    pytest.importorskip("distributed")
    from symcheck.numbers import workers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "CONNECT", 0.5)
        with pytest.raises(workers.Unreachable, match="no Dask scheduler"):
            workers.executor(1, dask="tcp://127.0.0.1:1").__enter__()
