# SPDX-License-Identifier: GPL-2.0-only
"""lapwing bench --boots: what a boot of Linux and its user work cost by phases, in ticks of Bochs.

One boot varies by 2 % with the moment of a single interrupt. So each figure is of several schedules:
the machine's date, the turns of its CPUs and the length of GRUB's script differ. A ratio is that of
the boots under Lapwing and bare with the same schedule. Each boot is repeatable, and its marks are kept.
Under Linux's own KVM (bench_kvm.py) a boot has two figures and no phases.
"""

import functools
import hashlib
import itertools
import json
import pathlib
import re
import statistics
import threading
import time

from . import bench_columns, bench_kvm, cases, packages, parallel
from .base import BUILD, UserError, say
from .emulators import machines
from .emulators.bochs_log import BOOT
from .emulators.machines.bochs import MAX_CPUS
from .guests import initramfs, kernels
from .images import build, iso, tick_marks

GUEST = "linux-5.10-cloud"
CPUS = (1, 2, 4)
CONFIGS = {
    "bochs": (
        "vmx-apicv", "vmx-x2apic_msr-kvm", "vmx-xapic_ept-decode", "vmx-xapic_ept", "vmx-xapic_ept-mtf",
    ),
    "bochs-amd": ("svm-x2apic_msr-kvm", "svm-xapic_ept-decode", "svm-xapic_ept"),
}  # fmt: skip
KEPT = BUILD / "boots"

POWER_ON, INIT, USERLAND, WORK = "power-on", "init", "userland", "work-fork-begin"
IN_EXITS, IN_ALL_EXITS = "in-exits", "in-all-exits"
BOOT_OF_GUEST, WORKS = "from GRUB to userland", ("fork", "switch", "wake")
# phase that is a share -> the phases of which it is one
SHARES = {"in exits until userland": (BOOT_OF_GUEST,), "in exits of the work": WORKS}
CYCLES = re.compile(r"LAPWING-GUEST: figures cpu \d+ .*\bcycles=(\d+)")
NEXT_PROBE = "LAPWING-GUEST: probe end"
START = "Lapwing"  # a bare boot has GRUB's jump alone there
# phase -> the marks between which it lies
PHASES = {
    "firmware": (POWER_ON, BOOT),
    "GRUB": (BOOT, tick_marks.HANDOVER),
    START: (tick_marks.HANDOVER, tick_marks.GUEST),
    "kernel": (tick_marks.GUEST, INIT),
    "userland": (INIT, WORK),
    BOOT_OF_GUEST: (tick_marks.HANDOVER, USERLAND),
    "from power-on to userland": (POWER_ON, USERLAND),
    # What Lapwing's own counters say, for each CPU on the average: exact, where a ratio varies.
    **dict(zip(SHARES, ((POWER_ON, IN_EXITS), (IN_EXITS, IN_ALL_EXITS)))),
    **{work: (f"work-{work}-begin", f"work-{work}-end") for work in WORKS},
    **{name: (POWER_ON, name) for name in bench_kvm.FIGURES},
}

START_OF_TIME, DAY = 946684800, 86413  # another second of the minute each day
TURN, TURNS = 16, 15  # ticks that a halted CPU's turn counts as, and by how much that differs at most


def schedule(number):
    """Words for Bochs that make another machine of the same kind. Number 0 is the usual one."""
    step = (number + 1) // 2 % (TURNS + 1)
    turn = TURN + (step if number % 2 else -step)
    return (f"cpu: quantum={turn}", f"clock: sync=none, time0={START_OF_TIME + DAY * number}")


def case_of(machine, config, cpus, number, words=""):
    """One boot, with further words for the kernel."""
    if machine in bench_kvm.CONFIGS:
        return bench_kvm.case_of(machine, config, cpus, number, words)
    return bench_columns.boot_case(
        machine,
        config,
        cpus,
        number,
        guest=GUEST,
        memory=512,
        append=f"quiet lapwing.do=work {words}".rstrip(),
        cpu_model=bench_columns.cpu_model(machine),
        extra=schedule(number),
        marks=True,
    )


