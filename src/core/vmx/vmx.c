/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel VMX: what the CPU must offer, and turning it on. Every control word is negotiated with the
 * capability MSRs, and what is missing is named. State: vmx_controls and ept_caps; each CPU that is
 * taken over sets both to the same values, one CPU at a time, before the guest runs.
 */
#include "core/vmx/vmx_vcpu.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>
#include "core/host/format.h"
#include "core/msr.h"
#include "core/slat.h"
#include "core/vmx/vmx_caps.h"
#include "core/vmx/vmx_insn.h"
#include "core/host/x86_insn.h"

#define LEAF1_ECX_VMX   BIT32(5)
#define LEAF1_ECX_XSAVE BIT32(26)
#define EXT1_ECX_SVM    BIT32(2)

const char virt_name[] = "vmx";
const uint32_t virt_vendor_id = 2;
const bool virt_extends_lapic = false;
const enum pt_format virt_slat_format = PT_EPT;
const unsigned virt_bytes_per_cpu = sizeof(struct virt_vcpu);
const unsigned virt_pages_shared = VMX_IO_BITMAP_PAGES;

static uint64_t ept_caps; /* IA32_VMX_EPT_VPID_CAP */

static const struct vmx_control pin[] = {
    {PIN_NMI_EXITING, VMX_NEEDED, "NMI exiting"},
    {PIN_VIRTUAL_NMIS, VMX_NEEDED, "virtual NMIs"},
};

static const struct vmx_control primary[] = {
    {PRIMARY_MSR_BITMAPS, VMX_NEEDED, "MSR bitmaps"},
    {PRIMARY_IO_BITMAPS, VMX_NEEDED, "I/O bitmaps"},
    {PRIMARY_SECONDARY, VMX_NEEDED, "secondary controls"},
    {PRIMARY_HLT_EXITING, VMX_REFUSED, "HLT exiting"},
    {PRIMARY_INVLPG_EXITING, VMX_REFUSED, "INVLPG exiting"},
    {PRIMARY_CR3_LOAD_EXITING, VMX_REFUSED, "CR3-load exiting"},
    {PRIMARY_CR3_STORE_EXITING, VMX_REFUSED, "CR3-store exiting"},
    {PRIMARY_CR8_LOAD_EXITING, VMX_REFUSED, "CR8-load exiting"},
    {PRIMARY_CR8_STORE_EXITING, VMX_REFUSED, "CR8-store exiting"},
};

static const struct vmx_control secondary[] = {
    {SECONDARY_EPT, VMX_NEEDED, "EPT"},
    {SECONDARY_UNRESTRICTED, VMX_NEEDED, "unrestricted guest"},
    {SECONDARY_VPID, VMX_OPTIONAL, "VPID"},
    {SECONDARY_RDTSCP, VMX_OPTIONAL, "RDTSCP"},
    {SECONDARY_INVPCID, VMX_OPTIONAL, "INVPCID"},
    {SECONDARY_XSAVES, VMX_OPTIONAL, "XSAVES"},
    {SECONDARY_USER_WAIT, VMX_OPTIONAL, "user wait and pause"},
};

static const struct vmx_control exit_[] = {
    {EXITC_SAVE_DEBUG, VMX_NEEDED, "save debug controls"},
    {EXITC_HOST_64, VMX_NEEDED, "host address-space size"},
    {EXITC_SAVE_PAT, VMX_NEEDED, "save IA32_PAT"},
    {EXITC_LOAD_PAT, VMX_NEEDED, "load IA32_PAT on exit"},
    {EXITC_SAVE_EFER, VMX_NEEDED, "save IA32_EFER"},
    {EXITC_LOAD_EFER, VMX_NEEDED, "load IA32_EFER on exit"},
};

static const struct vmx_control entry[] = {
    {ENTRYC_LOAD_DEBUG, VMX_NEEDED, "load debug controls"},
    {ENTRYC_LOAD_PAT, VMX_NEEDED, "load IA32_PAT on entry"},
    {ENTRYC_LOAD_EFER, VMX_NEEDED, "load IA32_EFER on entry"},
};

