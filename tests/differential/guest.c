/* The guest side of the differential test: reads cases from standard input, runs each instruction
 * with the case's registers and memory, writes the outcome to standard output. Compiled static for
 * ppc64le and ppc64; see case.h. */
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "case.h"

/* Loads the state at DIFF_STATE, jumps to the slot, saves the state there. The only register that
 * the sequence needs for itself after the instruction is TAR, which no case touches. It is copied. */


_Static_assert(offsetof(struct diff_case, gpr) == 8, "run_slot knows this");
_Static_assert(offsetof(struct diff_case, lr) == 264, "run_slot knows this");
_Static_assert(offsetof(struct diff_case, vsr) == 312, "run_slot knows this");

__asm__(
    "    .machine power9\n"
    "    .text\n"
    "    .globl run_slot_code\n"
    "run_slot_code:\n"
    "    mflr 0\n"
    "    std 0, 16(1)\n"
    "    stdu 1, -1024(1)\n"
    "    mfcr 0\n"
    "    std 0, 64(1)\n"
    "    .irp r,2,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "    std \\r, 64+8*\\r(1)\n"
    "    .endr\n"
    "    .irp r,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "    stfd \\r, 320+8*\\r(1)\n"
    "    .endr\n"
    "    lis 31, 0x0101\n" /* DIFF_STATE */
    "    std 1, 8192(31)\n"
    "    addi 30, 31, 312\n"
    "    .irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "    li 29, 16*\\r\n"
    "    lxvd2x \\r, 30, 29\n"
    "    .endr\n"
    "    .irp r,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63\n"
    "    li 29, 16*\\r\n"
    "    lxvd2x \\r, 30, 29\n"
    "    .endr\n"
    "    ld 29, 264(31)\n"
    "    mtlr 29\n"
    "    ld 29, 272(31)\n"
    "    mtctr 29\n"
    "    ld 29, 280(31)\n"
    "    mtxer 29\n"
    "    ld 29, 288(31)\n"
    "    mtcr 29\n"
    "    .irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
    "    ld \\r, 8+8*\\r(31)\n"
    "    .endr\n"
    "    ld 31, 8+8*31(31)\n"
    "    nop\n" /* becomes a branch to the slot, see set_up() */
    "    .globl after_done\n"
    "after_done:\n"
    "    mtspr 815, 31\n"
    "    lis 31, 0x0101\n"
    "    std 30, 8+8*30(31)\n"
    "    li 30, 0\n"
    "    b 1f\n"
    "    .globl after_taken\n"
    "after_taken:\n"
    "    mtspr 815, 31\n"
    "    lis 31, 0x0101\n"
    "    std 30, 8+8*30(31)\n"
    "    li 30, 1\n"
    "1:  stw 30, 4(31)\n"
    "    .irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29\n"
    "    std \\r, 8+8*\\r(31)\n"
    "    .endr\n"
    "    mfspr 30, 815\n"
    "    std 30, 8+8*31(31)\n"
    "    mflr 29\n"
    "    std 29, 264(31)\n"
    "    mfctr 29\n"
    "    std 29, 272(31)\n"
    "    mfxer 29\n"
    "    std 29, 280(31)\n"
    "    mfcr 29\n"
    "    std 29, 288(31)\n"
    "    addi 30, 31, 312\n"
    "    .irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "    li 29, 16*\\r\n"
    "    stxvd2x \\r, 30, 29\n"
    "    .endr\n"
    "    .irp r,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63\n"
    "    li 29, 16*\\r\n"
    "    stxvd2x \\r, 30, 29\n"
    "    .endr\n"
    "    ld 1, 8192(31)\n"
    "    .globl leave_slot\n"
    "leave_slot:\n"
    "    .irp r,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "    lfd \\r, 320+8*\\r(1)\n"
    "    .endr\n"
    "    .irp r,2,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "    ld \\r, 64+8*\\r(1)\n"
    "    .endr\n"
    "    ld 0, 64(1)\n"
    "    mtcr 0\n"
    "    addi 1, 1, 1024\n"
    "    ld 0, 16(1)\n"
    "    mtlr 0\n"
    "    blr\n"
    "    .globl run_slot_end\n"
    "run_slot_end:\n");

extern const char run_slot_code[], after_done[], after_taken[], leave_slot[], run_slot_end[];

/* The routine is copied next to the slot, so that plain branches reach from one to the other. */
#define ROUTINE (DIFF_CODE + 0x1000)

static uint8_t *const code = (uint8_t *)DIFF_CODE;
static struct diff_case *const state = (struct diff_case *)DIFF_STATE;
static uint8_t *const window = (uint8_t *)DIFF_WINDOW;

enum { NOP = 0x60000000 };

static uint32_t branch(uint64_t from, uint64_t to)
{
    return 0x48000000 | ((uint32_t)(to - from) & 0x03fffffc);
}

static void put_word(uint64_t address, uint32_t word)
{
    memcpy((void *)address, &word, 4);
}

