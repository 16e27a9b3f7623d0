/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest that begins in the firmware's 64-bit mode: its segments are those of the firmware's GDT. */
#include "core/vmx/vmx_vcpu.h"

#include <string.h>

#include "core/long_mode.h"
#include "test.h"

uint64_t fake_vmcs[FAKE_VMCS_SIZE];
unsigned fake_vmcs_reads, fake_vmcs_writes;

#define CR0_FIXED 0x20 /* NE */
#define CR4_FIXED 0x2000
#define CR4_UET   0x2000000 /* of a feature that guests do not have */

static struct virt_vcpu virt;
static struct vcpu cpu = {.virt = &virt};
static uint64_t rsp;

void virt_write_reg(struct vcpu *v, enum virt_reg reg, uint64_t value)
{
    CHECK_EQ(v, &cpu);
    CHECK_EQ(reg, VREG_RSP);
    rsp = value;
}

static struct virt_long_mode state(void)
{
    return long_mode(0x80010013, 0x668 | CR4_UET);
}

static void boot(const struct virt_long_mode *here)
{
    virt.cr0_mask = CR0_FIXED;
    virt.cr4_mask = CR4_FIXED | CR4_UET;
    memset(fake_vmcs, 0, sizeof(fake_vmcs));
    fake_vmcs[VMCS_GUEST_CR0] = CR0_FIXED;
    fake_vmcs[VMCS_GUEST_CR4] = CR4_FIXED;
    fake_vmcs[VMCS_GUEST_LDTR_RIGHTS] = 0x82;
    fake_vmcs[VMCS_GUEST_TR_RIGHTS] = 0x8B;
    virt_vcpu_boot_long(&cpu, here);
}

static void registers(void)
{
    const struct virt_long_mode here = state();

    boot(&here);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_RIP], 0x1234);
    CHECK_EQ(rsp, 0x8000);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_RFLAGS], 0x202);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_CR0], 0x80010013 | CR0_FIXED);
    CHECK_EQ(fake_vmcs[VMCS_CR0_SHADOW], 0);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_CR3], 0x5000);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_CR4], 0x668 | CR4_FIXED);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_EFER], 0xD00);
    CHECK_EQ(fake_vmcs[VMCS_ENTRY_CONTROLS], ENTRYC_IA32E);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_GDTR_BASE], (uint64_t)gdt);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_GDTR_LIMIT], sizeof(gdt) - 1);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_IDTR_BASE], 0x6000);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_IDTR_LIMIT], 0xFFF);
}

static void segments(void)
{
    const struct virt_long_mode here = state();

    boot(&here);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_DS_SELECTOR], 8);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_DS_RIGHTS], 0xC093);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_DS_LIMIT], 0xFFFFFFFF);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_ES_SELECTOR], 11);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_ES_RIGHTS], 0xC093);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_SS_RIGHTS], 0xC093);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_CS_RIGHTS], 0xA09B);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_CS_BASE], 0x12345678);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_CS_LIMIT], 0xFFFFFFF);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_FS_RIGHTS], RIGHTS_UNUSABLE);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_FS_BASE], 0x77);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_GS_BASE], 0x88);
}

static void system_segments(void)
{
    struct virt_long_mode here = state();

    boot(&here);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_LDTR_RIGHTS], 0x82);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_TR_SELECTOR], 24);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_TR_BASE], UINT64_C(0x19A876543));
    CHECK_EQ(fake_vmcs[VMCS_GUEST_TR_LIMIT], 0x67);
    here.tr = 0;
    boot(&here);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_TR_SELECTOR], 0);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_TR_RIGHTS], 0x8B);
}

int main(void)
{
    TEST_RUN(registers);
    TEST_RUN(segments);
    TEST_RUN(system_segments);
    return test_done();
}
