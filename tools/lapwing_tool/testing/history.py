# SPDX-License-Identifier: GPL-2.0-only
"""How long the rows of the matrix have taken when they passed, and how long they may take therefore.

The longest pass of each row is kept in the cache, by all the row says: a row that is changed begins anew.
"""

import hashlib
import json
import os

from ..base import cache_dir, locked

FACTOR = 3  # times the longest pass
LEAST = 1 / 3  # of the limit that a row has without a history
FILE = "times.json"


def path():
    """Where it is kept."""
    return cache_dir() / FILE


def key(case):
    """What a row's times are filed under."""
    said = {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in vars(case).items()
    }
    return f"{case.name} {hashlib.sha256(repr(said).encode()).hexdigest()[:12]}"


def _read():
    try:
        found = json.loads(path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def limit(case, usual):
    """Seconds of its emulator's own that a row may take; `usual`, its limit otherwise, if it is new."""
    longest = _read().get(key(case))
    if not usual or not isinstance(longest, (int, float)):
        return usual
    return min(usual, max(FACTOR * longest, LEAST * usual))


def passed(case, seconds):
    """Keep how long a pass has taken."""
    with locked("times"):
        found = _read()
        here = key(case)
        stale = [name for name in found if name.split()[0] == case.name and name != here]
        for name in stale:
            del found[name]
        found[here] = max(round(seconds, 1), found.get(here, 0))
        new = path().with_suffix(".new")
        new.write_text(json.dumps(found, indent=1))
        os.replace(new, path())
