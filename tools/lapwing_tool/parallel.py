# SPDX-License-Identifier: GPL-2.0-only
"""Long work, some of it side by side."""

import concurrent.futures
import os

from .base import say


def results(functions, jobs):
    """What each of `functions` returns, `jobs` of them at a time. Ctrl-C ends at once, and the emulators with us."""
    pool = concurrent.futures.ThreadPoolExecutor(max(1, jobs))
    waiting = [pool.submit(function) for function in functions]
    try:
        concurrent.futures.wait(waiting)
    except KeyboardInterrupt:
        say("interrupted")
        os._exit(130)  # the threads of the pool would be waited for otherwise
    return [one.result() for one in waiting]
