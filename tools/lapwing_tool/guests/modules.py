# SPDX-License-Identifier: GPL-2.0-only
"""The kernel modules that some actions need, from the package of the guest's kernel."""

import gzip
import lzma
import re

from ..base import UserError

# action -> modules
WANTED = {"disk": ("ehci-pci", "usb-storage", "sd_mod"), "efivars": ("efivarfs",)}
# Where these and what they depend on are, if the kernel has them; the package has 300 MB of others.
MEMBERS = tuple(
    f"./*lib/modules/*/kernel/{place}*.ko*"
    for place in (
        "drivers/usb/core/", "drivers/usb/common/", "drivers/usb/host/", "drivers/usb/storage/",
        "drivers/scsi/scsi_", "drivers/scsi/sd_", "lib/crc", "block/t10", "crypto/crc",
        "fs/efivarfs/",
    )
)  # fmt: skip
# ending -> what undoes it
PACKED = {".ko": bytes, ".xz": lzma.decompress, ".gz": gzip.decompress}


def _name(text):
    """A module's name as the kernel writes it; files and dependencies have - as well."""
    return text.replace("-", "_")


def depends(content):
    """Names of the modules that an uncompressed module's .modinfo section says it needs."""
    match = re.search(rb"\0depends=([^\0]*)\0", content)
    return [_name(word) for word in match.group(1).decode().split(",") if word] if match else []


def in_order(wanted, read):
    """[(name, content)] of the modules `wanted` and of all that they need, those first.

    `read(name)` gives a module's content.
    """
    found = {}

    def add(name, path):
        if name in path:
            raise UserError(f"modules need each other: {' '.join((*path, name))}")
        if name not in found:
            content = read(name)
            for other in depends(content):
                add(other, (*path, name))
            found[name] = content

    for name in wanted:
        add(_name(name), ())
    return list(found.items())


def for_action(action, guest, kernel):
    """{path in the initramfs: content}; loaded in the order of their names they work.

    `action` is one of WANTED, `guest` is a name of kernels.LINUX, `kernel` the path of its image beside which its modules are.
    """
    release = kernel.name.removeprefix("vmlinuz-")
    folders = kernel.parents[1].glob(f"**/lib/modules/{release}")
    found = [path for folder in folders for path in folder.rglob("*.ko*")]
    paths = {_name(path.name.partition(".")[0]): path for path in found}

    def read(name):
        if name not in paths:
            raise UserError(
                f"{guest} has no module {name}, which lapwing.do={action} needs: take linux-5.10, or, if "
                f"an older version of this tool has fetched it, remove {kernel.parents[1]}"
            )
        path = paths[name]
        if path.suffix not in PACKED:
            raise UserError(f"{guest}: modules like {path.name} cannot be read; take linux-5.10")
        return PACKED[path.suffix](path.read_bytes())

    return {
        f"{action}-modules/{number:02}-{name}.ko": content
        for number, (name, content) in enumerate(in_order(WANTED[action], read))
    }
