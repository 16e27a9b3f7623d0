# SPDX-License-Identifier: GPL-2.0-only
"""What every part of the tool needs: places, words to the user, commands, locks."""

import contextlib
import fcntl
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
CONFIGS = ROOT / "configs"
DEFAULT_CONFIG = "svm-xapic_ept"


class UserError(Exception):
    """Something that the user can mend; the text says what is wrong and what to do."""


def cache_dir():
    """Folder for what was fetched or built once: $LAPWING_CACHE, or lapwing in the user's cache."""
    if os.environ.get("LAPWING_CACHE"):
        path = pathlib.Path(os.environ["LAPWING_CACHE"])
    else:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        path = pathlib.Path(home) / "lapwing"
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve()


@contextlib.contextmanager
def locked(name, progress=None):
    """Hold the lock `name` of the cache, so that two invocations do not make the same thing."""
    with open(cache_dir() / f".{name}.lock", "w", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if progress:
                progress(f"waiting for another lapwing that prepares {name}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def say(text):
    """One line of progress, at once, also when nobody's terminal is at the other end."""
    print(f"lapwing: {text}", flush=True)


def command(argv, what, env=None, cwd=None, log=None):
    """Run argv quietly; on failure raise UserError with `what` and the end of its output.

    Returns the output (text). `log`: a file that gets the output as well.
    """
    full_env = {**os.environ, "LC_ALL": "C", **(env or {})}
    try:
        done = subprocess.run(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=full_env,
            cwd=cwd,
            check=False,
        )
    except FileNotFoundError:
        raise UserError(f"{what}: the command {argv[0]} is missing; run ./lapwing setup") from None
    text = done.stdout.decode(errors="replace")
    if log:
        pathlib.Path(log).write_text(text)
    if done.returncode != 0:
        tail = "\n".join(text.rstrip().splitlines()[-25:])
        raise UserError(f"{what} failed ({argv[0]}, status {done.returncode}):\n{tail}")
    return text


def die(text):
    """Say `text` on standard error and exit with status 1."""
    print(f"lapwing: {text}", file=sys.stderr, flush=True)
    sys.exit(1)
