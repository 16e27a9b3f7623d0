/* SPDX-License-Identifier: GPL-2.0-only */
/* The instructions that steps are made of. What a processor lacks is #UD, which is as good. */
#include "fuzz/code.h"

#define INSN(width_, before_, ...)                                                                 \
    {                                                                                              \
        sizeof((uint8_t[]){__VA_ARGS__}), width_, before_,                                         \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

/* clang-format off */
static const struct insn stores[] = {
    INSN(1, 0, 0x88, 0x07),                               /* mov %al, (%rdi) */
    INSN(2, 0, 0x66, 0x89, 0x07),                         /* mov %ax, (%rdi) */
    INSN(4, 0, 0x89, 0x07),                               /* mov %eax, (%rdi) */
    INSN(8, 0, 0x48, 0x89, 0x07),                         /* mov %rax, (%rdi) */
    INSN(4, 0, 0x67, 0x89, 0x07),                         /* mov %eax, (%edi) */
    INSN(4, 0, 0xC7, 0x07, 0x12, 0x34, 0x56, 0x78),       /* movl $0x78563412, (%rdi) */
    INSN(2, 0, 0x66, 0xC7, 0x07, 0x12, 0x34),             /* movw $0x3412, (%rdi) */
    INSN(1, 0, 0xC6, 0x07, 0x5A),                         /* movb $0x5A, (%rdi) */
    INSN(8, 0, 0x48, 0xC7, 0x07, 0xFF, 0xFF, 0xFF, 0xFF), /* movq $-1, (%rdi) */
    INSN(4, 0, 0x0F, 0xC3, 0x07),                         /* movnti %eax, (%rdi) */
    INSN(8, 0, 0x48, 0x0F, 0xC3, 0x07),                   /* movnti %rax, (%rdi) */
    INSN(4, 0, 0x0F, 0x38, 0xF1, 0x07),                   /* movbe %eax, (%rdi) */
    INSN(1, 0, 0x86, 0x07),                               /* xchg %al, (%rdi) */
    INSN(4, 0, 0x87, 0x07),                               /* xchg %eax, (%rdi) */
    INSN(8, 0, 0x48, 0x87, 0x07),                         /* xchg %rax, (%rdi) */
    INSN(4, 0, 0x0F, 0xC1, 0x07),                         /* xadd %eax, (%rdi) */
    INSN(4, 0, 0xF0, 0x0F, 0xC1, 0x07),                   /* lock xadd %eax, (%rdi) */
    INSN(4, 0, 0x0F, 0xB1, 0x17),                         /* cmpxchg %edx, (%rdi) */
    INSN(4, 0, 0xF0, 0x0F, 0xB1, 0x17),                   /* lock cmpxchg %edx, (%rdi) */
    INSN(8, 0, 0xF0, 0x0F, 0xC7, 0x0F),                   /* lock cmpxchg8b (%rdi) */
    INSN(16, 0, 0x48, 0x0F, 0xC7, 0x0F),                  /* cmpxchg16b (%rdi) */
    INSN(4, 0, 0x09, 0x07),                               /* or %eax, (%rdi) */
    INSN(4, 0, 0xF0, 0x21, 0x07),                         /* lock and %eax, (%rdi) */
    INSN(4, 0, 0x31, 0x07),                               /* xor %eax, (%rdi) */
    INSN(4, 0, 0x01, 0x07),                               /* add %eax, (%rdi) */
    INSN(4, 0, 0x11, 0x07),                               /* adc %eax, (%rdi) */
    INSN(8, 0, 0x48, 0x29, 0x07),                         /* sub %rax, (%rdi) */
    INSN(2, 0, 0x66, 0x19, 0x07),                         /* sbb %ax, (%rdi) */
    INSN(1, 0, 0x30, 0x07),                               /* xor %al, (%rdi) */
    INSN(4, 0, 0xF0, 0xFF, 0x07),                         /* lock incl (%rdi) */
    INSN(1, 0, 0xFE, 0x0F),                               /* decb (%rdi) */
    INSN(4, 0, 0xF7, 0x17),                               /* notl (%rdi) */
    INSN(4, 0, 0xF7, 0x1F),                               /* negl (%rdi) */
    INSN(4, 0, 0x0F, 0xBA, 0x2F, 0x05),                   /* btsl $5, (%rdi) */
    INSN(4, 0, 0xF0, 0x0F, 0xBA, 0x37, 0x07),             /* lock btrl $7, (%rdi) */
    INSN(4, 0, 0x0F, 0xBA, 0x3F, 0x04),                   /* btcl $4, (%rdi) */
    INSN(4, 0, 0xC1, 0x27, 0x03),                         /* shll $3, (%rdi) */
    INSN(4, 0, 0xD3, 0x0F),                               /* rorl %cl, (%rdi) */
    INSN(4, 0, 0x0F, 0xA4, 0x07, 0x05),                   /* shld $5, %eax, (%rdi) */
    INSN(1, 0, 0x0F, 0x95, 0x07),                         /* setne (%rdi) */
    INSN(1, 0, 0xAA),                                     /* stosb */
    INSN(2, 0, 0x66, 0xAB),                               /* stosw */
    INSN(4, 0, 0xAB),                                     /* stosl */
    INSN(8, 0, 0x48, 0xAB),                               /* stosq */
    INSN(12, 0, 0xB9, 3, 0, 0, 0, 0xF3, 0xAB),            /* mov $3, %ecx; rep stosl */
    INSN(4, 12, 0xB9, 3, 0, 0, 0, 0xFD, 0xF3, 0xAB, 0xFC), /* the same downwards */
    INSN(1, 0, 0xA4),                                     /* movsb */
    INSN(4, 0, 0xA5),                                     /* movsl */
    INSN(8, 0, 0x48, 0xA5),                               /* movsq */
    INSN(32, 0, 0xB9, 4, 0, 0, 0, 0xF3, 0x48, 0xA5),      /* mov $4, %ecx; rep movsq */
    INSN(2, 0, 0x8C, 0x17),                               /* mov %ss, (%rdi) */
    INSN(2, 0, 0x0F, 0x00, 0x07),                         /* sldt (%rdi) */
    INSN(2, 0, 0x0F, 0x00, 0x0F),                         /* str (%rdi) */
    INSN(2, 0, 0x0F, 0x01, 0x27),                         /* smsw (%rdi) */
    INSN(10, 0, 0x0F, 0x01, 0x07),                        /* sgdt (%rdi) */
    INSN(10, 0, 0x0F, 0x01, 0x0F),                        /* sidt (%rdi) */
    INSN(8, 0, 0x50, 0x8F, 0x07),                         /* push %rax; popq (%rdi) */
    INSN(0, 8, 0xFA, 0x48, 0x87, 0xE7, 0x50, 0x48, 0x87, 0xE7), /* cli; push %rax, RSP = RDI */
    INSN(0, 8, 0xFA, 0x48, 0x87, 0xE7, 0x9C, 0x48, 0x87, 0xE7), /* cli; pushfq, RSP = RDI */
    INSN(2, 0, 0xD9, 0x3F),                               /* fnstcw (%rdi) */
    INSN(2, 0, 0xDD, 0x3F),                               /* fnstsw (%rdi) */
    INSN(28, 0, 0xD9, 0x37),                              /* fnstenv (%rdi) */
    INSN(4, 0, 0x0F, 0xAE, 0x1F),                         /* stmxcsr (%rdi) */
    INSN(16, 0, 0x0F, 0x11, 0x07),                        /* movups %xmm0, (%rdi) */
    INSN(8, 0, 0x66, 0x0F, 0xD6, 0x07),                   /* movq %xmm0, (%rdi) */
    INSN(16, 0, 0x66, 0x0F, 0xE7, 0x07),                  /* movntdq %xmm0, (%rdi) */
    INSN(64, 0, 0x66, 0x0F, 0x38, 0xF8, 0x3E),            /* movdir64b (%rsi), %rdi */
    INSN(1, 0, 0xBA, 0x80, 0, 0, 0, 0x6C),                /* mov $0x80, %edx; insb */
    INSN(4, 0, 0xBA, 0x80, 0, 0, 0, 0x6D),                /* mov $0x80, %edx; insl */
    INSN(4, 0, 0xF0, 0x89, 0x07),                         /* lock mov: #UD */
};

/* Each is one instruction. */
static const struct insn exact_stores[] = {
    INSN(4, 0, 0x89, 0x07),
    INSN(4, 0, 0x67, 0x89, 0x07),
    INSN(4, 0, 0x0F, 0xC3, 0x07),
    INSN(4, 0, 0x87, 0x07),
    INSN(4, 0, 0xAB),
    INSN(4, 0, 0xA5),
    INSN(4, 0, 0x89, 0x47, 0x00),             /* mov %eax, 0(%rdi) */
    INSN(4, 0, 0x89, 0x87, 0, 0, 0, 0),       /* the same with a wider displacement */
    INSN(4, 0, 0x3E, 0x89, 0x84, 0x27, 0, 0, 0, 0), /* and with a SIB byte */
};

static const struct insn loads[] = {
    INSN(1, 0, 0x8A, 0x07),                                     /* mov (%rdi), %al */
    INSN(2, 0, 0x66, 0x8B, 0x07),                               /* mov (%rdi), %ax */
    INSN(4, 0, 0x8B, 0x07),                                     /* mov (%rdi), %eax */
    INSN(8, 0, 0x48, 0x8B, 0x07),                               /* mov (%rdi), %rax */
    INSN(4, 0, 0x3B, 0x07),                                     /* cmp (%rdi), %eax */
    INSN(4, 0, 0x85, 0x07),                                     /* test %eax, (%rdi) */
    INSN(4, 0, 0x0F, 0xBA, 0x27, 0x05),                         /* btl $5, (%rdi) */
    INSN(1, 0, 0x0F, 0xBE, 0x07),                               /* movsbl (%rdi), %eax */
    INSN(2, 0, 0x0F, 0xB7, 0x07),                               /* movzwl (%rdi), %eax */
    INSN(4, 0, 0xAF),                                           /* scasl */
    INSN(4, 0, 0xA7),                                           /* cmpsl */
    INSN(8, 0, 0xFF, 0x37, 0x58),                               /* pushq (%rdi); pop %rax */
    INSN(4, 0, 0x48, 0x87, 0xF7, 0xAD, 0x48, 0x87, 0xF7),       /* lodsl from RDI */
    INSN(4, 0, 0x48, 0x87, 0xF7, 0xA5, 0x48, 0x87, 0xF7),       /* movsl from RDI */
    INSN(1, 0, 0x66, 0xBA, 0x80, 0, 0x48, 0x87, 0xF7, 0x6E),    /* outsb from RDI to port 80H */
    INSN(4, 0, 0xF2, 0x0F, 0x38, 0xF1, 0x07),                   /* crc32l (%rdi), %eax */
    INSN(2, 0, 0x0F, 0x00, 0x27),                               /* verr (%rdi) */
    INSN(4, 0, 0x0F, 0xAF, 0x07),                               /* imul (%rdi), %eax */
    INSN(8, 0, 0xFA, 0x48, 0x87, 0xE7, 0x58, 0x48, 0x87, 0xE7), /* cli; pop %rax, RSP = RDI */
    INSN(0, 0, 0x0F, 0x18, 0x0F),                               /* prefetcht0 (%rdi) */
};

static const struct insn others[] = {
    INSN(0, 0, 0x90),                               /* nop */
    INSN(0, 0, 0x31, 0xC0, 0x0F, 0xA2),             /* xor %eax, %eax; cpuid */
    INSN(0, 0, 0x0F, 0x31),                         /* rdtsc */
    INSN(0, 0, 0x0F, 0x01, 0xF9),                   /* rdtscp */
    INSN(0, 0, 0x9C, 0x58),                         /* pushfq; pop %rax */
    INSN(0, 0, 0x9C, 0x9D),                         /* pushfq; popfq */
    INSN(0, 0, 0xFB),                               /* sti */
    INSN(0, 0, 0xFA),                               /* cli */
    INSN(0, 0, 0x8C, 0xD0, 0x8E, 0xD0),             /* mov %ss, %eax; mov %eax, %ss */
    INSN(0, 0, 0xCC),                               /* int3 */
    INSN(0, 0, 0xF1),                               /* int1 */
    INSN(0, 0, 0xCD, 0x50),                         /* int $0x50 */
    INSN(0, 0, 0x0F, 0x0B),                         /* ud2 */
    INSN(0, 0, 0xB9, 0x1B, 0, 0, 0, 0x0F, 0x32),    /* mov $0x1B, %ecx; rdmsr */
    INSN(0, 0, 0x0F, 0x30),                         /* wrmsr */
    INSN(0, 0, 0x0F, 0x20, 0xE0, 0x0F, 0x22, 0xE0), /* mov %cr4, %rax; mov %rax, %cr4 */
    INSN(0, 0, 0x0F, 0x20, 0xC0, 0x0F, 0x22, 0xC0), /* mov %cr0, %rax; mov %rax, %cr0 */
    INSN(0, 0, 0x0F, 0x20, 0xD8, 0x0F, 0x22, 0xD8), /* mov %cr3, %rax; mov %rax, %cr3 */
    INSN(0, 0, 0x44, 0x0F, 0x20, 0xC0),             /* mov %cr8, %rax */
    INSN(0, 0, 0x0F, 0x21, 0xF8),                   /* mov %dr7, %rax */
    INSN(0, 0, 0x0F, 0x06),                         /* clts */
    INSN(0, 0, 0x0F, 0x09),                         /* wbinvd */
    INSN(0, 0, 0x0F, 0x08),                         /* invd */
    INSN(0, 0, 0x0F, 0x01, 0x3F),                   /* invlpg (%rdi) */
    INSN(0, 0, 0x0F, 0x01, 0xD0),                   /* xgetbv */
    INSN(0, 0, 0x0F, 0x01, 0xD1),                   /* xsetbv */
    INSN(0, 0, 0x0F, 0x01, 0xC1),                   /* vmcall */
    INSN(0, 0, 0x0F, 0x01, 0xD9),                   /* vmmcall */
    INSN(0, 0, 0x0F, 0x01, 0xD8),                   /* vmrun */
    INSN(0, 0, 0x0F, 0x01, 0xDC),                   /* stgi */
    INSN(0, 0, 0x0F, 0x01, 0xC4),                   /* vmxoff */
    INSN(0, 0, 0x0F, 0x37),                         /* getsec */
    INSN(0, 0, 0x0F, 0xAA),                         /* rsm */
    INSN(0, 0, 0x0F, 0x33),                         /* rdpmc */
    INSN(0, 0, 0xF3, 0x90),                         /* pause */
    INSN(0, 0, 0x0F, 0x01, 0xC8),                   /* monitor */
    INSN(0, 0, 0x0F, 0x01, 0xDF),                   /* invlpga */
    INSN(0, 0, 0x0F, 0x01, 0xFE),                   /* invlpgb */
    INSN(0, 0, 0x0F, 0x0D, 0x07),                   /* prefetch (%rdi) */
    INSN(0, 0, 0xE4, 0x61),                         /* in $0x61, %al */
    INSN(0, 0, 0xE6, 0x80),                         /* out %al, $0x80 */
};
/* clang-format on */

const struct insn *insn_store(struct random *r)
{
    return &RANDOM_OF(r, stores);
}

const struct insn *insn_store_32(struct random *r)
{
    return &RANDOM_OF(r, exact_stores);
}

const struct insn *insn_load(struct random *r)
{
    return &RANDOM_OF(r, loads);
}

const struct insn *insn_other(struct random *r)
{
    return &RANDOM_OF(r, others);
}
