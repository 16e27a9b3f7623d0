# SPDX-License-Identifier: GPL-2.0-only
"""lapwing trace: the rings of last exits in a dump of a machine's memory, read and explained."""
