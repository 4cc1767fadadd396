"""Completion scripts, made from the parser itself, so that they know every option.

They call ``symcheck list --names``, so new derivations are known at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

__all__ = ["SHELLS", "script"]

BASH = """\
_symcheck() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "@TOP@" -- "$word"))
        return
    fi
    case "${COMP_WORDS[1]} $before" in
@VALUES@    esac
    case "${COMP_WORDS[1]}" in
@OPTIONS@    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$word"))
        return
    fi
    case "${COMP_WORDS[1]}" in
@NAMED@) words=$(symcheck list --names 2>/dev/null) ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word") $(compgen -f -- "$word"))
}
complete -o filenames -F _symcheck symcheck
"""

ZSH = """\
#compdef symcheck
_symcheck() {
    if (( CURRENT == 2 )); then
        compadd -- @TOP@
        return
    fi
    case "$words[2] $words[CURRENT-1]" in
@VALUES@    esac
    if [[ $words[CURRENT] == -* ]]; then
        case "$words[2]" in
@OPTIONS@        esac
        return
    fi
    case "$words[2]" in
@NAMED@) compadd -- ${(f)"$(symcheck list --names 2>/dev/null)"} ;;
    esac
    _files
}
compdef _symcheck symcheck
"""

SHELLS = ("bash", "zsh", "fish")


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """The script for one of SHELLS, for the commands and options of ``parser``."""
    commands = _commands(parser)
    top = " ".join([*commands, *_flags(parser)])
    named = "|".join(c for c, p in commands.items() if _takes_names(p))
    if shell == "fish":
        return "".join(f"{line}\n" for line in _fish(parser, named.split("|")))
    bash = shell == "bash"
    values, options = "", ""
    for command, sub in commands.items():
        words = " ".join(_flags(sub))
        options += f'    {command}) words="{words}" ;;\n' if bash else (
            f"        {command}) compadd -- {words} ;;\n"
        )  # fmt: skip
        for before, action in _choices(command, sub):
            given = " ".join(map(str, action.choices or ()))
            made = f'COMPREPLY=($(compgen -W "{given}" -- "$word"))' if bash else (
                f"compadd -- {given}"
            )  # fmt: skip
            values += f'    "{command} {before}") {made}; return ;;\n'
    return (
        (BASH if bash else ZSH)
        .replace("@TOP@", top)
        .replace("@VALUES@", values)
        .replace("@OPTIONS@", options)
        .replace("@NAMED@", f"    {named}")
    )


def _fish(parser: argparse.ArgumentParser, named: list[str]) -> Iterator[str]:
    for flag in _flags(parser):
        yield f"complete -c symcheck -n __fish_use_subcommand -l {flag.removeprefix('--')}"
    helps = {a.dest: a.help or "" for a in _subparsers(parser)._choices_actions}
    for command, sub in _commands(parser).items():
        about = helps[command].replace("'", "\\'")
        yield f"complete -c symcheck -n __fish_use_subcommand -f -a {command} -d '{about}'"
        seen = f"complete -c symcheck -n '__fish_seen_subcommand_from {command}'"
        for action in sub._actions:
            if not action.option_strings:
                if action.choices:
                    yield f"{seen} -f -a '{' '.join(map(str, action.choices))}'"
                continue
            flags = " ".join(
                f"-l {o[2:]}" if o.startswith("--") else f"-s {o[1:]}"
                for o in action.option_strings
            )
            given = f" -x -a '{' '.join(map(str, action.choices))}'" if action.choices else (
                "" if action.nargs == 0 else " -r"
            )  # fmt: skip
            yield f"{seen} {flags}{given}"
        if command in named:
            yield f"{seen} -a '(symcheck list --names 2>/dev/null)'"


def _subparsers(
    parser: argparse.ArgumentParser,
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    return next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return dict(_subparsers(parser).choices)


def _flags(parser: argparse.ArgumentParser) -> list[str]:
    return [o for a in parser._actions for o in a.option_strings if o.startswith("--")]


def _choices(
    command: str, parser: argparse.ArgumentParser
) -> Iterator[tuple[str, argparse.Action]]:
    """(the word before, the action) for everything that takes one of a few words."""
    for action in parser._actions:
        if action.choices:
            for before in action.option_strings or [command]:
                yield before, action


def _takes_names(parser: argparse.ArgumentParser) -> bool:
    return any(a.dest in ("name", "names") and not a.option_strings and a.metavar != "RULE"
               for a in parser._actions)  # fmt: skip
