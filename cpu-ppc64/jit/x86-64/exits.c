/* Leaving a region: the state to its homes, jumps to other regions, calls of the interpreter's operations, and
 * the stubs that are emitted behind the region's code. */
#include "cpu-ppc64/jit/x86-64/backend-internal.h"

#include "cpu-ppc64/interp/atomics.h"
#include "cpu-ppc64/interp/code-cache.h"
#include "cpu-ppc64/jit/fpscr.h"
#include "cpu-ppc64/jit/front.h"

struct stub *new_stub(struct backend *b, enum stub_kind kind)
{
    struct stub *s = &b->stubs[b->n_stubs];

    if (b->n_stubs + 1 < MAX_STUBS)
        b->n_stubs++;
    else
        b->failed = true;
    *s = (struct stub){ .kind = (uint8_t)kind };
    return s;
}

void emit_jump_to(struct backend *b, const uint8_t *thunk)
{
    uint8_t *at = x86_jmp(&b->a);

    x86_patch(&b->a, at, thunk - b->jit->rx + b->jit->rw);
}

static void emit_jcc_to(struct backend *b, enum x86_cc cc, const uint8_t *thunk)
{
    uint8_t *at = x86_jcc(&b->a, cc);

    x86_patch(&b->a, at, thunk - b->jit->rx + b->jit->rw);
}

/* ---- state to homes ---- */

/* Everything but homes in registers. Uses rcx and rdx; rax too if an entry is evaluated, so that those come first. */
void store_entry(struct backend *b, const struct state_entry *e)
{
    struct x86_mem home = slot_mem(e->slot);
    unsigned size = slot_size(e->slot);

    switch (e->a.kind) {
    case PLACE_XMM:
        if (size == 16) {
            x86_sse_rm(&b->a, SSE_MOVUPS_STORE, e->a.n, home);
        } else {
            x86_sse_rm(&b->a, SSE_MOVSD_STORE, e->a.n, home);
            if (slot_is_fpr(e->slot))
                x86_store_i(&b->a, 8, mem_at(RBP, home.disp - 8 * VSR_D(0) + 8 * VSR_D(1)), 0);
        }
        break;
    case PLACE_XMM_SPILL:
        x86_sse_rm(&b->a, SSE_MOVUPS_LOAD, XMM_SCRATCH, mem_at(RSP, XMM_SPILL_OFFSET + (int32_t)(16 * e->a.n)));
        store_entry(b, &(struct state_entry){ .slot = e->slot, .a = { PLACE_XMM, XMM_SCRATCH } });
        break;
    case PLACE_XMM_CONST:
        load_literal(b, XMM_SCRATCH, b->constants[e->a.n + 1], b->constants[e->a.n]);
        store_entry(b, &(struct state_entry){ .slot = e->slot, .a = { PLACE_XMM, XMM_SCRATCH } });
        break;
    case PLACE_CONST:
        if (fits_s32((int64_t)b->constants[e->a.n])) {
            x86_store_i(&b->a, size, home, (int32_t)b->constants[e->a.n]);
            break;
        }
        /* fall through */
    default:
        if (e->a.kind == PLACE_SLOT && e->a.n == e->slot)
            break; /* a loop's, which has had to leave its register */
        if (e->a.kind != PLACE_GPR)
            load_place(b, RCX, e->a);
        x86_store(&b->a, size, home, e->a.kind == PLACE_GPR ? e->a.n : RCX);
        if (slot_is_fpr(e->slot))
            x86_store_i(&b->a, 8, mem_at(RBP, home.disp - 8 * VSR_D(0) + 8 * VSR_D(1)), 0);
    }
}

void move_registers(struct x86_asm *a, uint8_t from_of[X86_REGS])
{
    for (;;) {
        bool waits[X86_REGS] = { false };
        unsigned left = NO_REG, done = NO_REG;

        for (unsigned to = 0; to < X86_REGS; to++)
            if (from_of[to] != NO_REG && from_of[to] != to)
                waits[from_of[to]] = true;
        for (unsigned to = 0; to < X86_REGS; to++) {
            if (from_of[to] == NO_REG || from_of[to] == to)
                continue;
            left = to;
            if (!waits[to])
                done = to;
        }
        if (left == NO_REG)
            return;
        if (done != NO_REG) {
            x86_mov_rr(a, 8, done, from_of[done]);
            from_of[done] = NO_REG;
        } else {
            unsigned with = from_of[left];

            x86_xchg(a, left, with);
            /* Whoever wanted what was in `left` finds it in `with` now. */
            from_of[left] = NO_REG;
            for (unsigned to = 0; to < X86_REGS; to++)
                if (from_of[to] == left)
                    from_of[to] = (uint8_t)with;
        }
    }
}

