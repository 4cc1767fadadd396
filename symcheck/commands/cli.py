"""The command line.  Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from symcheck import __version__
from symcheck.commands.bad import Bad
from symcheck.commands.drawing import Progress, drawn
from symcheck.commands.given import document_of, documents, importing, source
from symcheck.commands.options import FORMATS, certificate, count, large, output, seconds, seed
from symcheck.commands.shown import say, speaks_unicode, width_of, write_reports
from symcheck.system.escapes import complain, visible
from symcheck.system.output import impossible

if TYPE_CHECKING:
    from symcheck.judging.result import Report
    from symcheck.reading.document import Document

__all__ = ["main", "parser"]

EPILOG = "exit status: 0 proved and agreed, 1 not, 2 bad input, 130 interrupted"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    # Many small matrices: one thread each is faster, and leaves the others to the draws.
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    try:
        args = parser().parse_args(argv)
        status = int(args.run(args))
        if not sys.stdout.closed:  # a server's client may have
            sys.stdout.flush()
        return status
    except KeyboardInterrupt as e:
        complain(str(e) or "interrupted")
        return 130
    except BrokenPipeError:
        _unread_from_here()
        return 128 + 13
    except Exception as e:
        complain(_told(e))
        _unread_from_here()
        return 2


def _unread_from_here() -> None:
    """The reader of the output has gone: what is left in the buffer has nowhere to go."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _told(e: Exception) -> str:
    """What a person is told where a command ends by an error."""
    if isinstance(e, Bad):
        return str(e)
    if isinstance(e, OSError):
        where = f"{e.filename}: " if e.filename else ""
        return f"{where}{e.strerror or e}"
    from symcheck.system.limits import stopped

    return stopped(e, 0)


class _Later(argparse.ArgumentParser):
    """A command whose module says what arguments it takes, asked when the command is used."""

    module = ""

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(visible(message), file)

    def fill(self) -> None:
        """Add the arguments."""
        if self.module:
            command, self.module = import_module(self.module), ""
            self.description = command.DESCRIPTION
            command.add_arguments(self)
            self.set_defaults(run=command.run)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self.fill()
        return super().parse_known_args(args, namespace)


def parser(*, whole: bool = False) -> argparse.ArgumentParser:
    """The grammar of the command line; building it imports nothing that a command needs.

    With ``whole`` it has the arguments of every command already.
    """
    top = _Later(
        prog="symcheck",
        description="Derive and check calculations with expectations, line by line.",
        epilog=EPILOG,
    )
    top.add_argument("--version", action="version", version=f"symcheck {__version__}")
    commands = top.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=_Later
    )

    for add in (
        _add_list, _add_show, _add_derive, _add_check, _add_verify, _add_assumptions,
        _add_later, _add_new, _add_lsp, _add_rules, _add_completion,
    ):  # fmt: skip
        add(commands)
    for command in commands.choices.values() if whole else ():
        command.fill()
    return top


def _add_list(commands: Any) -> None:
    add = commands.add_parser("list", help="the shipped derivations")
    add.add_argument("--names", action="store_true", help="only the names, one a line")
    add.set_defaults(run=_list)


def _add_show(commands: Any) -> None:
    add = commands.add_parser("show", help="the text of a derivation")
    add.add_argument("name", metavar="NAME", help="a shipped derivation, a .proof file, or -")
    add.set_defaults(run=_show)


def _add_derive(commands: Any) -> None:
    add = commands.add_parser(
        "derive", help="derive what a file asks for, step by step", epilog=EPILOG
    )
    add.add_argument("name", metavar="NAME|FILE", help="a shipped derivation, a .proof file, or -")
    output(add)
    add.add_argument("--detail", choices=("lines", "full"), default="lines",
                     help="lines as in a lecture, or every primitive step")  # fmt: skip
    certificate(add)
    add.add_argument("--timeout", type=seconds, default=10.0, metavar="SECONDS",
                     help="time for each goal (default 10)")  # fmt: skip
    add.add_argument("--no-numeric", action="store_true", help="leave out the numerical check")
    add.add_argument("--samples", type=count, metavar="N", help="draws a world (default 20000)")
    add.add_argument(
        "--seed", type=seed, default=0, metavar="S", help="seed of the draws (default 0)"
    )
    large(add)
    add.set_defaults(run=_derive)