#define NEGOTIATE(msr, list, m) vmx_negotiate(rdmsr(msr), list, ARRAY_SIZE(list), m)

static void negotiate(struct vmx_controls *c, struct vmx_missing *m)
{
    bool exact = rdmsr(MSR_VMX_BASIC) & VMX_BASIC_TRUE;

    c->pin = NEGOTIATE(exact ? MSR_VMX_TRUE_PIN : MSR_VMX_PIN, pin, m);
    c->primary = NEGOTIATE(exact ? MSR_VMX_TRUE_PRIMARY : MSR_VMX_PRIMARY, primary, m);
    c->exit = NEGOTIATE(exact ? MSR_VMX_TRUE_EXIT : MSR_VMX_EXIT, exit_, m);
    c->entry = NEGOTIATE(exact ? MSR_VMX_TRUE_ENTRY : MSR_VMX_ENTRY, entry, m);
    if (vmx_step_control & ~(rdmsr(MSR_VMX_PRIMARY) >> 32))
        vmx_missing_add(m, "monitor trap flag", "choose the method db or decode in menuconfig");
    if (c->primary & PRIMARY_SECONDARY)
        c->secondary = NEGOTIATE(MSR_VMX_SECONDARY, secondary, m);
}

static void check_ept(struct vmx_controls *c, struct vmx_missing *m)
{
    static const struct {
        uint64_t bit;
        const char *name;
    } needed[] = {
        {EPT_CAP_4_LEVELS, "EPT page-walk length 4"},
        {EPT_CAP_WB, "write-back EPT structures"},
        {EPT_CAP_2M, "2 MiB EPT pages"},
        {EPT_CAP_INVEPT, "INVEPT"},
    };
    ept_caps = rdmsr(MSR_VMX_EPT_VPID);
    for (unsigned i = 0; i < ARRAY_SIZE(needed); i++) {
        if (!(ept_caps & needed[i].bit))
            vmx_missing_add(m, needed[i].name, NULL);
    }
    if (!(ept_caps & (EPT_CAP_INVEPT_SINGLE | EPT_CAP_INVEPT_ALL)))
        vmx_missing_add(m, "INVEPT types", NULL);
    if (!(ept_caps & VPID_CAP_INVVPID) || !(ept_caps & VPID_CAP_SINGLE))
        c->secondary &= ~SECONDARY_VPID;
}

static bool vmx_locked_off(void)
{
    uint64_t fc;

    return rdmsr_safe(MSR_FEATURE_CONTROL, &fc) == 0 && (fc & FEATURE_CONTROL_LOCK) &&
           !(fc & FEATURE_CONTROL_VMX);
}

int virt_probe(const char **missing)
{
    static char text[sizeof(struct vmx_missing) + 64];
    struct vmx_missing m = {.used = 0};
    struct vmx_controls c = {0};

    if (!(cpuid(1, 0).ecx & LEAF1_ECX_VMX)) {
        *missing =
            cpuid(0x80000000, 0).eax >= 0x80000001 && (cpuid(0x80000001, 0).ecx & EXT1_ECX_SVM)
                ? "this CPU lacks Intel VMX, but has AMD SVM: choose the vendor SVM in "
                  "menuconfig"
                : "this CPU lacks Intel VMX: Lapwing needs a CPU (or emulator) with "
                  "virtualisation";
        return -ENODEV;
    }
    if (vmx_locked_off()) {
        *missing = "VMX is disabled by the firmware (IA32_FEATURE_CONTROL): enable it in the BIOS "
                   "set-up";
        return -ENODEV;
    }
    negotiate(&c, &m);
    if (c.secondary & SECONDARY_EPT)
        check_ept(&c, &m);
    if (m.used) {
        format(text, sizeof(text), "this CPU's VMX is too old for Lapwing; it lacks: %s", m.text);
        *missing = text;
        return -ENODEV;
    }
    vmx_controls = c;
    return 0;
}

bool virt_slat_has_1g(void)
{
    return ept_caps & EPT_CAP_1G;
}

void virt_init(void *pages)
{
    vmx_ports_init(pages);
}