static void state_to_homes(struct backend *b, uint32_t first, uint16_t count, struct place target)
{
    uint8_t from_of[X86_REGS];

    for (unsigned k = 0; k < count; k++)
        if (b->entries[first + k].op)
            emit_sunk(b, &b->entries[first + k]);
    if (target.kind != PLACE_NONE)
        load_place(b, RAX, target);
    memset(from_of, NO_REG, sizeof from_of);
    /* Notes may be of registers as they were: before those are written. */
    for (unsigned k = 0; k < count; k++)
        if (b->entries[first + k].slot >= SLOT_NOTES)
            store_entry(b, &b->entries[first + k]);
    for (unsigned k = 0; k < count; k++) {
        const struct state_entry *e = &b->entries[first + k];
        unsigned home = backend_home_of(e->slot);

        if (e->op || e->slot >= SLOT_NOTES)
            continue;
        if (home == NO_REG)
            store_entry(b, e);
        else if (e->a.kind == PLACE_GPR)
            from_of[home] = (uint8_t)e->a.n;
    }
    move_registers(&b->a, from_of);
    for (unsigned k = 0; k < count; k++) {
        const struct state_entry *e = &b->entries[first + k];
        unsigned home = backend_home_of(e->slot);

        if (!e->op && home != NO_REG && e->a.kind != PLACE_GPR)
            load_place(b, home, e->a);
    }
}

/* ---- jumps ---- */

static void check_attention(struct backend *b, const uint8_t *thunk)
{
    x86_alu_mi(&b->a, ALU_CMP, 4, cpu_mem(offsetof(struct cpu, attention)), 0);
    emit_jcc_to(b, CC_NE, thunk);
}

/* To the effective address in rax: the page is looked up in the table of this address space's pages. */
static void emit_far_jump(struct backend *b)
{
    enum { ENTRY_SHIFT = 4 };
    _Static_assert(sizeof(struct fetch_entry) == 1 << ENTRY_SHIFT, "the index is a shift");

    check_attention(b, b->jit->thunks.leave_ea);
    x86_mov_rr(&b->a, 4, RCX, RAX);
    x86_shift_ri(&b->a, SHIFT_SHR, 4, RCX, MEM_PAGE_SHIFT - ENTRY_SHIFT);
    x86_alu_ri(&b->a, ALU_AND, 4, RCX, (FETCH_ENTRIES - 1) << ENTRY_SHIFT);
    x86_alu_rm(&b->a, ALU_ADD, 8, RCX, cpu_mem(offsetof(struct cpu, jit_fetch)));
    x86_mov_rr(&b->a, 8, RDX, RAX);
    x86_alu_ri(&b->a, ALU_AND, 8, RDX, -MEM_PAGE_SIZE);
    x86_alu_rm(&b->a, ALU_CMP, 8, RDX, mem_at(RCX, offsetof(struct fetch_entry, ea_page)));
    emit_jcc_to(b, CC_NE, b->jit->thunks.leave_ea);
    x86_store(&b->a, 8, cpu_mem(offsetof(struct cpu, page_ea)), RDX);
    x86_load(&b->a, 8, false, RCX, mem_at(RCX, offsetof(struct fetch_entry, table)));
    x86_alu_ri(&b->a, ALU_AND, 4, RAX, MEM_PAGE_SIZE - 1);
    x86_jmp_mem(&b->a, mem_index(RCX, RAX, 2, 0));
}

/* A jump that becomes a link to this word of the page; until then the code goes on behind it. Its distance is at a
 * multiple of 4. */
static void emit_link(struct backend *b, struct jit_page *to, unsigned word)
{
    static const uint8_t nop = 0x90;

    if (b->jit->verifier || b->n_links == MAX_LINKS)
        return;
    while (((uintptr_t)b->a.p + 1) % sizeof(uint32_t))
        x86_byte(&b->a, nop);
    b->links[b->n_links++] = (struct pending_link){ to, { NULL, x86_jmp(&b->a), (uint16_t)word } };
}

/* Through the page's table: what is not translated there leads to the run loop, which finds the offset in eax. */
static void emit_table_jump(struct backend *b, int32_t offset)
{
    const uint8_t *entry = (const uint8_t *)&b->page->table[offset / 4];
    struct x86_mem m = { NO_REG, NO_REG, 1, 0 };

    x86_mov_ri(&b->a, RAX, (uint32_t)offset);
    /* The distance from the end of the instruction, which has six bytes, in the executable mapping. */
    m.disp = (int32_t)(entry - (b->a.p - b->jit->rw + b->jit->rx + 6));
    x86_jmp_mem(&b->a, m);
}

