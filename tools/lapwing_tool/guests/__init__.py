# SPDX-License-Identifier: GPL-2.0-only
"""What is booted: kernels, their modules, the initramfs, command lines, the disk."""
