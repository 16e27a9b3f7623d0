# SPDX-License-Identifier: GPL-2.0-only
"""Makes cases of a file like test/matrix.toml, which says at its top what such a file may hold.

What is wrong with a file ends in a UserError that names the file, the table and the key.
"""

import dataclasses
import fnmatch
import itertools
import re
import tomllib

from ..base import UserError
from ..cases import Case
from .row_values import FIELDS, field, need, one_of, only

DEFAULTS = {item.name: item.default for item in dataclasses.fields(Case)}
TABLES = {"word": dict, "axis": dict, "set": dict, "tag": dict, "group": list, "row": list}
RULES = {"use": tuple, "each": dict, "when": list, "except": list}
SETTABLE = [*FIELDS, "do"]
NAME = re.compile(r"\w[\w.@+-]*")  # a row's, which is that of a folder, too
WORD = re.compile(r"(?<!\S)@([\w-]+)(?!\S)")


@dataclasses.dataclass
class Names:
    """What a file defines for its rows, and for those of a file that is read after it."""

    words: dict = dataclasses.field(default_factory=dict)
    axes: dict = dataclasses.field(default_factory=dict)
    sets: dict = dataclasses.field(default_factory=dict)
    tags: dict = dataclasses.field(default_factory=dict)


def matches(value, wanted):
    """Whether `value` is what is wanted, or in that list; a text is a shell pattern."""
    wanted = wanted if isinstance(wanted, list) else [wanted]
    if isinstance(value, str):
        return any(isinstance(text, str) and fnmatch.fnmatchcase(value, text) for text in wanted)
    return value in wanted


def tags_of(case, names):
    """The tags of [tag] whose conditions a case meets."""
    return {
        tag
        for tag, wanted in names.tags.items()
        if all(matches(getattr(case, key), value) for key, value in wanted.items())
    }


def each_text(value, change):
    """A value whose texts, at any depth, are what `change` makes of them; a list in a list joins it."""
    if isinstance(value, dict):
        return {key: each_text(item, change) for key, item in value.items()}
    if isinstance(value, list):
        items = (each_text(item, change) for item in value)
        return [one for item in items for one in (item if isinstance(item, list) else [item])]
    return change(value) if isinstance(value, str) else value


def with_words(value, words, where):
    """The value with what [word] says in the place of each @NAME."""

    def word(match):
        return words[one_of(match.group(1), words, "word", where)]

    def change(text):
        whole = WORD.fullmatch(text)
        return word(whole) if whole else WORD.sub(lambda match: need(word(match), str, where), text)

    return each_text(value, change)


def with_labels(value, labels):
    """The value with the label of the axis in the place of each {AXIS}."""

    def change(text):
        for axis, label in labels.items():
            text = text.replace(f"{{{axis}}}", label)
        return text

    return each_text(value, change)


def define(content, names, path):
    """Add what a file defines to `names`."""
    for word, value in content.get("word", {}).items():
        names.words[word] = need(value, str if isinstance(value, str) else tuple, f"{path}: word.{word}")
    for axis, values in content.get("axis", {}).items():
        for label, fields in need(values, dict, f"{path}: axis.{axis}").items():
            where = f"{path}: axis.{axis}.{label}"
            only(fields, SETTABLE, where)
            names.axes.setdefault(axis, {})[label] = with_words(fields, names.words, where)
    for kind, into, known in (("set", names.sets, SETTABLE), ("tag", names.tags, FIELDS)):
        for name, fields in content.get(kind, {}).items():
            where = f"{path}: {kind}.{name}"
            into[name] = with_words(only(fields, known, where), names.words, where)


def rule(table, key, where):
    """What a group or a row has under a key of RULES; nothing by default."""
    kind = RULES[key]
    return need(table[key], kind, f"{where}: {key}") if key in table else [] if kind is tuple else kind()


def shared_fields(tables, sets, where):
    """The fields that sets, a group and a row set, before axes and rules."""
    fields = {}
    for table in tables:
        for name in rule(table, "use", where):
            fields |= sets[one_of(name, sets, "set", f"{where}: use")]
        fields |= {key: value for key, value in table.items() if key in SETTABLE}
    return fields


def points(axis, chosen, axes, where):
    """[(label, fields)] of what is chosen of an axis."""
    if axis in axes:
        labels = list(axes[axis]) if chosen == "*" else need(chosen, tuple, where)
        return [(label, axes[axis][one_of(label, axes[axis], "value", where)]) for label in labels]
    one_of(axis, [*axes, *FIELDS], "axis or field", where)
    return [(str(value), {axis: value}) for value in need(chosen, list, where)]


