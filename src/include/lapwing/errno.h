/* SPDX-License-Identifier: GPL-2.0-only */
/* The error numbers in use, with POSIX's values. Functions return them negated. */
#ifndef LAPWING_ERRNO_H
#define LAPWING_ERRNO_H

enum {
    EPERM = 1,
    ENOENT = 2,
    EAGAIN = 11,
    ENOMEM = 12,
    EFAULT = 14,
    ENODEV = 19,
    EINVAL = 22,
    ENOSPC = 28,
    ERANGE = 34,
    ENOTSUP = 95,
    ETIMEDOUT = 110,
};

#endif
