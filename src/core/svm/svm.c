/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD SVM: what the CPU must offer, turning it on, and the I/O permission map that all CPUs share.
 * State: the svm_has_* flags and the map, set before the guest runs.
 */
#include "core/svm/svm_vcpu.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>
#include "core/msr.h"
#include "core/svm/svm_insn.h"
#include "core/host/x86_insn.h"

#define CPUID_SVM_LEAF          0x8000000A
#define CPUID_8000_0001_ECX_SVM BIT32(2)
#define CPUID_8000_0001_EDX_1G  BIT32(26)
#define CPUID_SVM_EDX_NP        BIT32(0)
#define CPUID_SVM_EDX_FLUSH     BIT32(6)

const char virt_name[] = "svm";
const uint32_t virt_vendor_id = 1;
const bool virt_extends_lapic = true;
const enum pt_format virt_slat_format = PT_NPT;
const unsigned virt_bytes_per_cpu = sizeof(struct virt_vcpu);
const unsigned virt_pages_shared = SVM_IOPM_PAGES;

bool svm_has_flush_by_asid;

/* A bit for each port makes an access exit ("I/O Permissions Map"). */
static uint8_t *iopm;

int virt_probe(const char **missing)
{
    uint32_t max = cpuid(0x80000000, 0).eax;
    struct cpuid_regs r;
    uint64_t vm_cr;

    if (max < 0x80000001 || !(cpuid(0x80000001, 0).ecx & CPUID_8000_0001_ECX_SVM)) {
        *missing =
            cpuid(1, 0).ecx & BIT32(5)
                ? "this CPU lacks AMD SVM, but has Intel VMX: choose the vendor VMX in menuconfig"
                : "this CPU lacks AMD SVM: Lapwing needs a CPU (or emulator) with "
                  "virtualisation";
        return -ENODEV;
    }
    if (max < CPUID_SVM_LEAF || !((r = cpuid(CPUID_SVM_LEAF, 0)).edx & CPUID_SVM_EDX_NP)) {
        *missing = "this CPU has SVM but lacks nested paging (NPT): Lapwing cannot do without";
        return -ENODEV;
    }
    if (r.ebx < 2) {
        *missing = "this CPU offers no address space identifier (ASID) for guests";
        return -ENODEV;
    }
    if (rdmsr_safe(MSR_VM_CR, &vm_cr) == 0 && (vm_cr & VM_CR_SVMDIS)) {
        *missing = "SVM is disabled by the firmware (VM_CR.SVMDIS): enable it in the BIOS set-up";
        return -ENODEV;
    }
    svm_has_flush_by_asid = r.edx & CPUID_SVM_EDX_FLUSH;
    svm_nmi_probe();
    return 0;
}

/* Nested tables are walked like the host's own, with the same page sizes. */
bool virt_slat_has_1g(void)
{
    return cpuid(0x80000001, 0).edx & CPUID_8000_0001_EDX_1G;
}

/* The host's MTRRs affect a guest's accesses too ("Nested Paging and MTRRs"). */
enum pt_memtype virt_memtype(hpa_t pa, uint64_t *size)
{
    (void)pa;
    *size = VIRT_MEMTYPE_ALL;
    return PT_WB;
}

void virt_init(void *pages)
{
    iopm = pages;
}

int virt_enable_cpu(struct vcpu *v, const char **missing)
{
    uint64_t vm_cr;
    int err = virt_probe(missing);

    if (err)
        return err;
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME | EFER_NXE);
    wrmsr(MSR_VM_HSAVE_PA, (hpa_t)v->virt->host_save);
    /*
     * On CPUs that have R_INIT, a physical INIT in host code becomes #SX instead of a reset. With
     * DIS_A20M the A20 gate is masked, should anything close it.
     */
    if (rdmsr_safe(MSR_VM_CR, &vm_cr) == 0 &&
        wrmsr_safe(MSR_VM_CR, vm_cr | VM_CR_R_INIT | VM_CR_DIS_A20M))
        (void)wrmsr_safe(MSR_VM_CR, vm_cr | VM_CR_R_INIT);
    clgi();
    return 0;
}

void virt_host_open(void)
{
    stgi();
}

void virt_host_close(void)
{
    clgi();
}

/* GIF = 0 keeps NMIs away from the entry. */
uint64_t virt_nmi_taken(struct vcpu *v, uint64_t rip)
{
    (void)v;
    return rip;
}

void virt_vcpu_init(struct vcpu *v)
{
    struct vmcb *b = svm_vmcb(v);

    memset(&v->virt->msrpm, 0xFF, sizeof(v->virt->msrpm));
    b->intercept_exceptions = SVM_EXCEPTIONS_ALWAYS;
    b->intercept_misc1 = SVM_INTERCEPT_NMI | SVM_INTERCEPT_INIT | SVM_INTERCEPT_CPUID |
                         SVM_INTERCEPT_INVD | SVM_INTERCEPT_INVLPGA | SVM_INTERCEPT_IOIO |
                         SVM_INTERCEPT_MSR | SVM_INTERCEPT_SHUTDOWN;
    b->intercept_misc2 = SVM_INTERCEPT_VMRUN | SVM_INTERCEPT_VMMCALL | SVM_INTERCEPT_VMLOAD |
                         SVM_INTERCEPT_VMSAVE | SVM_INTERCEPT_STGI | SVM_INTERCEPT_CLGI |
                         SVM_INTERCEPT_SKINIT;
    b->iopm_base_pa = (hpa_t)iopm;
    b->msrpm_base_pa = (hpa_t)&v->virt->msrpm;
    b->asid = 1; /* one value is enough: each CPU has its own TLB and runs one guest */
    b->np_control = SVM_NP_ENABLE;
    b->n_cr3 = (hpa_t)v->slat.root;
    b->g_pat = rdmsr(MSR_PAT); /* as the firmware left it */
}

/* The control blocks are new, and memory types follow the MTRRs by themselves. */
void virt_woken(struct vcpu *v)
{
    (void)v;
}

void virt_trap_msrs(struct vcpu *v, uint32_t first, uint32_t last, bool read, bool write)
{
    msrpm_set(&v->virt->msrpm, first, last, read, write);
}

/* All CPUs share the map, so a port that is trapped at request is always trapped. */
void virt_trap_port(uint16_t port, bool at_request)
{
    (void)at_request;
    iopm[port / 8] |= (uint8_t)(1U << port % 8);
}

void virt_flush(struct vcpu *v)
{
    svm_vmcb(v)->tlb_control = svm_has_flush_by_asid ? SVM_TLB_FLUSH_ASID : SVM_TLB_FLUSH_ALL;
}

/* The guest has each feature that the list shows and the hardware has. */
void virt_filter_cpuid(struct vcpu *v, uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
    (void)v;
    (void)leaf;
    (void)subleaf;
    (void)r;
}
