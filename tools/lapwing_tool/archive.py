# SPDX-License-Identifier: GPL-2.0-only
"""Debian packages of any suite, unpacked into the cache, without touching the machine's own apt.

The archive is the one that the machine's own apt uses. Each suite and architecture gets a private
apt state in the cache, with its own sources list and index; packages are checked against Debian's
archive keyring by apt itself, and unpacked with dpkg-deb.
"""

import fnmatch
import os
import pathlib
import re
import shutil

from . import packages
from .base import UserError, cache_dir, command, locked

KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def repositories():
    """(archive URI, security archive URI or None) of this machine's apt configuration."""
    found = _labelled_uris()
    if "Debian" not in found and packages.try_update():
        found = _labelled_uris()  # on a new machine no index had been fetched yet
    if "Debian" not in found:
        raise UserError(
            "this machine's apt knows no Debian archive (try: apt-get update as root); "
            "Lapwing takes guest kernels and QEMU from there"
        )
    return found["Debian"], found.get("Debian-Security")


def _labelled_uris():
    text = command(
        ["apt-get", "indextargets", "--format", "$(LABEL)|$(REPO_URI)", "Created-By: Packages"],
        "reading the apt configuration",
    )
    found = {}
    for line in text.splitlines():
        label, _, uri = line.partition("|")
        found.setdefault(label.strip(), uri.strip())
    return found


def codename():
    """Debian release of this machine (bookworm, trixie)."""
    text = pathlib.Path("/etc/os-release").read_text()
    match = re.search(r"^VERSION_CODENAME=(\w+)", text, re.M)
    return match.group(1) if match else ""


class Suite:
    """A private apt state for one suite (with its updates) and architecture."""

    def __init__(self, name, arch="amd64", backports=False, use_installed=False):
        self.name, self.arch, self.backports = name, arch, backports
        self.label = f"{name}{'-backports' if backports else ''}-{arch}"
        self.state = cache_dir() / "apt" / self.label
        self.use_installed = use_installed  # count the machine's own packages as there
        self.security = True

    def sources(self):
        """Text of the sources list."""
        archive, security = repositories()
        options = f"arch={self.arch}"
        if KEYRING.exists():
            options += f" signed-by={KEYRING}"
        lines = [f"deb [{options}] {archive} {self.name} main"]
        if self.backports:
            lines.append(f"deb [{options}] {archive} {self.name}-backports main")
        if security and self.security:
            lines.append(f"deb [{options}] {security} {self.name}-security main")
        return "\n".join(lines) + "\n"

    def options(self):
        """apt options that keep it inside the private state."""
        status = "/var/lib/dpkg/status" if self.use_installed else self.state / "status"
        values = {
            "Dir::State": self.state / "state",
            "Dir::State::status": status,
            "Dir::Cache": self.state / "cache",
            "Dir::Etc::sourcelist": self.state / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Architecture": self.arch,
            "APT::Architectures": self.arch,
            "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
            "Acquire::Languages": "none",
            # The older suites are not signed anew any more.
            "Acquire::Check-Valid-Until": "false",
            "Acquire::Retries": "3",
            "Debug::NoLocking": "true",
        }
        return [word for key, value in values.items() for word in ("-o", f"{key}={value}")]

    def update(self, progress):
        """Fetch the package index."""
        progress(f"fetching the package index of {self.label}")
        for folder in ("state/lists/partial", "cache/archives/partial"):
            (self.state / folder).mkdir(parents=True, exist_ok=True)
        (self.state / "status").touch()
        (self.state / "sources.list").write_text(self.sources())
        command(["apt-get", *self.options(), "-q", "update"], f"apt-get update of {self.label}")
        (self.state / "updated").touch()

    def depends(self, package):
        """The Depends line of the newest version of `package`."""
        text = command(
            ["apt-cache", *self.options(), "show", "--no-all-versions", package],
            f"looking up {package} in {self.label}",
        )
        match = re.search(r"^Depends: (.*)$", text, re.M)
        return match.group(1) if match else ""

    def fetch(self, find, into, progress, only=".", argv=("download",)):
        """Unpack `only` of a package into the new folder `into`, as extract() does.

        `find(suite)` gives the package's name once the index is there; `argv` is what apt-get is
        asked to do with it, so that it leaves .deb files in the private state.
        """
        debs = self.state / "cache/archives"
        for attempt in ("index as it is", "new index", "without security updates"):
            try:
                if attempt != "index as it is" or not (self.state / "updated").exists():
                    self.security = attempt != "without security updates"
                    self.update(progress)
                package = find(self)
                progress(f"fetching {package} ({self.label})")
                what = f"fetching {package}"
                command(["apt-get", *self.options(), "-q", "-y", *argv, package], what, cwd=debs)
                break
            except UserError:
                # A file may have left the archive since the index was fetched; and a mirror may
                # lack a suite's security updates, or be in the middle of a sync.
                if attempt == "without security updates":
                    raise
        extract(sorted(debs.glob("*.deb")), into, only)
        for deb in debs.glob("*.deb"):
            deb.unlink()


def extract(debs, into, only="."):
    """Unpack the folder `only` of .deb files into `into`, which appears only when complete.

    A tuple of shell patterns instead means the files whose names match one of them.
    """
    temporary = into.with_name(into.name + ".partial")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    unpack = 'cd "$2" && dpkg-deb --fsys-tarfile "$1" | (shift 2; tar "$@")'
    for deb in debs:
        tar = ["sh", "-c", unpack, "sh", deb, temporary]
        members = [only]
        if not isinstance(only, str):
            names = command([*tar, "-t"], f"listing {deb.name}").splitlines()
            members = [name for name in names if _is_file_of(name, only)]
            if not members:
                raise UserError(f"{deb.name} has nothing of {' '.join(only)}")
        command([*tar, "-x", "--no-same-owner", "--", *members], f"unpacking {deb.name}")
    shutil.rmtree(into, ignore_errors=True)
    temporary.rename(into)


def _is_file_of(name, patterns):
    return name[-1:] != "/" and any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def ensure_unpacked(suite, find, into, progress, **how):
    """The folder `into` with a package of `suite`; fetched as by Suite.fetch() if missing."""
    if not into.exists():
        with locked(f"apt-{suite.label}", progress):
            if not into.exists():
                suite.fetch(find, into, progress, **how)
    return into
