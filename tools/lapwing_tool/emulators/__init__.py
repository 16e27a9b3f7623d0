# SPDX-License-Identifier: GPL-2.0-only
"""The machines that Lapwing runs on, and how their emulators are got."""
