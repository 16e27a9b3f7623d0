# SPDX-License-Identifier: GPL-2.0-only
"""Which room of src/ uses which, by #include lines and by symbols, and circles of files.

The table is src/layers.toml.
"""

import collections
import fnmatch
import pathlib
import re
import tomllib

from . import sources
from .texts import C_COMMENT
from ...base import ROOT, UserError, command

SRC = ROOT / "src"
OBJECTS = ("lapwing.elf.p", "libhot.a.p", "libunlinked.a.p")


def room_of(file):
    """The folder of a file of src/ ("core/host/idt.c": "core/host")."""
    return pathlib.PurePosixPath(file).parent.as_posix()


class Table:
    """src/layers.toml."""

    def __init__(self, text):
        table = tomllib.loads(text)
        self.rooms = table["rooms"]
        self.exceptions = table.get("exception", [])
        self.circles = table.get("circle", [])
        self.contracts = set(table["contracts"]["headers"])
        self.used = set()

    def row(self, room):
        """What a room may use: by its own row, or by one with a pattern."""
        if room in self.rooms:
            return self.rooms[room]
        for pattern, may in self.rooms.items():
            if fnmatch.fnmatch(room, pattern):
                return may
        raise UserError(f"src/layers.toml has no row for {room}")

    def allows(self, user, file):
        """Whether the file `user` may use what is in the file `file`."""
        room, other = room_of(user), room_of(file)
        may = self.row(room)
        if other in (room, "include/lapwing") or "*" in may or other in may or file in may:
            return True
        for number, exception in enumerate(self.exceptions):
            if exception["from"] in (room, user) and (
                file in exception["uses"] or other in exception["uses"]
            ):
                self.used.add(number)
                return True
        return False

    def circle_known(self, files):
        """Whether a circle is one of those that are listed."""
        return any(
            all(any(fnmatch.fnmatch(file, p) for p in circle["files"]) for file in files)
            for circle in self.circles
        )


def wrong_includes(table, texts):
    """Lines for what files include and may not."""
    wrong = []
    for file, text in texts.items():
        for name in re.findall(r'(?m)^\s*#\s*include "([^"]+)"', text):
            # A name without a folder is made by the build, or is of the same folder.
            if "/" in name and not table.allows(file, name):
                wrong.append(f"{file} includes {name}")
    return wrong


def symbols(folder, files):
    """({symbol: files that define it}, {file: symbols that it takes}) of a build folder."""
    file_of = {"src_" + file.replace("/", "_") + ".o": file for file in files}
    objects = [path for part in OBJECTS for path in (folder / part).glob("*.o")]
    objects = [path for path in objects if path.name in file_of]
    if not objects:
        raise UserError(f"no object files in {folder}: the build failed")
    defined, taken = collections.defaultdict(set), collections.defaultdict(set)
    for line in command(["nm", "-A", *objects], "nm").splitlines():
        name, _, rest = line.partition(":")
        file, words = file_of[pathlib.Path(name).name], rest.split()
        if words[-2] == "U":
            taken[file].add(words[-1])
        elif words[-2].isupper():
            defined[words[-1]].add(file)
    return defined, taken


def circles(graph):
    """Groups of nodes that reach each other: {node: set of nodes}."""

    def reach(start):
        seen, todo = set(), [start]
        while todo:
            for node in graph.get(todo.pop(), ()):
                if node not in seen:
                    seen.add(node)
                    todo.append(node)
        return seen

    reached = {node: reach(node) for node in graph}
    groups = {
        frozenset(other for other in reached[node] if node in reached.get(other, ()))
        for node in graph
        if node in reached[node]
    }
    return sorted(sorted(group) for group in groups)


def wrong_symbols(table, texts, defined, taken):
    """(lines for symbols that files take and may not, the graph of who calls whom)."""
    headers = collections.defaultdict(set)
    for file, text in texts.items():
        if file.endswith(".h"):
            for word in set(re.findall(r"\w+", text)):
                headers[word].add(file)
    wrong, graph = [], collections.defaultdict(set)
    for user, names in sorted(taken.items()):
        for name in sorted(names):
            for owner in sorted(defined.get(name, ())):
                places = {owner} | headers[name]
                if not any(table.allows(user, place) for place in sorted(places)):
                    wrong.append(f"{user} takes {name} of {owner}")
                if owner != user and not headers[name] & table.contracts:
                    graph[user].add(owner)
    return wrong, graph


def layers(folder):
    """Rooms use what src/layers.toml lets them use, and no unlisted files call each other in a circle."""
    table = Table((SRC / "layers.toml").read_text(encoding="utf-8"))
    texts = {
        path.relative_to(SRC).as_posix(): C_COMMENT.sub("", path.read_text(encoding="utf-8"))
        for path in sources(".c", ".h", ".S")
        if path.is_relative_to(SRC)
    }
    wrong = wrong_includes(table, texts)
    more, graph = wrong_symbols(table, texts, *symbols(folder, texts))
    wrong += more
    found = circles(graph)
    wrong += [f"circle: {' '.join(group)}" for group in found if not table.circle_known(group)]
    if wrong:
        raise UserError("\n".join(wrong))
    idle = [e["from"] for n, e in enumerate(table.exceptions) if n not in table.used]
    note = f"{len(texts)} files, {len(table.used)} exceptions, {len(found)} circles listed"
    return note + (f"; no longer needed: {' '.join(idle)}" if idle else "")


def readme_rooms(text):
    """({room: what it may use}, folders of src/ that have a line) as a README says."""
    rows = re.findall(r"(?m)^\| `([^`]+)` \| ((?:`[^`]+`(?:, )?)+|everything) \|$", text)
    rooms = {room: re.findall(r"`([^`]+)`", may) or ["*"] for room, may in rows}
    return rooms, set(re.findall(r"(?m)^src/(\S+)/ +\S", text))


def readme():
    """The README shows the rooms of src/layers.toml, and has a line for each folder of src/.

    A room that the table knows only by a pattern, which is a strategy, can do without a line.
    """
    table = Table((SRC / "layers.toml").read_text(encoding="utf-8"))
    rooms, lines = readme_rooms((ROOT / "README.md").read_text(encoding="utf-8"))
    wrong = [
        f"README.md and src/layers.toml do not say the same of {room}"
        for room in sorted({*rooms, *table.rooms})
        if rooms.get(room) != table.rooms.get(room)
    ]
    files = [path for path in sources(".c", ".h", ".S") if path.is_relative_to(SRC)]
    folders = {path.parent.relative_to(SRC).as_posix() for path in files}
    needed = {name for name in folders if name in table.rooms or name == "include/lapwing"}
    wrong += [f"README.md has no line for src/{name}/" for name in sorted(needed - lines)]
    wrong += [f"README.md: there is no src/{name}/" for name in sorted(lines - folders)]
    if wrong:
        raise UserError("\n".join(wrong))
    return f"{len(rooms)} rooms, {len(lines)} folders"
