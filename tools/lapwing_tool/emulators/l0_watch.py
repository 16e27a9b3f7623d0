# SPDX-License-Identifier: GPL-2.0-only
"""Tells an L0 that works, however slowly, from one that is locked up with its emulator; its costs."""

import os
import pathlib

# An L0 shows at least each second of its own time that it lives: some seconds of CPU time.
SILENT_CPU_S = 60
SILENT_S = 300


class Watch:
    """Looks at an L0's signs of life.

    look() gets the latest sign (any value), the emulator's CPU time and the host's, in seconds.
    """

    def __init__(self):
        self.last = None

    def look(self, sign, cpu_s, now_s):
        """What is wrong (a sentence), or None."""
        if self.last is None or sign != self.last[0]:
            self.last = (sign, cpu_s, now_s)
        silent_cpu, silent = cpu_s - self.last[1], now_s - self.last[2]
        if silent_cpu < SILENT_CPU_S and silent < SILENT_S:
            return None
        return (
            "the outer emulator locked up: no sign of life from L0 for "
            f"{silent:.0f} s, {silent_cpu:.0f} s of CPU"
        )


def costs(cpu_s, exits):
    """As Session.costs(), of a guest that has run for `cpu_s` seconds of its L0's CPU.

    `exits` are KVM's own count, 0 if none was seen.
    """
    return {"s of L0's CPU": cpu_s} | ({"exits of KVM": exits} if exits else {})


def cpu_seconds(pid):
    """CPU time of a process; None if it has ended."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
