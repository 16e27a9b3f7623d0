/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fake privileged instructions for host tests: MSRs in an array, CPUID from a table, ports as the
 * test defines them.
 */
#ifndef CORE_HOST_X86_INSN_H
#define CORE_HOST_X86_INSN_H

#include "core/host/x86.h"

uint64_t rdmsr(uint32_t msr);
void wrmsr(uint32_t msr, uint64_t value);
uint64_t rdtsc(void);
struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf);
uint8_t inb(uint16_t port);
uint16_t inw(uint16_t port);
uint32_t inl(uint16_t port);
void outb(uint16_t port, uint8_t value);
void outw(uint16_t port, uint16_t value);
void outl(uint16_t port, uint32_t value);
uint64_t read_cr0(void);
uint64_t read_cr2(void);
void write_cr2(uint64_t value);
void clear_dr0_to_dr3(void);
_Noreturn void halt_forever(void);

static inline void pause(void)
{
}

static inline void wbinvd(void)
{
}

#endif