def _add_check(commands: Any) -> None:
    add = commands.add_parser(
        "check", help="judge written derivations, line by line", epilog=EPILOG
    )
    add.add_argument("names", nargs="+", metavar="FILE",
                     help=".proof, Markdown and LaTeX files, folders, names, or -")  # fmt: skip
    output(add, *FORMATS, "github")
    certificate(add)
    add.add_argument("--timeout", type=seconds, default=10.0, metavar="SECONDS",
                     help="time for each line (default 10)")  # fmt: skip
    add.add_argument("--watch", action="store_true", help="check again when a file changes")
    add.set_defaults(run=_check)


def _add_verify(commands: Any) -> None:
    add = commands.add_parser("verify", help="judge certificates by the core alone", epilog=EPILOG)
    add.add_argument("files", nargs="+", metavar="FILE",
                     help="certificates that --certificate has written, or -")  # fmt: skip
    add.add_argument("--lines", action="store_true", help="show the lines of derivations, too")
    add.add_argument("--json", action="store_true", help="print what is proved as JSON")
    add.set_defaults(run=_verify)


def _add_assumptions(commands: Any) -> None:
    add = commands.add_parser("assumptions", help="what each assumption is for", epilog=EPILOG)
    add.add_argument("name", metavar="NAME|FILE", help="a shipped derivation, a .proof file, or -")
    add.add_argument("--format", choices=("rich", "text", "json"),
                     help="default: rich on a terminal, text elsewhere")  # fmt: skip
    add.add_argument("--timeout", type=seconds, default=10.0, metavar="SECONDS",
                     help="time for each search for another proof (default 10)")  # fmt: skip
    add.set_defaults(run=_assumptions)


def _add_later(commands: Any) -> None:
    for name, module, words in (
        (
            "sweep",
            "symcheck.commands.sweep_command",
            "a derivation over a grid of sizes, laws and values",
        ),
        ("simulate", "symcheck.simulate.command", "random deep networks beside the derived law"),
        (
            "gain",
            "symcheck.commands.gain_command",
            "what an activation does to variances, certified",
        ),
    ):
        later = commands.add_parser(name, help=words)
        later.module = module


def _add_new(commands: Any) -> None:
    add = commands.add_parser("new", help="write a commented .proof file to start from")
    add.add_argument("file", nargs="?", default="new.proof", metavar="FILE",
                     help="the file to write (default new.proof); it must not exist")  # fmt: skip
    add.set_defaults(run=_new)


def _add_lsp(commands: Any) -> None:
    add = commands.add_parser("lsp", help="a language server, for editors")
    add.description = (
        "Speak the Language Server Protocol on standard input and output.  Editors start "
        "this by themselves; docs/editors.md says how to tell them."
    )
    add.set_defaults(run=_lsp)


def _add_rules(commands: Any) -> None:
    add = commands.add_parser("rules", help="the rules, each with its conditions")
    add.add_argument("name", nargs="?", metavar="RULE", help="one rule, with all there is to say")
    add.set_defaults(run=_rules)


def _add_completion(commands: Any) -> None:
    add = commands.add_parser("completion", help="a completion script for your shell")
    add.add_argument("shell", choices=("bash", "zsh", "fish"))
    add.set_defaults(run=_completion)


# ---------------------------------------------------------------- commands


def _list(args: argparse.Namespace) -> int:
    from symcheck.reading.library import names, shipped, title

    known = names()
    width = max(map(len, known))
    for n in known:
        say(n if args.names else f"{n.ljust(width)}  {title(shipped(n).text)}")
    return 0


