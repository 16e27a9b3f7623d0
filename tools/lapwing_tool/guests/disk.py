# SPDX-License-Identifier: GPL-2.0-only
"""The disk that --disk adds to a machine, and what the guest's action `disk` must show with it.

It hangs on a USB controller (EHCI), a PCI device that has no MSI: its interrupts are
level-triggered INTx. The first half has content that the host knows, the second is empty. The guest
copies the first half to the second, reads that back, and tells the checksum of either reading
(test/linux/disk-io).
"""

import dataclasses
import pathlib
import random
import zlib

SEED = 20
MIB = 1 << 20
# Linux asks a USB disk for 120 KiB at most, and an interrupt comes at the end at least: 9 a MiB.
INTERRUPTS_PER_MIB = 9
TRANSFERS = 3


@dataclasses.dataclass
class Disk:
    """An image of 2 * `mib` MiB at `path`, as make() made it."""

    path: pathlib.Path
    mib: int
    crc: str  # CRC-32 of the first half, in hexadecimal

    def problems(self):
        """Sentences on what the guest left in the image: both halves must be what make() wrote."""
        with open(self.path, "rb") as image:
            for name in ("first", "second"):
                if _crc(image, self.mib) != self.crc:
                    yield f"the {name} half of the disk image does not hold what it should"


def _crc(image, mib):
    crc = 0
    for _ in range(mib):
        crc = zlib.crc32(image.read(MIB), crc)
    return f"{crc:08x}"


def make(path, mib):
    """Write the image; the same bytes each time."""
    source = random.Random(SEED)
    with open(path, "w+b") as image:
        for _ in range(mib):
            image.write(source.randbytes(MIB))
        image.truncate(2 * mib * MIB)
        image.seek(0)
        return Disk(path, mib, _crc(image, mib))


def shortcomings(facts, disk, pic):
    """Sentences on what is wrong with a guest's line of facts {word: value} about `disk`.

    `pic`: the interrupts had to come by the 8259 instead of the I/O APIC.
    """
    if facts.get("mib") != str(disk.mib):
        yield f"the guest's disk has {facts.get('mib')} MiB of content, not {disk.mib}"
    for what in ("read", "written"):
        if facts.get(what) != disk.crc:
            yield f"disk: the checksum of what was {what} is {facts.get(what)}, not {disk.crc}"
    yield from _wrong_line(facts, pic)
    cpus = int(facts["cpus"]) if facts.get("cpus", "").isdigit() else 0  # online at that time
    counts = [int(word) for word in facts.get("counts", "").split(",") if word.isdigit()]
    wanted = TRANSFERS * INTERRUPTS_PER_MIB * disk.mib
    if sum(counts) < wanted:
        yield f"disk: {sum(counts)} interrupts, fewer than {wanted}"
    if not cpus or len(counts) != cpus or (not pic and 0 in counts):
        yield f"disk: the interrupts did not come to each of {cpus} CPUs: {facts.get('counts')}"
    if cpus > 1 and facts.get("ipis", "0") == "0":
        yield "disk: the CPUs sent each other no IPI meanwhile"
    for what in ("mis", "err"):
        if facts.get(what) != "0":
            yield f"disk: the guest counts odd interrupts, {what.upper()}: {facts.get(what)}"


def _wrong_line(facts, pic):
    chip, flow, trigger = (facts.get(word, "?") for word in ("chip", "flow", "type"))
    if pic:
        right = chip == "XT-PIC" and facts.get("elcr") == "level"
    else:
        right = chip in ("IO-APIC", "IR-IO-APIC") and flow == "fasteoi" and trigger == "level"
    if not right:
        yield (
            f"disk: no level-triggered interrupt of the {'PIC' if pic else 'I/O APIC'}: "
            f"{chip} {flow} {trigger}, ELCR says {facts.get('elcr')}"
        )
