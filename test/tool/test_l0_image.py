# SPDX-License-Identifier: GPL-2.0-only
"""What goes into an L0's initramfs: libraries, firmware, modules, and when it is made anew."""

import lzma
import pathlib
import tempfile
import types
import unittest

from lapwing_tool.base import UserError
from lapwing_tool.emulators import l0_image

LDD = """\
\tlinux-vdso.so.1 (0x00007ffd5f3c8000)
\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f0e0c8d7000)
\tlibnl-3.so.200 => /cache/qemu/lib/libnl-3.so.200 (0x00007f0e0c000000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f0e0cb00000)
"""


def module(needs):
    """Content of a module that needs the modules `needs`, a comma list."""
    return b"\0license=GPL\0depends=" + needs.encode() + b"\0"


class Parts(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_libraries_and_their_loader(self):
        found = l0_image.parse_ldd(LDD)
        self.assertEqual(
            {name: str(path) for name, path in found.items()},
            {
                "lib/libm.so.6": "/lib/x86_64-linux-gnu/libm.so.6",
                "lib/libnl-3.so.200": "/cache/qemu/lib/libnl-3.so.200",
                "lib64/ld-linux-x86-64.so.2": "/lib64/ld-linux-x86-64.so.2",
            },
        )

    def test_a_lost_library_is_named(self):
        with self.assertRaisesRegex(UserError, "libaio.so.1"):
            l0_image.parse_ldd(LDD + "\tlibaio.so.1 => not found\n")

    def test_firmware_of_the_first_folder_that_has_it(self):
        for name in l0_image.FIRMWARE:
            (self.folder / name).write_bytes(b"")
        qemu = types.SimpleNamespace(arguments=["-L", str(self.folder)])
        paths = l0_image.firmware(qemu)
        self.assertEqual(paths["firmware/bios-256k.bin"], self.folder / "bios-256k.bin")

    def test_modules_with_what_they_need_first(self):
        kernel = self.folder / "lib/modules/6.0/kernel"
        kernel.mkdir(parents=True)
        (kernel / "kvm-amd.ko").write_bytes(module("kvm,ccp"))
        (kernel / "kvm.ko.xz").write_bytes(lzma.compress(module("")))
        (kernel / "ccp.ko").write_bytes(module(""))
        (kernel.parent / "modules.builtin").write_text("kernel/drivers/virtio/virtio_pci.ko\n")
        found = l0_image.kernel_modules(self.folder, ("kvm-amd", "virtio_pci"))
        self.assertEqual(
            list(found), ["modules/00-kvm.ko", "modules/01-ccp.ko", "modules/02-kvm_amd.ko"]
        )
        self.assertEqual(found["modules/00-kvm.ko"], module(""))
        with self.assertRaisesRegex(UserError, "no module 9p"):
            l0_image.kernel_modules(self.folder, ("9p",))

    def test_made_anew_when_a_part_changes(self):
        path = self.folder / "qemu"
        path.write_bytes(b"one")
        first = l0_image.stamp({"bin/qemu": path}, [b"init"])
        self.assertEqual(first, l0_image.stamp({"bin/qemu": path}, [b"init"]))
        self.assertNotEqual(first, l0_image.stamp({"bin/qemu": path}, [b"init "]))
        path.write_bytes(b"three")
        self.assertNotEqual(first, l0_image.stamp({"bin/qemu": path}, [b"init"]))

    def test_archive_has_each_folder_before_its_files(self):
        data = l0_image.archive({"firmware/bios": b"B", "lib/x/y": b"Y"}, b"init")
        places = [data.index(name) for name in (b"firmware\0", b"lib\0", b"lib/x\0", b"lib/x/y\0")]
        self.assertEqual(places, sorted(places))


if __name__ == "__main__":
    unittest.main()