def _show(args: argparse.Namespace) -> int:
    say(source(args.name).text, end="")
    return 0


def _derive(args: argparse.Namespace) -> int:
    document = document_of(args.name)
    if not any(type(g).__name__ in ("Derive", "Solve") for g in document.goals):
        raise Bad(f"{args.name} asks for nothing to derive; `symcheck check` judges written chains")
    _possible(args)
    with importing():
        from symcheck.judging.session import derive_document

    numeric = not args.no_numeric
    samples = (args.samples or 0) if numeric else 0
    with drawn(args, samples) as (pool, kept), Progress("sampling", numeric) as bar:
        report = derive_document(
            document, numeric=numeric, samples=args.samples, seed=args.seed,
            progress=bar.tell, pool=pool, kept=kept, timeout=args.timeout,
        )  # fmt: skip
    write_reports([report], args, args.detail)
    return max(0 if report.ok else 1, _certificate([report], args))


def _possible(args: argparse.Namespace) -> None:
    """Say at once if what is asked for cannot be written where it is asked for."""
    if args.output is not None and (why := impossible(args.output)):
        raise Bad(f"{args.output} cannot be written: {why}")
    if args.certificate is not None:
        from symcheck.commands.certificate import NotWritten, possible

        try:
            possible(args.certificate)
        except NotWritten as e:
            raise Bad(str(e)) from None


def _certificate(reports: Sequence[Report], args: argparse.Namespace) -> int:
    """Write the certificate that is asked for; 1 where there is none, since nothing is proved."""
    if args.certificate is None:
        return 0
    from symcheck.commands.certificate import NotWritten, certificate_of, write
    from symcheck.report.certificate import claims, refuted

    if certificate_of(reports) is None:
        complain(f"nothing is proved or refuted, so {args.certificate} is not written")
        return 1
    try:
        write(reports, args.certificate)
    except NotWritten as e:
        raise Bad(str(e)) from None
    words = f"{args.certificate} is written; `symcheck verify {args.certificate}` judges it"
    complain(f"{words}; it says")
    for report in reports:
        for said in (*claims(report), *refuted(report)):
            complain(said, "  ")
    return 0


def _verify(args: argparse.Namespace) -> int:
    from symcheck.commands.verify import verify

    return verify(args.files, lines=args.lines, as_json=args.json)


def _check(args: argparse.Namespace) -> int:
    return _watch(args) if args.watch else _check_once(args)


def _check_once(args: argparse.Namespace) -> int:
    from symcheck.reading.library import NotFound, expand

    _possible(args)
    found: list[str] = []
    reports: list[Report] = []
    unread: list[str] = []
    status = 0

    def refuse(name: str, bad: Bad) -> None:
        nonlocal status
        complain(str(bad))
        status = 2
        if args.format == "github":
            unread.append(_unread(name, bad))

    for given in args.names:
        try:
            found += expand(given)
        except NotFound as e:
            refuse(given, Bad(str(e)))
    for name in found:
        try:
            read = documents(name)
            if not any(d.unread or _claims(d) for d in read):
                raise Bad(f"{name} claims nothing; `symcheck derive` derives what is asked")
        except Bad as e:
            refuse(name, e)
            continue
        from symcheck.judging.checking import check_document

        for document in read:
            report = check_document(document, timeout=args.timeout)
            reports.append(report)
            status = max(status, 2 if document.unread else 0 if report.ok else 1)
    if reports:
        status = max(status, _certificate(reports, args))
    if found or unread:
        write_reports(
            reports, args, "lines", unread=unread, many=len(found) > 1 or len(reports) > 1
        )
    return status


def _claims(document: Document) -> bool:
    return any(type(g).__name__ == "Claim" for g in document.goals)


