# SPDX-License-Identifier: GPL-2.0-only
"""IPI virtualization, which Bochs 3.0 knows by name only, for its model sapphire_rapids.

The processors of that name have it, and no other emulator does; strategy apicv uses it where it is
offered. Written from the Intel SDM, Vol. 3C, "IPI Virtualization", "Virtualizing Memory-Mapped APIC
Accesses" and "Virtualizing MSR-Based APIC Accesses". What the manual leaves to an APIC-write VM
exit exits here.
"""

FUNCTION = """\
// Any ICR without shorthand, fixed, physical, edge-triggered.
static bool virtualizable_IPI(Bit32u vicr)
{
  return (vicr & 0xffffbf00) == 0;
}

bool BX_CPU_C::VMX_IPI_Virtualization(Bit8u vector, Bit32u dest)
{
  if (! BX_CPU_THIS_PTR vmcs.vmexec_ctrls3.IPI_VIRTUALIZATION() || vector < 16) return false;
  if (dest > VMread16(VMCS_16BIT_CONTROL_LAST_PID_POINTER_INDEX)) return false;

  Bit64u pid, notify;
  Bit8u pir;
  access_read_physical(VMread64(VMCS_64BIT_CONTROL_PID_POINTER_TABLE_ADDRESS) + 8 * dest, 8, &pid);
  if ((pid & 0x3f) != 1 || ! IsValidPhyAddr(pid)) return false;
  pid &= ~BX_CONST64(0x3f);

  access_read_physical(pid + vector / 8, 1, &pir);
  pir |= 1 << (vector & 7);
  access_write_physical(pid + vector / 8, 1, &pir);
  access_read_physical(pid + 32, 8, &notify);
  if ((notify & 3) == 0) { // neither ON nor SN
    notify |= 1;
    access_write_physical(pid + 32, 8, &notify);
    Bit32u ndst = GET32H(notify);
    BX_CPU_THIS_PTR lapic->send_ipi(x2apic_mode() ? ndst : (ndst >> 8) & 0xff, (notify >> 16) & 0xff);
  }
  return true;
}

"""

# (file, what is there once, what is to be)
CHANGES = (
    (
        "cpu/cpuid.h",
        "#define BX_VMX_SPEC_CTRL_VIRTUALIZATION         (1 << 27)",
        "#define BX_VMX_IPI_VIRTUALIZATION               (1 << 28)\n"
        "#define BX_VMX_SPEC_CTRL_VIRTUALIZATION         (1 << 27)",
    ),
    (
        "cpu/cpudb/intel/sapphire_rapids.cc",
        "         BX_VMX_SPEC_CTRL_VIRTUALIZATION;",
        "         BX_VMX_IPI_VIRTUALIZATION |\n         BX_VMX_SPEC_CTRL_VIRTUALIZATION;",
    ),
    (
        "cpu/vmcs.cc",
        "  cap->vmx_vmexec_ctrl3_supported_bits = 0;\n",
        "  cap->vmx_vmexec_ctrl3_supported_bits = 0;\n"
        "  if (BX_SUPPORT_VMX_EXTENSION(BX_VMX_IPI_VIRTUALIZATION)) {\n"
        "    cap->vmx_vmexec_ctrl3_supported_bits |= VMX_VM_EXEC_CTRL3_IPI_VIRTUALIZATION;\n"
        "  }\n",
    ),
    (
        "cpu/vmcs.cc",
        "    case VMCS_16BIT_CONTROL_POSTED_INTERRUPT_VECTOR:\n",
        "    case VMCS_16BIT_CONTROL_LAST_PID_POINTER_INDEX:\n"
        "    case VMCS_64BIT_CONTROL_PID_POINTER_TABLE_ADDRESS:\n"
        "    case VMCS_64BIT_CONTROL_PID_POINTER_TABLE_ADDRESS_HI:\n"
        "      return BX_SUPPORT_VMX_EXTENSION(BX_VMX_IPI_VIRTUALIZATION);\n\n"
        "    case VMCS_16BIT_CONTROL_POSTED_INTERRUPT_VECTOR:\n",
    ),
    (
        "cpu/cpu.h",
        "  BX_SMF void VMX_Write_VICR_HI(void);\n",
        "  BX_SMF void VMX_Write_VICR_HI(void);\n"
        "  BX_SMF bool VMX_IPI_Virtualization(Bit8u vector, Bit32u dest);\n",
    ),
    (
        "cpu/vapic.cc",
        "void BX_CPU_C::VMX_Write_VICR(void)\n",
        FUNCTION + "void BX_CPU_C::VMX_Write_VICR(void)\n",
    ),
    (
        "cpu/vapic.cc",
        "  VMexit(VMX_VMEXIT_APIC_WRITE, BX_LAPIC_ICR_LO); // trap-like vmexit\n",
        "  if (virtualizable_IPI(vicr) &&\n"
        "      VMX_IPI_Virtualization(vector, VMX_Read_Virtual_APIC(BX_LAPIC_ICR_HI) >> 24))\n"
        "    return;\n\n"
        "  VMexit(VMX_VMEXIT_APIC_WRITE, BX_LAPIC_ICR_LO); // trap-like vmexit\n",
    ),
    (
        "cpu/vapic.cc",
        "    if (msr == 0x83f) {\n",
        "    if (msr == 0x830 && BX_CPU_THIS_PTR vmcs.vmexec_ctrls3.IPI_VIRTUALIZATION()) {\n"
        "      Bit32u vicr = GET32L(val_64);\n"
        "      if (vicr & 0xfff32000) // reserved bits\n"
        "        exception(BX_GP_EXCEPTION, 0);\n\n"
        "      VMX_Write_Virtual_X2APIC(BX_LAPIC_ICR_LO, val_64);\n"
        "      if (! virtualizable_IPI(vicr) || "
        "! VMX_IPI_Virtualization(vicr & 0xff, GET32H(val_64)))\n"
        "        VMexit(VMX_VMEXIT_APIC_WRITE, BX_LAPIC_ICR_LO); // trap-like vmexit\n"
        "      return true;\n"
        "    }\n\n"
        "    if (msr == 0x83f) {\n",
    ),
)
