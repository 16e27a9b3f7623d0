# SPDX-License-Identifier: GPL-2.0-only
"""The Python behind ./lapwing: set-up, builds, ISOs, emulator runs and the test matrix."""