def holds(condition, labels, fields, where):
    """Whether the `if` of a rule is true for a combination."""
    here = {**DEFAULTS, **labels, **fields}
    for key in need(condition, dict, where):
        one_of(key, here, "axis of this row, or field,", where)
    return all(matches(here[key], wanted) for key, wanted in condition.items())


def rules(tables, key, then, where):
    """The rules of `when` or `except`: each has `if` and what `then` is called."""
    where = f"{where}: {key}"
    found = [one for table in tables for one in rule(table, key, where)]
    for one in found:
        only(one, ("if", then), where)
        for word in ("if", then):
            if word not in one:
                raise UserError(f"{where}: a rule has if and {then}; {word} is missing")
        if then == "then":
            only(one["then"], SETTABLE, f"{where}: then")
    return found


def combinations(tables, names, where):
    """The fields of each combination of a row's axes that exists, as its rules say."""
    each = {**rule(tables[0], "each", where), **rule(tables[1], "each", where)}
    when, left_out = rules(tables, "when", "then", where), rules(tables, "except", "why", where)
    axes = [points(axis, chosen, names.axes, f"{where}: each.{axis}") for axis, chosen in each.items()]
    shared = shared_fields(tables, names.sets, where)
    for values in itertools.product(*axes):
        labels = {axis: label for axis, (label, _) in zip(each, values)}
        fields = dict(shared)
        for _, more in values:
            fields |= more
        fields = with_labels(fields, labels)
        if any(holds(one["if"], labels, fields, f"{where}: except: if") for one in left_out):
            continue
        for one in when:
            if holds(one["if"], labels, fields, f"{where}: when: if"):
                fields |= with_labels(one["then"], labels)
        yield fields


def case_of(fields, find_config, where):
    """The Case with these fields of a file."""
    actions = need(fields.pop("do", []), tuple, f"{where}: do")
    found = {key: field(key, value, f"{where}: {key}") for key, value in fields.items()}
    if "{" in found["name"]:
        raise UserError(f"{where}: name: this row has no axis for the braces in {found['name']}")
    if not NAME.fullmatch(found["name"]):
        raise UserError(f"{where}: name: letters, digits and . _ @ + - are wanted in a name")
    append = found.get("append", "")
    if actions and "lapwing.do=" in append:
        raise UserError(f"{where}: do: append has lapwing.do= as well")
    if actions:
        found["append"] = f"{append} lapwing.do={','.join(actions)}".strip()
    try:
        found["config"] = find_config(found.get("config"))
    except UserError as error:
        raise UserError(f"{where}: config: {error}") from None
    return Case(**found)


def row_cases(group, row, names, find_config, where):
    """The cases of a row of a group; of none: {}."""
    only(row, [*SETTABLE, *RULES], where)
    if "name" not in row:
        raise UserError(f"{where}: a row needs a name")
    where = f'{where} "{need(row["name"], str, f"{where}: name")}"'
    tables = [with_words(table, names.words, where) for table in (group, row)]
    return [case_of(fields, find_config, where) for fields in combinations(tables, names, where)]


def group_cases(group, names, find_config, where):
    """The cases of a group."""
    only(group, ["about", "rows", *SETTABLE, *RULES], where)
    where = f'{where} "{need(group.get("about", ""), str, f"{where}: about")}"'
    shared = {key: value for key, value in group.items() if key not in ("about", "rows")}
    found = []
    for number, row in enumerate(need(group.get("rows", []), list, f"{where}: rows"), 1):
        found += row_cases(shared, row, names, find_config, f"{where}: row {number}")
    return found


def cases_of(path, text, names, find_config):
    """The cases of a file; `names` gets what it defines.

    `find_config` makes of a row's configuration, None if it has none, what the case has.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: {error}") from None
    for key, value in only(content, TABLES, path).items():
        need(value, TABLES[key], f"{path}: {key}")
    define(content, names, path)
    found = []
    for number, group in enumerate(content.get("group", []), 1):
        found += group_cases(group, names, find_config, f"{path}: group {number}")
    for number, row in enumerate(content.get("row", []), 1):
        found += row_cases({}, row, names, find_config, f"{path}: row {number}")
    return found


def unlike(cases, path):
    """`cases`, if no two have the same name, and those that are called payloads are."""
    seen = set()
    for case in cases:
        if case.name in seen:
            raise UserError(f"{path}: two rows are called {case.name}")
        if case.name.startswith("payload-") and not case.payload:
            raise UserError(f"{path}: {case.name} runs no payload")
        seen.add(case.name)
    return cases
