/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest that begins in the firmware's 64-bit mode: its segments are those of the firmware's GDT. */
#include "core/svm/svm_vcpu.h"

#include "core/long_mode.h"
#include "test.h"

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
    return long_mode(0x80010033, 0x668);
}

static void registers(void)
{
    const struct virt_long_mode here = state();
    const struct vmcb *b = &virt.vmcb;

    virt_vcpu_boot_long(&cpu, &here);
    CHECK_EQ(b->rip, 0x1234);
    CHECK_EQ(rsp, 0x8000);
    CHECK_EQ(b->rflags, 0x202);
    CHECK_EQ(b->cr0, 0x80010033);
    CHECK_EQ(b->cr3, 0x5000);
    CHECK_EQ(b->cr4, 0x668);
    CHECK_EQ(b->efer, 0xD00 | EFER_SVME);
    CHECK_EQ(b->gdtr.base, (uint64_t)gdt);
    CHECK_EQ(b->gdtr.limit, sizeof(gdt) - 1);
    CHECK_EQ(b->idtr.base, 0x6000);
}

static void segments(void)
{
    const struct virt_long_mode here = state();
    const struct vmcb *b = &virt.vmcb;

    virt_vcpu_boot_long(&cpu, &here);
    CHECK_EQ(b->ds.selector, 8);
    CHECK_EQ(b->ds.attrib, 0xC93);
    CHECK_EQ(b->ds.limit, 0xFFFFFFFF);
    CHECK_EQ(b->es.selector, 11);
    CHECK_EQ(b->es.attrib, 0xC93);
    CHECK_EQ(b->cs.attrib, 0xA9B);
    CHECK_EQ(b->cs.base, 0x12345678);
    CHECK_EQ(b->cs.limit, 0xFFFFFFF);
    CHECK_EQ(b->fs.attrib, 0);
    CHECK_EQ(b->fs.base, 0x77);
    CHECK_EQ(b->gs.base, 0x88);
}

static void system_segments(void)
{
    struct virt_long_mode here = state();

    virt.vmcb.ldtr.attrib = 0x82;
    virt_vcpu_boot_long(&cpu, &here);
    CHECK_EQ(virt.vmcb.ldtr.attrib, 0x82);
    CHECK_EQ(virt.vmcb.tr.base, UINT64_C(0x19A876543));
    CHECK_EQ(virt.vmcb.tr.limit, 0x67);
    CHECK_EQ(virt.vmcb.tr.attrib, 0x8B);
    here.tr = 0;
    virt.vmcb.tr.base = 0x33;
    virt_vcpu_boot_long(&cpu, &here);
    CHECK_EQ(virt.vmcb.tr.base, 0x33);
}

int main(void)
{
    TEST_RUN(registers);
    TEST_RUN(segments);
    TEST_RUN(system_segments);
    return test_done();
}
