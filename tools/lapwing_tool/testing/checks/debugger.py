# SPDX-License-Identifier: GPL-2.0-only
"""The GDB commands of tools/gdb/lapwing.py, on a machine that runs and on a dump of one's memory."""

import concurrent.futures
import dataclasses
import re
import socket
import subprocess
import time

from ... import cases
from ...base import BUILD, ROOT, UserError
from ...emulators import machines
from ...images import build

COMMANDS = ROOT / "tools/gdb/lapwing.py"
LIMIT_S = 600
LAST_LINES = 25
START_S = 300  # until the emulator listens

# While GDB looks, no timer interrupt comes.
LIVE = cases.Case("gdb-live", "svm-x2apic_msr", "tcg-x2apic", cpus=2, append="no_timer_check")
LIVE_SCRIPT = """
lapwing-start
hbreak *send_all if (raw >> 8 & 7) == ICR_MODE_SIPI
continue
lapwing-cpus
lapwing-trace 0 5
lapwing-trace-kinds
lapwing-vmcb 0
lapwing-slat 0 0x1000000
lapwing-guest-symbols linux-5.10
lapwing-guest-stack
python print(f"executed {execute(bytes((0x48, 0x89, 0xC8)), 0x123456789):x}")
lapwing-log
delete
detach
"""
# What the commands must print, in this order, with the guest's first STARTUP IPI as the moment.
LIVE_SAYS = (
    r"symbols of .*lapwing\.elf at 0x",
    r"hit Breakpoint .*raw=",
    r"cpu 0 apic id 0 RUN_STATE_RUNNING .*last EXIT_MSR_WRITE",
    r"cpu 1 apic id 1 RUN_STATE_WAIT_SIPI records 0",
    r"0xffffffff\w+ ipi +x2APIC ICR c500 INIT -> 0x1: 1 CPU +\[",
    r"0xffffffff\w+ ipi +x2APIC ICR 6\w\w SIPI",
    r"\bcpuid .* ipi$",
    r"^070 exitcode 0x7c",
    r"^480 idtr .*base = 0xfffffe0000000000",
    r"0x1000000 is at 0x1000000",
    r"symbols of vmlinuz-5\.10.*KASLR has moved it by 0x",
    r"native_write_msr",
    r"x2apic_send_IPI|native_apic_icr|native_x2apic_icr_write",
    r"native_cpu_up",
    r"executed 123456789",
    r"relocated to",
)

CORE = BUILD / "runs/gdb-dump/memory.core"
# The guest's first program halts the machine, after which a dump is the same at any moment: each CPU's last exit
# was on its way there, CPU 0's in the system call.
DUMP = cases.Case(
    "gdb-dump",
    "vmx-x2apic_msr-kvm",
    "bochs",
    guest="linux-5.10-cloud",
    memory=256,
    cpus=2,
    append="rdinit=/bin/busybox -- halt -f",
    expect=("reboot: System halted",),
    dump=str(CORE),
)
DUMP_SCRIPT = """
lapwing-symbols {offset}
lapwing-cpus
lapwing-trace 1 50
p/t machine.cpus[0]->virt->msr_bitmap.write[0x830 / 8]
lapwing-vmcs 1
python print("EPTP is", hex(int(value("machine.cpus[1]->virt->eptp"))))
lapwing-slat 1 0x1000000
lapwing-guest-symbols linux-5.10-cloud 1
lapwing-guest-stack 0
lapwing-log
"""
DUMP_SAYS = (
    r"cpu 1 apic id 1 RUN_STATE_RUNNING",
    r"wrmsr|cpuid",
    r"= 1111001$",
    r"^0000 VPID 0x1$",
    r"^201a EPTP 0x",
    r"^4822 GUEST_TR_RIGHTS 0x8b$",
    r"^6818 GUEST_IDTR_BASE 0xfffffe0000000000$",
    r"^EPTP is 0x",
    r"0x1000000 is at 0x1000000",
    r"symbols of vmlinuz-5\.10.*KASLR has moved it by 0x",
    r"^0xffffffff\w+ \w+",
    r"^  0xffffffff\w+ native_machine_halt\b",
    r"^  0xffffffff\w+ __do_sys_reboot\b",
    r"relocated to",
)


def gdb(elf, folder, script, *arguments):
    """What GDB prints for a script of commands."""
    path = folder / "commands.gdb"
    path.write_text("set pagination off\nset confirm off\n" + script)
    argv = ["gdb", "-q", "-nx", "-batch", *arguments, elf, "-x", COMMANDS, "-x", path]
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", timeout=LIMIT_S, check=False,
    )  # fmt: skip
    (folder / "gdb.log").write_text(done.stdout)
    return done.stdout


def check(text, patterns):
    """The patterns match lines of the text, one after the other."""
    lines, at, last = text.splitlines(), 0, "its start"
    for pattern in patterns:
        found = next((n for n in range(at, len(lines)) if re.search(pattern, lines[n])), None)
        if found is None:
            tail = "\n".join(lines[-LAST_LINES:])
            raise UserError(f"GDB did not print, after {last!r}: {pattern}\n{tail}")
        at, last = found, lines[found]


def free_port():
    """A TCP port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for(port, run):
    """Until the emulator listens."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and not run.done():
        with socket.socket() as probe:
            probe.settimeout(1)
            # To connect would be a session of GDB's; that a port cannot be bound says as much.
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return
        time.sleep(0.2)
    raise UserError("the emulator did not wait for GDB")


def live(progress):
    """Each command on a machine that runs, which goes on afterwards as if nothing had been."""
    elf = build.build(build.find(LIVE.config), progress)
    port = free_port()
    case = dataclasses.replace(LIVE, extra=("-S", "-gdb", f"tcp:127.0.0.1:{port}"), timeout=LIMIT_S)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        run = pool.submit(cases.carry_out, case, machines.get(case.machine), progress)
        wait_for(port, run)
        text = gdb(elf, BUILD / "runs" / case.name, f"target remote 127.0.0.1:{port}\n{LIVE_SCRIPT}")
        outcome = run.result()
    check(text, LIVE_SAYS)
    if outcome.problems:
        raise UserError("after GDB had gone: " + "\n".join(outcome.problems))
    return f"{len(LIVE_SAYS)} answers"


def dump(progress):
    """Commands on the memory that a machine with VMX has left, and what they say of a VMCS."""
    outcome = cases.carry_out(DUMP, machines.get(DUMP.machine), progress)
    if outcome.problems:
        raise UserError("\n".join(outcome.problems))
    offset = re.search(r"lapwing\.elf -o (0x\w+)", "\n".join(outcome.report.lines))[1]
    elf = build.find(DUMP.config).elf()
    text = gdb(elf, CORE.parent, DUMP_SCRIPT.format(offset=offset), "-c", CORE)
    CORE.unlink()
    check(text, DUMP_SAYS)
    eptp = {match for match in re.findall(r"(?m)^(?:201a EPTP|EPTP is) (0x\w+)$", text)}
    if len(eptp) != 1:
        raise UserError(f"the EPTP of the VMCS is not the one that Lapwing has written: {eptp}")
    return f"{len(DUMP_SAYS)} answers"
