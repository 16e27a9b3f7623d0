/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/machine.h"

struct machine machine;