static void emit_page_jump(struct backend *b, int32_t offset, bool back)
{
    if (back) {
        x86_mov_ri(&b->a, RAX, (uint32_t)offset);
        check_attention(b, b->jit->thunks.leave_offset);
    }
    emit_link(b, (struct jit_page *)(uintptr_t)b->page, (unsigned)offset / 4);
    emit_table_jump(b, offset);
}

/* To a fixed distance: in another page, but always the same one while that is mapped where it was. What leads forward
 * does not make a circle. */
static void emit_fixed_far_jump(struct backend *b, int32_t offset)
{
    enum { ENTRY_SHIFT = 4 };
    int32_t low = offset & (MEM_PAGE_SIZE - 1);
    struct jit_page *to = jit_fetch_peek(b->jit, b->jit->cpu->page_ea + (ea_t)(int64_t)offset);
    struct x86_asm *a = &b->a;
    uint8_t *other;

    x86_load(a, 8, false, RDX, cpu_mem(offsetof(struct cpu, page_ea)));
    x86_alu_ri(a, ALU_ADD, 8, RDX, offset - low);
    x86_lea(a, RAX, mem_at(RDX, low));
    if (offset < 0)
        check_attention(b, b->jit->thunks.leave_ea);
    x86_mov_rr(a, 4, RCX, RDX);
    x86_shift_ri(a, SHIFT_SHR, 4, RCX, MEM_PAGE_SHIFT - ENTRY_SHIFT);
    x86_alu_ri(a, ALU_AND, 4, RCX, (FETCH_ENTRIES - 1) << ENTRY_SHIFT);
    x86_alu_rm(a, ALU_ADD, 8, RCX, cpu_mem(offsetof(struct cpu, jit_fetch)));
    x86_alu_rm(a, ALU_CMP, 8, RDX, mem_at(RCX, offsetof(struct fetch_entry, ea_page)));
    emit_jcc_to(b, CC_NE, b->jit->thunks.leave_ea);
    x86_store(a, 8, cpu_mem(offsetof(struct cpu, page_ea)), RDX);
    if (to) {
        /* Tables are no further from one another than that. */
        x86_alu_mi(a, ALU_CMP, 4, mem_at(RCX, offsetof(struct fetch_entry, table)), (int32_t)(uintptr_t)to->table);
        other = x86_jcc(a, CC_NE);
        emit_link(b, to, (unsigned)low / 4);
        x86_patch(a, other, a->p);
    }
    x86_load(a, 8, false, RCX, mem_at(RCX, offsetof(struct fetch_entry, table)));
    x86_mov_ri(a, RAX, (uint32_t)low);
    x86_jmp_mem(a, mem_at(RCX, low * 2));
}

void note_executed(struct backend *b, unsigned n)
{
    if (b->jit->verifier)
        x86_alu_mi(&b->a, ALU_ADD, 4, cpu_mem(offsetof(struct cpu, executed)), (int32_t)n);
}

void emit_exit(struct backend *b, const struct ir_exit *e, uint32_t first, uint16_t count, struct place target)
{
    state_to_homes(b, first, count, target);
    note_executed(b, e->executed);
    switch (e->kind) {
    case IR_EXIT_PAGE:
    case IR_EXIT_PAGE_BACK:
        emit_page_jump(b, e->offset, e->kind == IR_EXIT_PAGE_BACK);
        break;
    case IR_EXIT_LOOP:
        emit_round_count(b);
        x86_mov_ri(&b->a, RAX, (uint32_t)e->offset);
        check_attention(b, b->jit->thunks.leave_offset);
        x86_patch(&b->a, x86_jmp(&b->a), b->body);
        break;
    case IR_EXIT_FAR:
        emit_fixed_far_jump(b, e->offset);
        break;
    case IR_EXIT_SYNC:
        if (e->offset < MEM_PAGE_SIZE) {
            emit_table_jump(b, e->offset);
        } else {
            x86_load(&b->a, 8, false, RAX, cpu_mem(offsetof(struct cpu, page_ea)));
            x86_alu_ri(&b->a, ALU_ADD, 8, RAX, e->offset);
            emit_far_jump(b);
        }
        break;
    case IR_EXIT_NIA:
        x86_load(&b->a, 8, false, RAX, cpu_mem(offsetof(struct cpu, nia)));
        emit_far_jump(b);
        break;
    case IR_EXIT_INDIRECT:
        emit_far_jump(b);
        break;
    case IR_EXIT_LEAVE:
        x86_mov_ri(&b->a, RAX, (uint32_t)e->offset);
        emit_jump_to(b, b->jit->thunks.leave_offset);
        break;
    default:
        x86_mov_ri(&b->a, RAX, (uint32_t)e->offset);
        emit_jump_to(b, b->jit->thunks.leave_interpret);
    }
}

