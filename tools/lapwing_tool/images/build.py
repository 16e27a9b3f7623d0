# SPDX-License-Identifier: GPL-2.0-only
"""Builds Lapwing's images: one Meson build folder for each configuration and compiler."""

import dataclasses
import hashlib
import pathlib
import shutil

from .. import packages
from ..base import BUILD, CONFIGS, DEFAULT_CONFIG, ROOT, UserError, command

LOCAL = ROOT / ".config"
# The image, and what its configuration does not link; not the payloads and host tests.
IMAGE = ("lapwing.elf", "libunlinked.a")
ENDINGS = (".elf", ".efi")  # of the images that a build makes: for GRUB's multiboot2, and for UEFI
COMPILERS = {"gcc": "", "clang": "-clang"}  # compiler -> suffix of the build folder


@dataclasses.dataclass(frozen=True)
class Config:
    """A configuration: its name and its file."""

    name: str
    path: pathlib.Path

    def symbols(self):
        """{symbol: value} as the file says; what it leaves to Kconfig's defaults is not in it."""
        pairs = (line.split("=", 1) for line in self.path.read_text().splitlines() if "=" in line)
        return {key.removeprefix("CONFIG_"): value for key, value in pairs if key[:1] != "#"}

    def vendor(self):
        """Either "svm" or "vmx"."""
        return "vmx" if "VIRT_VMX" in self.symbols() else "svm"

    def has_leaf(self):
        """Whether guests find Lapwing's CPUID leaf."""
        return "SIGNATURE_NONE" not in self.symbols()

    def installed_as(self):
        """The name that `meson install` gives the image in /boot/lapwing, without its ending."""
        return "local" if self.path == LOCAL else self.path.stem

    def folder(self, compiler="gcc"):
        """The build folder."""
        return BUILD / (self.name + COMPILERS[compiler])

    def elf(self, compiler="gcc"):
        """The image that a build leaves."""
        return self.folder(compiler) / "lapwing.elf"


def named():
    """All configurations of configs/."""
    return [Config(path.stem, path) for path in sorted(CONFIGS.glob("*.config"))]


def find(text=None, vendor=None):
    """The Config for a name of configs/, a path, or, without either, what the user works with.

    That is .config if there is one, else the default configuration for `vendor`.
    """
    if not text:
        if LOCAL.exists():
            return Config("local", LOCAL)
        if vendor and not DEFAULT_CONFIG.startswith(vendor):
            text = f"{vendor}-xapic_ept"
        else:
            text = DEFAULT_CONFIG
    for config in named():
        if text in (config.name, config.path.name, str(config.path)):
            return config
    path = pathlib.Path(text).resolve()
    if path.is_file():
        # Two files of the same name in different places get a build folder each.
        place = hashlib.sha256(str(path).encode()).hexdigest()[:6]
        return Config("local" if path == LOCAL else f"{path.stem}-{place}", path)
    names = ", ".join(config.name for config in named())
    raise UserError(f"no configuration called {text} and no such file; known ones: {names}")


def configure(config, compiler="gcc"):
    """The build folder of `config`, set up for Meson if it was not."""
    if not (ROOT / "meson.build").exists():
        raise UserError("meson.build is missing: this is no complete source tree")
    folder = config.folder(compiler)
    if (folder / "build.ninja").exists():
        return folder
    source = config.path
    if source.is_relative_to(ROOT):
        source = source.relative_to(ROOT)
    shutil.rmtree(folder, ignore_errors=True)
    setup = ["meson", "setup", folder, ROOT, f"-Dconfig={source}"]
    command(setup, f"configuring {config.name}", env={"CC": compiler})
    return folder


def build(config, progress, compiler="gcc", targets=IMAGE):
    """Build `targets` of `config`; returns the path of lapwing.elf. Only what is out of date is built."""
    packages.ensure(packages.BUILD + (packages.CLANG if compiler == "clang" else ()), progress)
    progress(f"building {config.name} with {compiler}")
    folder = configure(config, compiler)
    command(["ninja", "-C", folder, *targets], f"building {config.name} with {compiler}")
    return config.elf(compiler)


def loadable(config, progress, compiler="gcc", efi=False):
    """Build what GRUB loads of `config`, or with `efi` the UEFI application; returns its path."""
    name = "lapwing.efi" if efi else "lapwing-stripped.elf"
    return build(config, progress, compiler, (*IMAGE, name)).with_name(name)


def payload(name, progress):
    """The Multiboot payload called `name`; it is the same with every configuration."""
    return _for_guests(f"test/guest/{name}.elf", progress)


def sector(name, progress):
    """The boot sector called `name`; it is the same with every configuration."""
    return _for_guests(f"test/guest/{name}.sector", progress)


def _for_guests(target, progress):
    config = find(DEFAULT_CONFIG)
    build(config, progress, targets=(target,))
    return config.folder() / target


def installed_files(config, folder, compiler="gcc"):
    """{path on an installed system: path here} of what `meson install` installs; it is put in `folder`."""
    where = configure(config, compiler)
    images = [config.installed_as() + ending for ending in ENDINGS]
    command(["ninja", "-C", where, *images], f"building {config.name}")
    words = ["--no-rebuild", "--quiet", "--destdir", folder.resolve()]
    command(["meson", "install", "-C", where, *words], "meson install")
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {f"/{path.relative_to(folder)}": path for path in found}
