#!/usr/bin/env python3
"""Writes an assembly file with one small function for each of a shared library's: called first, it has late_library.cpp open the
library and find the real one; from then on it jumps there (docs/decisions/0038-libraries-are-opened-when-they-are-needed.md).

generate_late.py NM READELF LIBRARY OUT"""
import pathlib
import re
import subprocess
import sys

nm, readelf, library, out = sys.argv[1:]


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


soname = re.search(r"\(SONAME\).*\[(.+)\]", output(readelf, "-d", "-W", library)).group(1)
# Functions of a C interface: what begins with _ is the compiler's or nobody's business.
names = sorted(set(re.findall(r"^[0-9a-f]+ [TWi] ([A-Za-z]\w*)(?:@@?\S+)?$", output(nm, "-D", "--defined-only", library), re.MULTILINE)))
if not names:
    raise SystemExit(f"{library} has no functions")

X86_64 = """
    .text
bind:  # r11: the function's number; whatever its arguments are, they are kept
    .cfi_startproc
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    subq $192, %rsp
""" + "".join(f"    movq %{name}, {8 * i}(%rsp)\n" for i, name in enumerate(("rdi", "rsi", "rdx", "rcx", "r8", "r9", "rax"))) + \
    "".join(f"    movaps %xmm{i}, {64 + 16 * i}(%rsp)\n" for i in range(8)) + """\
    leaq library(%rip), %rdi
    leaq names(%rip), %rsi
    leaq found(%rip), %rdx
    movq %r11, %rcx
    call tocsin_find_late
    movq %rax, %r11
""" + "".join(f"    movq {8 * i}(%rsp), %{name}\n" for i, name in enumerate(("rdi", "rsi", "rdx", "rcx", "r8", "r9", "rax"))) + \
    "".join(f"    movaps {64 + 16 * i}(%rsp), %xmm{i}\n" for i in range(8)) + """\
    leave
    .cfi_def_cfa %rsp, 8
    jmp *%r11
    .cfi_endproc

    .macro late number name
    .globl \\name
    .hidden \\name
    .type \\name, @function
\\name:
    movq found+8*\\number(%rip), %r11
    testq %r11, %r11
    je 1f
    jmp *%r11
1:  movl $\\number, %r11d
    jmp bind
    .size \\name, . - \\name
    .endm
"""

AARCH64 = """
    .text
bind:  // x17: the function's number; whatever its arguments are, they are kept
    .cfi_startproc
    stp x29, x30, [sp, #-224]!
    .cfi_def_cfa_offset 224
    .cfi_offset x29, -224
    .cfi_offset x30, -216
    mov x29, sp
""" + "".join(f"    stp x{i}, x{i + 1}, [sp, #{16 + 8 * i}]\n" for i in range(0, 8, 2)) + "    str x8, [sp, #80]\n" + \
    "".join(f"    stp q{i}, q{i + 1}, [sp, #{96 + 16 * i}]\n" for i in range(0, 8, 2)) + "".join(
        f"    adrp x{i}, {name}\n    add x{i}, x{i}, :lo12:{name}\n" for i, name in enumerate(("library", "names", "found"))) + """\
    mov x3, x17
    bl tocsin_find_late
    mov x16, x0
""" + "".join(f"    ldp x{i}, x{i + 1}, [sp, #{16 + 8 * i}]\n" for i in range(0, 8, 2)) + "    ldr x8, [sp, #80]\n" + \
    "".join(f"    ldp q{i}, q{i + 1}, [sp, #{96 + 16 * i}]\n" for i in range(0, 8, 2)) + """\
    ldp x29, x30, [sp], #224
    .cfi_def_cfa_offset 0
    .cfi_restore x29
    .cfi_restore x30
    br x16
    .cfi_endproc

    .macro late number name
    .globl \\name
    .hidden \\name
    .type \\name, @function
\\name:
    adrp x16, found+8*\\number
    ldr x16, [x16, :lo12:found+8*\\number]
    cbz x16, 1f
    br x16
1:  mov w17, #\\number
    b bind
    .size \\name, . - \\name
    .endm
"""

pathlib.Path(out).write_text(
    f"#if defined(__x86_64__){X86_64}#elif defined(__aarch64__){AARCH64}#else\n#error a processor that tools/generate_late.py does not know\n#endif\n\n" +
    "".join(f"    late {number} {name}\n" for number, name in enumerate(names)) +
    f'\n    .section .rodata\nlibrary:\n    .string "{soname}"\n    .balign 4\nnames:  # where each name is, from here\n' +
    "".join(f"    .long name_{number} - names\n" for number in range(len(names))) +
    "".join(f'name_{number}:\n    .string "{name}"\n' for number, name in enumerate(names)) +
    f'\n    .local found\n    .comm found, {8 * len(names)}, 8\n    .section .note.GNU-stack,"",@progbits\n')
