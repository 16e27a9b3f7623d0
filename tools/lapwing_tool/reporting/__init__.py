# SPDX-License-Identifier: GPL-2.0-only
"""What runs have shown, as data: results.json, and what is made of it for people and for CI."""