def in_exits(lines):
    """What the console of a boot tells of the time in exits: until the first probe, and all. {} without Lapwing."""
    first = list(itertools.takewhile(lambda line: NEXT_PROBE not in line, lines))
    probes = {IN_EXITS: first, IN_ALL_EXITS: lines[len(first) :]}
    found = {name: [int(n) for n in CYCLES.findall("\n".join(text))] for name, text in probes.items()}
    return {name: round(statistics.mean(cycles)) for name, cycles in found.items() if cycles}


def marks_of(case, outcome):
    """What one boot has shown."""
    if case.machine in bench_kvm.CONFIGS:
        return bench_kvm.marks(outcome.costs)
    return {**outcome.ticks, **in_exits(outcome.report.lines)}


def in_words(marks):
    """The same in a few words."""
    if USERLAND in marks:
        return f"{marks[USERLAND]:,} ticks to userland"
    return ", ".join(f"{bench_kvm.FIGURES[name](value)} {name}" for name, value in marks.items())


def figures(marks):
    """{phase: ticks} of the marks of one boot. Without a second CPU nothing is woken on it."""
    marks = {POWER_ON: 0, **marks}
    return {
        phase: marks[end] - marks[begin]
        for phase, (begin, end) in PHASES.items()
        if begin in marks and end in marks
    }


@functools.lru_cache(maxsize=None)
def digest_of_files(machine_name, config):
    """A digest of the files that a boot is made of, the images' makers included."""
    machine = machines.get(machine_name)
    machine.ensure(say)
    kernel, arch = kernels.resolve(GUEST, say)
    files = [*machine.files(), kernel, initramfs.make(arch, say)]
    files += [pathlib.Path(module.__file__) for module in (iso, tick_marks)]
    if config:
        files.append(build.loadable(build.find(config), say))
    digest = hashlib.sha256()
    for path in files:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def made_of(case):
    """A name for all that a boot's ticks depend on."""
    words = f"{case!r} {digest_of_files(case.machine, case.config)}"
    return hashlib.sha256(words.encode()).hexdigest()[:16]


class Boots:
    """Boots, some side by side. The marks of each are in KEPT at once, and the results of all in a file."""

    def __init__(self, made, args):
        self.made, self.args = made, args  # {(machine, configuration, CPUs, schedule): made_of()}
        self.marks = {}  # of those that are done; None of one that went wrong
        self.began, self.booted = time.monotonic(), 0
        self.lock = threading.Lock()

    def boot(self, run):
        """Take the marks of one run from an earlier one, or boot."""
        case = case_of(*run, self.args.append)
        path = KEPT / f"{case.name}.json"
        marks = kept(path, self.made[run]) if self.args.resume else None
        if marks is None:
            outcome = cases.carry_out(case, machines.get(case.machine), lambda text: None)
            marks = None if outcome.problems else marks_of(case, outcome)
            what = in_words(marks) if marks else f"FAILED: {outcome.problems}"
            with self.lock:
                self._take(run, marks, booted=True)
                say(f"{case.name}: {what}; {self._left()}")
            if marks:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps({"made of": self.made[run], "marks": marks}), encoding="utf-8")
        else:
            with self.lock:
                self._take(run, marks)

    def _take(self, run, marks, booted=False):
        self.marks[run] = marks
        self.booted += booted
        bench_columns.keep(self.results(), self.args.output)

    def _left(self):
        left = len(self.made) - len(self.marks)
        minutes = left * (time.monotonic() - self.began) / self.booted / 60
        return f"{left} left, {minutes:.0f} minutes"

    def results(self):
        """{machine: {configuration: {figure: {schedule: ticks}}}} of those that are done."""
        results = {}
        for machine, config, cpus, number in self.made:
            into = results.setdefault(machine, {}).setdefault(config, {})
            marks = self.marks.get((machine, config, cpus, number)) or {}
            for phase, ticks in figures(marks).items():
                into.setdefault(name_of(cpus, phase), {})[str(number)] = ticks
        return results


