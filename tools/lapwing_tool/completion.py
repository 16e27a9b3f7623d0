# SPDX-License-Identifier: GPL-2.0-only
"""lapwing completion: a script by which bash or zsh completes the words of ./lapwing."""

import argparse

from .emulators import machines
from .guests import kernels
from . import guests
from .images import build

# Words for an option's value, by what the help calls it; others are names of files.
FILES = "-f"
SCRIPT = """\
# Completion of ./lapwing for {shell}: source <(./lapwing completion {shell})
_lapwing()
{{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
    local command=${{COMP_WORDS[1]}} words=

    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W '{commands}' -- "$word"))
        return
    fi
    case "$command $before" in
{values}
    esac
    case "$command" in
{options}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    case "$word" in
    -*) ;;
    *) COMPREPLY+=($(compgen -f -- "$word")) ;;
    esac
}}
complete -o filenames -F _lapwing lapwing ./lapwing
"""


def values(action):
    """What can stand behind an option, as compgen's arguments; None if it takes no value."""
    if action.nargs == 0:
        return None
    known = {
        "--config": [config.name for config in build.named()],
        "--machine": machines.names(),
        "--guest": guests.names(),
        "--guest-kernel": list(kernels.LINUX),
        "--tag": ["quick", "full", "kvm", "linux", "payload", "sector", "refusal", "bare", *machines.names()],
    }
    for option in action.option_strings:
        if option in known:
            return f"-W '{' '.join(known[option])}'"
    return f"-W '{' '.join(map(str, action.choices))}'" if action.choices else FILES


def subcommands(parser):
    """{name: its parser}."""
    for action in parser._actions:  # pylint: disable=protected-access
        if isinstance(action, argparse._SubParsersAction):  # pylint: disable=protected-access
            return action.choices
    return {}


def script(parser, shell):
    """The text for a shell."""
    of_values, of_options = [], []
    for name, sub in subcommands(parser).items():
        words = []
        for action in sub._actions:  # pylint: disable=protected-access
            words += action.option_strings
            found = values(action)
            for option in action.option_strings if found else ():
                reply = f'COMPREPLY=($(compgen {found} -- "$word")); return'
                of_values.append(f"    '{name} {option}') {reply} ;;")
            if not action.option_strings and action.choices:
                words += map(str, action.choices)
        if name in ("build", "defconfig"):
            words += [config.name for config in build.named()]
        of_options.append(f"    {name}) words='{' '.join(words)}' ;;")
    text = SCRIPT.format(
        shell=shell,
        commands=" ".join(subcommands(parser)),
        values="\n".join(of_values),
        options="\n".join(of_options),
    )
    if shell == "zsh":
        return "autoload -Uz bashcompinit compinit && compinit && bashcompinit\n" + text
    return text
