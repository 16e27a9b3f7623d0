# SPDX-License-Identifier: GPL-2.0-only
"""lapwing test: its steps, its checks, its table of runs."""