/* ---- calls ---- */

/* By the facility: binary and decimal floating point, what of VSX computes, and of VMX, which computes with the host's
 * instructions and so writes MXCSR. */
static bool may_see_fpscr(insn_t insn)
{
    unsigned id = isa_decode(insn);
    const struct isa_row *row = isa_row(id);

    /* A hypervisor may look at anything. */
    return id == ISA_SC || row->facility == FACILITY_FP || row->facility == FACILITY_DFP || row->facility == FACILITY_VSX || row->facility == FACILITY_VEC ||
           row->class == ISA_CLASS_VSX;
}

void emit_call(struct backend *b, const struct ir_insn *i)
{
    code_fn fn = atomics_alone(b->jit->cpu, (insn_t)i->imm);
    uint32_t first;
    uint16_t count;

    capture_state(b, i->extra, &first, &count);
    state_to_homes(b, first, count, (struct place){ PLACE_NONE, 0 });
    b->n_entries = first;
    for (unsigned k = 0; k < backend_n_homes; k++)
        x86_store(&b->a, 8, slot_mem(backend_home_slots[k]), backend_home_of(backend_home_slots[k]));
    x86_load(&b->a, 8, false, RAX, cpu_mem(offsetof(struct cpu, page_ea)));
    x86_alu_ri(&b->a, ALU_ADD, 8, RAX, i->offset);
    x86_store(&b->a, 8, cpu_mem(offsetof(struct cpu, cia)), RAX);
    x86_alu_ri(&b->a, ALU_ADD, 8, RAX, 4);
    x86_store(&b->a, 8, cpu_mem(offsetof(struct cpu, nia)), RAX);
    if (b->jit->calls) {
        x86_mov_ri(&b->a, RAX, (uintptr_t)&b->jit->calls[isa_decode((insn_t)i->imm)]);
        x86_alu_mi(&b->a, ALU_ADD, 8, mem_at(RAX, 0), 1);
    }
    if (may_see_fpscr((insn_t)i->imm)) {
        x86_lea(&b->a, RDI, cpu_mem(0));
        x86_mov_ri(&b->a, RAX, (uintptr_t)jit_fpscr_settle);
        x86_call_reg(&b->a, RAX);
        /* What comes behind the call is behind again. */
        if (b->ir->needs & JIT_NEEDS_FAST_FP)
            x86_store_i(&b->a, 1, cpu_mem(offsetof(struct cpu, fp_pending)), 1);
    }
    x86_lea(&b->a, RDI, cpu_mem(0));
    x86_mov_ri(&b->a, RSI, (uint64_t)i->imm);
    if (!fn)
        fn = code_operation(b->jit->cpu, (insn_t)i->imm, i->offset);
    x86_mov_ri(&b->a, RAX, (uintptr_t)fn);
    x86_call_reg(&b->a, RAX);
    if (may_see_fpscr((insn_t)i->imm))
        x86_rm(&b->a, X86_OP(1, 0xae), false, 2, cpu_mem(offsetof(struct cpu, jit_mxcsr)), false); /* ldmxcsr */
    x86_byte(&b->a, 0x84); /* test al, al */
    x86_byte(&b->a, 0xc0);
    emit_jcc_to(b, CC_E, b->jit->thunks.leave_done);
    forget_registers(b);
    for (unsigned k = 0; k < backend_n_homes; k++)
        x86_load(&b->a, 8, false, backend_home_of(backend_home_slots[k]), slot_mem(backend_home_slots[k]));
}

/* ---- stubs ---- */

void emit_stubs(struct backend *b)
{
    for (unsigned k = 0; k < b->n_stubs && !b->failed; k++) {
        struct stub *s = &b->stubs[k];

        if (!s->from)
            continue; /* nothing could go wrong after all */
        x86_patch(&b->a, s->from, b->a.p);
        if (s->from2)
            x86_patch(&b->a, s->from2, b->a.p);
        if (s->kind == STUB_HOT) {
            emit_hot_stub(b);
        } else if (s->kind == STUB_LOOKUP) {
            emit_lookup_stub(b, s);
        } else if (s->kind == STUB_CACHE) {
            emit_cache_stub(b, s);
        } else if (s->kind == STUB_GUARD) {
            emit_guard_stub(b, s);
        } else if (s->kind == STUB_EXIT) {
            emit_exit(b, &b->ir->exit[s->exit], s->first_entry, s->n_entries, s->target);
        } else {
            x86_mov_ri(&b->a, RCX, (uintptr_t)s->site);
            x86_patch(&b->a, x86_call(&b->a), b->jit->thunks.slow - b->jit->rx + b->jit->rw);
            emit_resume(b, s);
        }
    }
}
