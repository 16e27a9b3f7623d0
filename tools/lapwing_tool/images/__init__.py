# SPDX-License-Identifier: GPL-2.0-only
"""Builds of Lapwing, and CD images that hold it."""