static void enable_in_feature_control(void)
{
    uint64_t fc;

    if (rdmsr_safe(MSR_FEATURE_CONTROL, &fc) == 0 && !(fc & FEATURE_CONTROL_LOCK))
        (void)wrmsr_safe(MSR_FEATURE_CONTROL, fc | FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX);
}

/* Sets the bits that VMX operation fixes, and OSXSAVE so that XSETBV works for the guest. */
static void prepare_control_registers(void)
{
    uint64_t cr4 = CR4_VMXE;

    if (cpuid(1, 0).ecx & LEAF1_ECX_XSAVE)
        cr4 |= CR4_OSXSAVE;
    write_cr0((read_cr0() | rdmsr(MSR_VMX_CR0_FIXED0)) & rdmsr(MSR_VMX_CR0_FIXED1));
    write_cr4((read_cr4() | cr4 | rdmsr(MSR_VMX_CR4_FIXED0)) & rdmsr(MSR_VMX_CR4_FIXED1));
}

static void write_revision(uint8_t region[PAGE_SIZE])
{
    uint32_t revision = (uint32_t)(rdmsr(MSR_VMX_BASIC) & VMX_BASIC_REVISION);

    memcpy(region, &revision, sizeof(revision));
}

int virt_enable_cpu(struct vcpu *v, const char **missing)
{
    int err = virt_probe(missing);

    if (err)
        return err;
    enable_in_feature_control();
    prepare_control_registers();
    write_revision(v->virt->vmxon);
    write_revision(v->virt->vmcs);
    if (vmxon((hpa_t)v->virt->vmxon) || vmclear((hpa_t)v->virt->vmcs) ||
        vmptrld((hpa_t)v->virt->vmcs)) {
        *missing = "VMXON, VMCLEAR or VMPTRLD failed";
        return -ENODEV;
    }
    v->virt->loaded = true;
    vmx_setup_vmcs(v);
    atomic_fetch_or(&v->attention, ATTENTION_VENDOR); /* the VMCS wants VMLAUNCH first */
    return 0;
}

void virt_vcpu_init(struct vcpu *v)
{
    memset(&v->virt->msr_bitmap, 0xFF, sizeof(v->virt->msr_bitmap));
    v->virt->eptp = pt_root_pa(&v->slat) | EPTP_4_LEVELS | EPTP_WB;
}

/* The MTRRs are as after a boot again, and the guest's own are gone. */
void virt_woken(struct vcpu *v)
{
    slat_refresh_memtypes(v, vmx_memtype_changed);
}

void virt_trap_msrs(struct vcpu *v, uint32_t first, uint32_t last, bool read, bool write)
{
    msr_bitmap_set(&v->virt->msr_bitmap, first, last, read, write);
}

void virt_flush(struct vcpu *v)
{
    bool single = ept_caps & EPT_CAP_INVEPT_SINGLE;

    if (v->virt->loaded)
        (void)invept(single ? VMX_INV_SINGLE : VMX_INV_ALL, single ? v->virt->eptp : 0);
}

/*
 * SYSCALL is shown to 64-bit code only, as Intel's CPUs do: they have it in no other mode, and
 * Lapwing has asked in 64-bit mode. Hides instructions that raise #UD because the CPU lacks the
 * control that lets them through.
 */
void virt_filter_cpuid(struct vcpu *v, uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
    uint32_t have = vmx_controls.secondary;

    if (leaf == 0x80000001) {
        if (!(have & SECONDARY_RDTSCP))
            r->edx &= ~BIT32(27);
        if (virt_code_bits(v) != 64)
            r->edx &= ~BIT32(11);
    } else if (leaf == 7 && subleaf == 0) {
        if (!(have & SECONDARY_RDTSCP))
            r->ecx &= ~BIT32(22); /* RDPID */
        if (!(have & SECONDARY_INVPCID))
            r->ebx &= ~BIT32(10);
        if (!(have & SECONDARY_USER_WAIT))
            r->ecx &= ~BIT32(5);
    } else if (leaf == 0xD && subleaf == 1 && !(have & SECONDARY_XSAVES)) {
        r->eax &= ~BIT32(3);
    }
}
