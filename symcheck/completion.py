"""Completion scripts.  They call ``symcheck list``, so new derivations are known at once."""

from __future__ import annotations

__all__ = ["script"]

COMMANDS = "list show derive check rules completion"
DERIVE = "--detail --no-numeric --samples --seed --format --output --help"

BASH = """\
_symcheck() {
    local word=${COMP_WORDS[COMP_CWORD]}
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "@COMMANDS@ --help --version" -- "$word"))
    elif [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "@DERIVE@" -- "$word"))
    else
        COMPREPLY=($(compgen -W "$(symcheck list 2>/dev/null | cut -d' ' -f1)" -- "$word")
                   $(compgen -f -- "$word"))
    fi
}
complete -F _symcheck symcheck
"""

ZSH = """\
#compdef symcheck
_symcheck() {
    if (( CURRENT == 2 )); then
        compadd -- @COMMANDS@ --help --version
    elif [[ $words[CURRENT] == -* ]]; then
        compadd -- @DERIVE@
    else
        compadd -- ${(f)"$(symcheck list 2>/dev/null | cut -d' ' -f1)"}
        _files
    fi
}
compdef _symcheck symcheck
"""

FISH = """\
complete -c symcheck -n __fish_use_subcommand -f -a "@COMMANDS@"
complete -c symcheck -n "__fish_seen_subcommand_from show derive check" \\
    -a "(symcheck list 2>/dev/null | string split -f1 ' ')"
complete -c symcheck -n "__fish_seen_subcommand_from derive" -a "@DERIVE@"
"""


def script(shell: str) -> str:
    """The script for bash, zsh or fish; KeyError for another shell."""
    text = {"bash": BASH, "zsh": ZSH, "fish": FISH}[shell]
    return text.replace("@COMMANDS@", COMMANDS).replace("@DERIVE@", DERIVE)
