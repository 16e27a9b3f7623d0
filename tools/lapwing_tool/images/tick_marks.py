# SPDX-License-Identifier: GPL-2.0-only
"""Marks in a boot, which Bochs logs with the ticks since power-on (emulators/bochs_log.py).

GRUB's last act is to write the mark HANDOVER, and all of the mark GUEST but the end of its line. That
end is written by the guest's first instructions: a stub in its Linux kernel. So the time between
the two is GRUB's jump and what Lapwing does before its guest, to a few instructions.
"""

from ..base import UserError
from ..emulators.bochs_log import MARK, MESSAGE_PORT

HANDOVER, GUEST = "handover", "guest"
GRUB_MODULE = "iorw"  # has the command outb
KERNEL = "marked-kernel"

SETUP_SECTS = 0x1F1  # of the kernel's boot protocol, "The real-mode kernel header"
SECTOR = 512
ENTRY_64 = 0x200  # of the code; the 32-bit entry is at 0, and the room before this one is not full
# CLD, CLI, LEA ESP, [ESI + n]: what Linux' 32-bit entry has begun with since 2.6.38 at least.
FIRST = (b"\xfc\xfa\x8d\xa6", 8)  # how it begins, and its size


def grub_lines():
    """The last lines of GRUB's script."""
    text = f"{MARK}{HANDOVER}\n{MARK}{GUEST}"
    return tuple(f"outb {MESSAGE_PORT:#x} {byte:#x}" for byte in text.encode())


def jump(at, to):
    """JMP rel32 at offset `at`."""
    return b"\xe9" + (to - at - 5).to_bytes(4, "little", signed=True)


def marked(kernel):
    """The bzImage `kernel` (bytes) with a stub at its 32-bit entry, which ends the line of GUEST."""
    begin = ((kernel[SETUP_SECTS] or 4) + 1) * SECTOR
    code = kernel[begin : begin + ENTRY_64]
    head, size = FIRST
    # MOV AL, '\n'; MOV DX, port; OUT DX, AL. The protocol gives EAX and EDX no meaning.
    stub = b"\xb0\x0a\x66\xba" + MESSAGE_PORT.to_bytes(2, "little") + b"\xee" + code[:size]
    at = ENTRY_64 - len(stub) - len(jump(0, 0))
    if not code.startswith(head) or any(code[at:]):
        raise UserError("this kernel has another 32-bit entry than is known, or no room before its 64-bit one")
    code = jump(0, at) + code[5:at] + stub + jump(at + len(stub), size)
    return kernel[:begin] + code + kernel[begin + ENTRY_64 :]


def marked_file(kernel, folder):
    """Path of such a copy of the file `kernel` in `folder`."""
    path = folder / KERNEL
    path.write_bytes(marked(kernel.read_bytes()))
    return path