static void flush_code(uint64_t start, uint64_t size)
{
    for (uint64_t a = start & ~UINT64_C(31); a < start + size; a += 32)
        __asm__ volatile("dcbst 0,%0; sync; icbi 0,%0" ::"r"(a) : "memory");
    __asm__ volatile("sync; isync" ::: "memory");
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    uint32_t outcome = DIFF_OTHER;

    (void)info;
    switch (number) {
    case SIGILL: outcome = DIFF_ILLEGAL; break;
    case SIGTRAP: outcome = DIFF_TRAP; break;
    case SIGFPE: outcome = DIFF_FLOAT; break;
    case SIGBUS: outcome = DIFF_ALIGNMENT; break;
    case SIGSEGV: outcome = DIFF_STORAGE; break;
    }
    state->outcome = outcome;
    /* Go on in the routine's way out with the stack it had. */
    uc->uc_mcontext.gp_regs[1] = *(uint64_t *)(DIFF_STATE + 8192);
    uc->uc_mcontext.gp_regs[32] = ROUTINE + (uint64_t)(leave_slot - run_slot_code);
}

static void call_routine(void)
{
    uint64_t entry = ROUTINE;

    __asm__ volatile("mtctr %0\n\tbctrl"
                     : "+r"(entry)
                     :
                     : "memory", "r0", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12",
                       "lr", "ctr", "cr0", "cr1", "cr5", "cr6", "cr7", "xer", "fr0", "fr1", "fr2",
                       "fr3", "fr4", "fr5", "fr6", "fr7", "fr8", "fr9", "fr10", "fr11", "fr12",
                       "fr13");
}

/* FPSCR and VSCR are set and read here, outside the routine, with the FP status kept in a double. */
static void set_status(const struct diff_case *c)
{
    double d;
    union { uint32_t w[4]; __vector unsigned int v; } u = { .w = { 0 } };

    memcpy(&d, &c->fpscr, 8);
    __asm__ volatile("mtfsf 255,%0,1,0" ::"d"(d));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    u.w[0] = (uint32_t)c->vscr;
#else
    u.w[3] = (uint32_t)c->vscr;
#endif
    __asm__ volatile("mtvscr %0" ::"v"(u.v));
}

static void get_status(struct diff_case *c)
{
    double d;
    union { uint32_t w[4]; __vector unsigned int v; } u;

    __asm__ volatile("mffs %0" : "=d"(d));
    memcpy(&c->fpscr, &d, 8);
    __asm__ volatile("mfvscr %0" : "=v"(u.v));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    c->vscr = u.w[0];
#else
    c->vscr = u.w[3];
#endif
    d = 0.0;
    __asm__ volatile("mtfsf 255,%0,1,0" ::"d"(d));
}

static int read_all(void *buffer, size_t size)
{
    uint8_t *p = buffer;

    while (size) {
        ssize_t n = read(0, p, size);

        if (n <= 0)
            return 0;
        p += n;
        size -= (size_t)n;
    }
    return 1;
}

static void write_all(const void *buffer, size_t size)
{
    const uint8_t *p = buffer;

    while (size) {
        ssize_t n = write(1, p, size);

        if (n <= 0)
            exit(1);
        p += n;
        size -= (size_t)n;
    }
}

/* The register image is inside the state; the stack pointer is kept behind it. Not on the stack that
 * the case's r1 replaces: signals come on their own stack. */
static uint8_t signal_stack[65536] __attribute__((aligned(16)));

static void set_up(void)
{
    static const int signals[] = { SIGILL, SIGTRAP, SIGFPE, SIGBUS, SIGSEGV };
    stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof signal_stack };
    struct sigaction action = { .sa_sigaction = on_signal,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
    uint64_t size = (uint64_t)(run_slot_end - run_slot_code), at;

    if (mmap(code, 0x30000, PROT_READ | PROT_WRITE | PROT_EXEC,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
        exit(2);
    memcpy((void *)ROUTINE, run_slot_code, size);
    at = ROUTINE + (uint64_t)(after_done - run_slot_code) - 4;
    put_word(at, branch(at, DIFF_CODE));
    put_word(DIFF_CODE + 8, branch(DIFF_CODE + 8, at + 4));
    put_word(DIFF_CODE + DIFF_SLOT_TAKEN,
             branch(DIFF_CODE + DIFF_SLOT_TAKEN, ROUTINE + (uint64_t)(after_taken - run_slot_code)));
    put_word(DIFF_CODE + 4, 0x60000000);
    flush_code(DIFF_CODE, 64);
    flush_code(ROUTINE, size);
    sigaltstack(&stack, NULL);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
}

int main(void)
{
    static struct diff_case c;

    set_up();
    while (read_all(&c, sizeof c)) {
        uint32_t words[] = { c.prefix ? c.prefix : c.insn, c.prefix ? c.insn : NOP };

        if (memcmp((void *)DIFF_CODE, words, sizeof words)) {
            put_word(DIFF_CODE, words[0]);
            put_word(DIFF_CODE + 4, words[1]);
            flush_code(DIFF_CODE, 4);
        }
        memcpy(state, &c, sizeof c);
        memcpy(window, c.window, sizeof c.window);
        set_status(&c);
        call_routine();
        get_status(&c);
        c.outcome = state->outcome;
        memcpy(c.gpr, state->gpr, sizeof c.gpr);
        memcpy(&c.lr, &state->lr, 32);
        memcpy(c.vsr, state->vsr, sizeof c.vsr);
        memcpy(c.window, window, sizeof c.window);
        write_all(&c, sizeof c);
    }
    return 0;
}
