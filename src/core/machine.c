/* SPDX-License-Identifier: GPL-2.0-only */
/* The one struct machine; see machine.h. */
#include "core/machine.h"

struct machine machine;
