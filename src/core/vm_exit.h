/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the guest exited, in words that no vendor owns. The vendor fills a struct vm_exit for each
 * exit with what its hardware has reported, and nothing else.
 */
#ifndef CORE_VM_EXIT_H
#define CORE_VM_EXIT_H

#include <lapwing/types.h>

enum vm_exit_kind {
    EXIT_NONE, /* a window: nothing was executed */
    EXIT_CPUID,
    EXIT_MSR_READ,
    EXIT_MSR_WRITE,
    EXIT_PAGE_FAULT,  /* second-level translation refused the access */
    EXIT_EXCEPTION,   /* an intercepted exception, not yet delivered to the guest */
    EXIT_STEP,        /* the trap that ends a single step that Lapwing asked for */
    EXIT_NMI,         /* a physical NMI: a kick, or the guest's */
    EXIT_INTERRUPT,   /* a physical interrupt, for a strategy that takes them */
    EXIT_WINDOW,      /* the guest takes interrupts from now on; a strategy asked for this exit */
    EXIT_APIC_ACCESS, /* an access to the xAPIC page that the processor does not virtualise */
    EXIT_APIC_WRITE,  /* a write that the processor has done in the virtual-APIC page: trap-like */
    EXIT_APIC_EOI,    /* an EOI of a vector whose EOIs a strategy wants to see: trap-like */
    EXIT_IO,          /* IN, OUT, INS, OUTS at a trapped port */
    EXIT_INIT,        /* a physical INIT reached this CPU */
    EXIT_SIPI,        /* a physical STARTUP IPI reached this CPU */
    EXIT_UNDEFINED,   /* a virtualisation instruction that the guest's CPU does not have */
    EXIT_INVD,
    EXIT_IRET, /* this kind and the next three are the vendor's: virt_handle_exit() */
    EXIT_CR_ACCESS,
    EXIT_SOFT_EXCEPTION, /* INT1, INT3, INTO */
    EXIT_RAW_EXCEPTION, /* an exception that the vendor checks before the guest gets it; see excp */
    EXIT_XSETBV,
    EXIT_TRIPLE_FAULT,
    EXIT_UNKNOWN,
    EXIT_KIND_COUNT
};

struct vm_event {
    uint8_t vector;
    bool is_nmi;
    bool has_error;
    uint32_t error;
};

enum apic_access { APIC_ACCESS_READ, APIC_ACCESS_WRITE, APIC_ACCESS_FETCH, APIC_ACCESS_EVENT };

struct vm_exit {
    enum vm_exit_kind kind;
    uint32_t reason; /* the vendor's own number, or its low half: for the trace and for people */
    /* One number, which the trace records. It is written as `info`, and read as what it is. */
    union {
        uint64_t info;   /* instructions: ECX. What has no number: 0 */
        uint32_t msr;    /* EXIT_MSR_* */
        gpa_t gpa;       /* EXIT_PAGE_FAULT */
        unsigned offset; /* EXIT_APIC_ACCESS, EXIT_APIC_WRITE: in the page, in bytes */
        uint16_t port;   /* EXIT_IO */
        uint8_t vector;  /* an exception's, too; EXIT_INTERRUPT, EXIT_APIC_EOI, EXIT_SIPI */
    };
    union {
        struct {
            bool write, fetch;
            bool walk;            /* while the CPU walked the guest's own tables */
            bool in_event;        /* while an event was delivered to the guest */
            bool in_double_fault; /* that event was #DF */
        } fault;                  /* EXIT_PAGE_FAULT */
        struct {
            struct vm_event event;
            uint64_t cr2; /* for #PF */
        } excp;           /* EXIT_EXCEPTION, EXIT_RAW_EXCEPTION */
        struct {
            enum apic_access access;
            bool in_double_fault; /* APIC_ACCESS_EVENT: the event was #DF */
        } apic;                   /* EXIT_APIC_ACCESS */
        struct {
            uint8_t width; /* bytes */
            bool in, string, rep;
            uint32_t value; /* what OUT writes; not for OUTS */
        } io;               /* EXIT_IO */
    };
};

/*
 * Decides what becomes of an exception in x->excp that was met while the exception `first` was
 * delivered: the exception alone, #DF, or a triple fault. (Intel SDM Vol. 3A, "Interrupt 8-Double
 * Fault Exception (#DF)"; AMD APM Vol. 2, "#DF-Double-Fault Exception")
 */
void vm_exit_merge_exceptions(struct vm_exit *x, uint8_t first);

/* What a handler wants done with the guest next. */
enum exit_result {
    EXIT_RESUME,        /* enter the guest again as it is */
    EXIT_SKIP_INSN,     /* the instruction was carried out: move RIP past it */
    EXIT_INJECT_GP,     /* #GP(0) */
    EXIT_INJECT_UD,     /* #UD */
    EXIT_INJECT_TRIPLE, /* a fault that cannot be delivered to the guest any more */
    EXIT_UNHANDLED,     /* the handler does not know this exit */
};

#endif
