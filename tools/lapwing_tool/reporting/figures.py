# SPDX-License-Identifier: GPL-2.0-only
"""What follows from rows of results.json when they are set side by side."""


def is_run(row):
    """Whether a row is that of an emulator's run that came to be judged."""
    return "machine" in row


def without_actions(append):
    """A guest's command line without lapwing.do=, which counts after userland only."""
    return tuple(word for word in append.split() if not word.startswith("lapwing.do="))


def boot_key(row):
    """What two boots have in common that can be compared up to userland."""
    guest = row["machine"], row["guest"], row["cpus"], row["memory"]
    return *guest, without_actions(row["append"])


def bare_runs(rows, key):
    """{key of the row: row} of those that passed without Lapwing."""
    return {key(row): row for row in rows if is_run(row) and not row["config"] and passed(row)}


def passed(row):
    """Whether a row has a good result."""
    return row["result"] == "pass"


def boot_ratios(rows):
    """{name: times as many ticks to userland as the same boot without Lapwing}, on Bochs."""
    bare = bare_runs(rows, boot_key)
    found = {}
    for row in rows:
        if not is_run(row) or not row["config"] or not row["userland_ticks"]:
            continue
        other = bare.get(boot_key(row), {}).get("userland_ticks")
        if other:
            found[row["name"]] = row["userland_ticks"] / other
    return found


def cost_ratios(rows):
    """{name: {cost: times that of the same run without Lapwing}}, under KVM."""
    key = lambda row: (*boot_key(row), row["append"])
    bare = bare_runs(rows, key)
    found = {}
    for row in rows:
        if is_run(row) and row["config"] and key(row) in bare:
            costs = bare[key(row)]["costs"]
            ratios = {n: value / costs[n] for n, value in row["costs"].items() if costs.get(n)}
            if ratios:
                found[row["name"]] = ratios
    return found


def comparable(rows):
    """{machine: [row]}: on each machine the same boot under as many configurations as there are."""
    groups = {}
    for row in rows:
        if is_run(row) and row["exits"] and passed(row) and not row["payload"]:
            key = (*boot_key(row)[:3], tuple(row["actions"]))
            groups.setdefault(row["machine"], {}).setdefault(key, {})[row["config"]] = row
    found = {}
    for machine, of_key in groups.items():
        most = max(of_key.values(), key=len)
        found[machine] = [most[config] for config in sorted(most)]
    return found


def counterpart(row, old):
    """The row of an older report, {name: row}, that `row` is set against, or None.

    For a row with a user's configuration, as run/NAME@mine, that can be the one without.
    """
    return old.get(row["name"]) or old.get(row["name"].partition("@")[0])


def differences(rows, old):
    """[(name, before, now)] of results that differ from an older report; None where it has no row."""
    old = {row["name"]: row for row in old}
    found = []
    for row in rows:
        before = (counterpart(row, old) or {}).get("result")
        if before != row["result"]:
            found.append((row["name"], before, row["result"]))
    return found


def changes(rows, old):
    """[(name, figure, before, now)] of what can be set against an older report, most changed first.

    Seconds are not among them: they depend on what else the host has done.
    """
    old = {row["name"]: row for row in old if is_run(row)}
    found = []
    for row in rows:
        other = counterpart(row, old)
        if not is_run(row) or not other:
            continue
        pairs = {"exits": (other["exit_count"], row["exit_count"])}
        pairs["ticks to userland"] = (other["userland_ticks"], row["userland_ticks"])
        pairs |= {name: (other["costs"].get(name), n) for name, n in row["costs"].items()}
        found += [(row["name"], name, a, b) for name, (a, b) in pairs.items() if a and b and a != b]
    return sorted(found, key=lambda one: -abs(one[3] / one[2] - 1))


def longest_exits(rows):
    """{(machine, kind of exit): (TSC cycles of the longest one, name of the row)}"""
    found = {}
    for row in rows:
        for kind, cycles in row.get("longest_by_reason", {}).items():
            key = row["machine"], kind
            found[key] = max(found.get(key, (0, "")), (cycles, row["name"]))
    return found