def _unread(name: str, bad: Bad) -> str:
    """The annotation for a file that could not be read."""
    from symcheck.reading.library import names
    from symcheck.report.github import annotation

    p = bad.problem
    if p is None:
        return annotation(str(bad), "cannot be checked", "" if name in names() else name)
    words = p.message
    if p.hint:
        words += f"\n{'' if p.hint.startswith('did you') else 'try: '}{p.hint}"
    return annotation(words, "cannot be read", p.path, p.line, p.column)


def _watch(args: argparse.Namespace) -> int:
    """Check again and again; an interrupt while it waits is its ordinary end."""
    from symcheck.commands.watch import changes
    from symcheck.reading.library import NotFound, expand

    if "-" in args.names:
        raise Bad("standard input cannot be watched")

    def files() -> list[str]:
        found = []
        for given in args.names:
            try:
                found += expand(given)
            except NotFound:  # a folder that may get its first file
                continue
        return found

    def tell(words: str) -> None:
        complain(words)

    status, turns, last = 0, changes(files), ""
    while True:
        try:
            if last:  # in here, so that an interrupt right after it is an ordinary end too
                tell(f"checked {last}; watching, Ctrl-C ends")
            changed = next(turns)
        except KeyboardInterrupt:
            tell("no longer watching")
            return status
        status = _check_once(args)
        sys.stdout.flush()
        last = ", ".join(changed) or "nothing"


def _new(args: argparse.Namespace) -> int:
    from symcheck.commands.starter import write

    path = args.file if os.path.splitext(args.file)[1] else f"{args.file}.proof"
    try:
        write(path)
    except FileExistsError:
        raise Bad(f"{path} exists already, and is left as it is") from None
    except OSError as e:
        raise Bad(f"{path} cannot be written: {e.strerror}") from None
    say(f"{path} is written; next: symcheck check {path}")
    return 0


def _assumptions(args: argparse.Namespace) -> int:
    read = [d for d in documents(args.name) if d.goals or d.unread]
    if not read:
        raise Bad(f"{args.name} neither asks nor claims anything")
    with importing():
        from symcheck.judging.ablation import ablate
        from symcheck.report.ablation import lines, to_json
        from symcheck.report.text import joined, painted

    with Progress("taking away", True, "") as bar:
        made = [ablate(d, timeout=args.timeout, progress=bar.tell) for d in read]
    unicode, width = speaks_unicode(sys.stdout), width_of(sys.stdout.isatty())
    format = args.format or ("rich" if sys.stdout.isatty() else "text")
    if format == "json":
        import json

        data = [to_json(m) for m in made]
        whole = data[0] if len(data) == 1 else data
        say(json.dumps(whole, indent=1, ensure_ascii=False), format="json")
    for n, m in enumerate(made if format != "json" else ()):
        shown = lines(m, width=width, unicode=unicode)
        if n:
            say("")
        if format == "text":
            say(joined(shown), end="")
            continue
        from rich.console import Console

        console = Console(width=width, highlight=False, emoji=False, markup=False)
        console.print(painted(shown), end="", soft_wrap=True)
    if any(d.unread for d in read):
        return 2
    return 1 if any(m.open for m in made) else 0


def _lsp(args: argparse.Namespace) -> int:
    from symcheck.commands.lsp import main as serve

    return serve()


def _rules(args: argparse.Namespace) -> int:
    with importing():
        from symcheck.report.rules import listing, one

    if args.name is None:
        say(listing(), end="")
        return 0
    made = one(args.name)
    if made is None:
        from symcheck.reading.written import suggest

        hint = suggest(args.name, _rule_names()) or "`symcheck rules` shows all"
        raise Bad(f"there is no rule {args.name!r}; {hint}")
    say(made, end="")
    return 0


def _rule_names() -> list[str]:
    from symcheck.rules.all import RULES

    return list(RULES)


def _completion(args: argparse.Namespace) -> int:
    from symcheck.commands.completion import script

    say(script(args.shell, parser(whole=True)), end="")
    return 0
