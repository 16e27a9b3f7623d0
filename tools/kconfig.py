#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads, checks, completes and edits configuration files with Debian's Kconfiglib.

  kconfig.py check FILE             every symbol known and consistent, or a message and status 1
  kconfig.py resolve FILE -o OUT    the same, and OUT gets every symbol (for Meson's keyval)
  kconfig.py header FILE -o OUT     the same as C: #define CONFIG_X 1
  kconfig.py menuconfig FILE [--from FILE]   edit FILE in the terminal, begun from another file

Output files are touched only when their content changes.
"""

import argparse
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """A configuration that Kconfig does not allow; the text says what and where."""


def kconfiglib():
    """The Kconfiglib module; a message instead of a traceback when it is not installed."""
    try:
        import kconfiglib as module
    except ImportError:
        raise ConfigError(
            "Kconfiglib is missing: apt install python3-kconfiglib, or ./lapwing setup"
        ) from None
    return module


def load(path=None):
    """Kconfig with the values of `path` (or the defaults), complete and without contradiction."""
    lib = kconfiglib()
    os.environ["srctree"] = str(ROOT)
    kconf = lib.Kconfig("Kconfig", warn_to_stderr=False)
    kconf.warn_assign_undef = True
    if path is None:
        return kconf
    if not pathlib.Path(path).is_file():
        raise ConfigError(f"{path}: no such configuration file")
    kconf.load_config(str(path))
    problems = [str(warning).strip() for warning in kconf.warnings]
    for sym in kconf.unique_defined_syms:
        wanted = sym.user_value
        if wanted is None:
            continue
        if sym.orig_type in (lib.BOOL, lib.TRISTATE):
            wanted = lib.TRI_TO_STR[wanted]
        # A choice member that was set to n may have been switched on by nothing but its siblings.
        if wanted != sym.str_value and not (sym.choice and wanted == "n"):
            problems.append(
                f"{path}: CONFIG_{sym.name}={wanted} cannot be: its dependencies or its choice "
                f"make it {sym.str_value}"
            )
    if problems:
        raise ConfigError("\n".join(problems))
    return kconf


def write_if_changed(path, text):
    """Write `text` to `path`, leaving the file and its time alone if it says the same already."""
    path = pathlib.Path(path)
    if path.is_file() and path.read_text() == text:
        return
    path.write_text(text)


def values(kconf):
    """(name, value) of each symbol that has one, in the order of Kconfig; n is left out."""
    lib = kconfiglib()
    for sym in kconf.unique_defined_syms:
        if sym.orig_type in (lib.BOOL, lib.TRISTATE):
            if sym.str_value == "y":
                yield sym.name, "y"
        elif sym.orig_type == lib.STRING:
            yield sym.name, f'"{sym.str_value}"'
        elif sym.str_value:
            yield sym.name, sym.str_value


def resolved_text(kconf):
    """KEY=value lines, as Meson's keyval module reads them."""
    return "".join(f"CONFIG_{name}={value}\n" for name, value in values(kconf))


def header_text(kconf):
    """The values as a C header."""
    lines = ["/* Made from the configuration by tools/kconfig.py; edit that, not this. */"]
    lines.append("#pragma once")
    for name, value in values(kconf):
        lines.append(f"#define CONFIG_{name} {1 if value == 'y' else value}")
    return "\n".join(lines) + "\n"


def menuconfig(path, begin):
    """Edit `path` with Kconfiglib's menu; a new file begins with the values of `begin`."""
    path = pathlib.Path(path).resolve()
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise ConfigError("menuconfig needs a terminal; without one: lapwing defconfig NAME")
    # The menu keeps these values when there is no file to load, and writes it only when told to.
    kconf = load(path if path.exists() else begin)
    os.environ["KCONFIG_CONFIG"] = str(path)
    import menuconfig as menu

    menu.menuconfig(kconf)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("check", "resolve", "header", "menuconfig"))
    parser.add_argument("file", help="configuration file")
    parser.add_argument("-o", "--output", help="file to write")
    parser.add_argument("--from", dest="begin", help="file whose values a new FILE begins with")
    args = parser.parse_args()
    if args.action in ("resolve", "header") and not args.output:
        parser.error(f"{args.action} needs -o FILE")
    try:
        if args.action == "menuconfig":
            menuconfig(args.file, args.begin)
            return 0
        kconf = load(args.file)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    if args.action == "resolve":
        write_if_changed(args.output, resolved_text(kconf))
    elif args.action == "header":
        write_if_changed(args.output, header_text(kconf))
    return 0


if __name__ == "__main__":
    sys.exit(main())