def kept(path, made):
    """The marks of an earlier boot of the very same, or None."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found["marks"] if found.get("made of") == made else None


def runs(args):
    """(machine, configuration, CPUs, schedule) of each boot, so that what is there at any time can be compared."""
    columns = list(bench_columns.columns(args, bench_kvm.CONFIGS if args.kvm else CONFIGS))
    for number in range(args.schedules):
        for cpus in args.cpus or (bench_kvm.CPUS if args.kvm else CPUS):
            yield from ((*column, cpus, number) for column in columns)


def name_of(cpus, phase):
    """The name of a figure."""
    return f"{cpus} CPU{'s' if cpus > 1 else ''}, {phase}"


def measured(args):
    """The results of boots that are carried out now."""
    wanted = list(runs(args))
    packages.ensure(packages.ISO + packages.BUILD, say)
    boots = Boots({run: made_of(case_of(*run, args.append)) for run in wanted}, args)
    parallel.results([functools.partial(boots.boot, run) for run in wanted], args.jobs)
    bad = [run for run in wanted if not boots.marks[run]]
    if bad:
        raise UserError(f"{len(bad)} boots went wrong; what the others showed is in {args.output}")
    return boots.results()


def means(results):
    """The same with the mean of all schedules instead of each one's ticks."""
    return {
        machine: {
            config: {name: round(statistics.mean(ticks.values())) for name, ticks in run.items()}
            for config, run in columns.items()
        }
        for machine, columns in results.items()
    }


def ratios(ticks, bare):
    """By how much longer each schedule took than bare."""
    return [ticks[number] / bare[number] for number in ticks if bare.get(number)]


def cell(name, run, bare):
    """Ratio to bare with its standard deviation, but millions of ticks of Lapwing's own start, and the share of exits."""
    ticks = run.get(name)
    if not ticks:
        return "-"
    if name.endswith(START):
        return f"{statistics.mean(ticks.values()) / 1e6:.2f} M"
    cpus, phase = name.rsplit(", ", 1)
    if phase in SHARES:
        whole = [run.get(f"{cpus}, {part}", {}) for part in SHARES[phase]]
        total = {number: sum(part.get(number, 0) for part in whole) for number in ticks}
        return f"{100 * statistics.mean(ratios(ticks, total)):.2f} %"
    found = ratios(ticks, bare.get(name, {}))
    if not found:
        return "-"
    spread = f" ± {statistics.stdev(found):.3f}" if len(found) > 1 else ""
    return f"{statistics.mean(found):.3f}{spread}"


def bare_cell(name, ticks):
    """The mean of a bare figure."""
    in_words = bench_kvm.FIGURES.get(name.partition(", ")[2], lambda mean: f"{mean / 1e6:.2f}")
    return in_words(statistics.mean(ticks))


def table(columns):
    """Markdown lines of a machine: the ticks of a bare boot, and the ratio of each column to that."""
    bare = columns[bench_columns.BARE]
    unit = "" if any(name.endswith(tuple(bench_kvm.FIGURES)) for name in bare) else ", millions of ticks"
    others = {name: run for name, run in columns.items() if name != bench_columns.BARE}
    yield f"| phase | schedules | bare{unit} | " + " | ".join(others) + " |"
    yield "|---" * (len(columns) + 2) + "|"
    for name in names(columns.values()):
        cells = [cell(name, run, bare) for run in others.values()]
        mean = bare_cell(name, bare[name].values()) if name in bare else "-"
        schedules = max(len(run.get(name, ())) for run in columns.values())
        yield " | ".join([f"| {name}", str(schedules), mean, *cells]) + " |"


def names(found):
    """The figures of several runs in the order in which they are shown."""
    order = [name_of(cpus, phase) for cpus in range(1, MAX_CPUS + 1) for phase in PHASES]
    return sorted({name for run in found for name in run}, key=order.index)
