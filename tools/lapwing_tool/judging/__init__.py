# SPDX-License-Identifier: GPL-2.0-only
"""What a run showed, and whether that is enough."""
