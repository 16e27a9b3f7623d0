# SPDX-License-Identifier: GPL-2.0-only
"""Reads a Linux guest's command line: what test/linux/init is to do, and other words."""

import re


def has_word(append, word):
    """Whether `word` is one of the command line's."""
    return word in append.split()


def actions(append):
    """The words of lapwing.do= on a guest command line."""
    match = re.search(r"(?:^|\s)lapwing\.do=(\S*)", append)
    return [word for word in match.group(1).split(",") if word] if match else []


def action_names(append):
    """The same without what is behind their colons."""
    return [word.partition(":")[0] for word in actions(append)]
