/* Loads and stores: the TLB lookup in line, the rest by jit_slow_access(). */
#include "cpu-ppc64/jit/x86-64/backend-internal.h"

#include "base/bits.h"

/* A place of a constant is an index into the site's own array from here on, which begins with this one. */
static struct place own_constant(struct place p, unsigned first)
{
    if (p.kind == PLACE_CONST || p.kind == PLACE_XMM_CONST)
        p.n -= first;
    return p;
}

static unsigned pack_state(const struct state_entry *entries, unsigned n, unsigned first_constant, uint32_t *words)
{
    unsigned n_words = 0;

    for (unsigned k = 0; k < n; k++) {
        struct state_entry e = entries[k];

        e.a = own_constant(e.a, first_constant);
        e.b = own_constant(e.b, first_constant);
        e.c = own_constant(e.c, first_constant);
        n_words += state_entry_pack(&e, &words[n_words]);
    }
    return n_words;
}

/* What the site before has is the same more often than not. */
static bool is_shared(const struct site *s, const struct site *before, const uint32_t *words, const uint64_t *constants)
{
    return before && before->n_words == s->n_words && before->n_constants == s->n_constants &&
           !memcmp(before->state, words, s->n_words * sizeof *words) &&
           !memcmp(before->constants, constants, s->n_constants * sizeof *constants);
}

static bool keep_state(struct backend *b, struct site *s, const uint32_t *words, const uint64_t *constants)
{
    size_t words_size = s->n_words * sizeof *words, constants_size = s->n_constants * sizeof *constants;
    uint8_t *copy;

    if (is_shared(s, b->last_site, words, constants)) {
        s->state = b->last_site->state;
        s->constants = b->last_site->constants;
        return true;
    }
    copy = jit_metadata(b->jit, constants_size + words_size);
    if (!copy)
        return false;
    s->constants = memcpy(copy, constants, constants_size);
    s->state = memcpy(copy + constants_size, words, words_size);
    return true;
}

struct site *make_site(struct backend *b, const struct ir_insn *i, uint8_t target)
{
    unsigned first_constant = b->n_constants;
    uint32_t first, words[2 * SLOTS];
    uint16_t count;
    struct site *s = jit_metadata(b->jit, sizeof *s);

    capture_state(b, i->extra, &first, &count);
    b->n_entries = first;
    if (!s || b->failed) {
        b->failed = true;
        return NULL;
    }
    *s = (struct site){ .n_words = (uint16_t)pack_state(&b->entries[first], count, first_constant, words),
                        .n_constants = (uint16_t)(b->n_constants - first_constant), .offset = i->offset,
                        .executed = i->executed, .op = i->op, .target = target, .access = i->access };
    b->n_constants = first_constant;
    if (!keep_state(b, s, words, &b->constants[first_constant])) {
        b->failed = true;
        return NULL;
    }
    b->last_site = s;
    return s;
}

static bool is_indexed(unsigned op)
{
    return op == IR_LOAD_X || op == IR_STORE_X || op == IR_FLOAD_X || op == IR_FSTORE_X || op == IR_VLOAD_X ||
           op == IR_VSTORE_X || op == IR_LARX || op == IR_STCX || op == IR_DCBZ;
}

/* rax := effective address */
void emit_address(struct backend *b, const struct ir_insn *i)
{
    struct x86_asm *a = &b->a;
    unsigned base = use_gpr(b, i->a, RAX);

    if (is_indexed(i->op) && i->b)
        x86_lea(a, RAX, mem_index(base, use_gpr(b, i->b, RCX), 1, 0));
    else if (!i->imm)
        base == RAX ? (void)0 : x86_mov_rr(a, 8, RAX, base);
    else if (fits_s32(i->imm))
        x86_lea(a, RAX, mem_at(base, (int32_t)i->imm));
    else {
        x86_mov_ri(a, RCX, (uint64_t)i->imm);
        x86_lea(a, RAX, mem_index(base, RCX, 1, 0));
    }
}

/* rcx := the TLB entry for the effective address in rax. */
void emit_tlb_entry(struct backend *b)
{
    enum { ENTRY_SHIFT = 5 };
    _Static_assert(sizeof(struct tlb_entry) == 1 << ENTRY_SHIFT, "the index is a shift");
    struct x86_asm *a = &b->a;

    if (b->host.bmi2) {
        x86_rorx(a, 4, RCX, RAX, MEM_PAGE_SHIFT - ENTRY_SHIFT);
    } else {
        x86_mov_rr(a, 4, RCX, RAX);
        x86_shift_ri(a, SHIFT_SHR, 4, RCX, MEM_PAGE_SHIFT - ENTRY_SHIFT);
    }
    x86_alu_ri(a, ALU_AND, 4, RCX, (TLB_ENTRIES - 1) << ENTRY_SHIFT);
    x86_alu_rm(a, ALU_ADD, 8, RCX, cpu_mem(offsetof(struct cpu, tlb)));
}

uint8_t *emit_lookup(struct backend *b, unsigned size, size_t tag)
{
    struct x86_asm *a = &b->a;
    uint8_t *slow;

    emit_tlb_entry(b);
    /* The page of the last byte: an access that crosses a page finds another one's tag. */
    if (size > 1)
        x86_lea(a, RDX, mem_at(RAX, (int32_t)size - 1));
    else
        x86_mov_rr(a, 8, RDX, RAX);
    x86_alu_ri(a, ALU_AND, 8, RDX, -MEM_PAGE_SIZE);
    x86_alu_rm(a, ALU_CMP, 8, RDX, mem_at(RCX, (int32_t)tag));
    slow = x86_jcc(a, CC_NE);
    x86_alu_rm(a, ALU_ADD, 8, RAX, mem_at(RCX, offsetof(struct tlb_entry, addend)));
    return slow;
}

static void note_good_guard(struct backend *b, ir_value guard, unsigned bad, unsigned bad2)
{
    b->guard_good_at = b->a.p;
    b->guard_good = guard;
    b->guard_bad[0] = (uint16_t)bad;
    b->guard_bad[1] = (uint16_t)bad2;
}

void emit_resume(struct backend *b, const struct stub *s)
{
    uint8_t *at = x86_jmp(&b->a);
    struct stub *next = &b->stubs[s->if_bad];

    if (!s->if_bad)
        x86_patch(&b->a, at, s->resume);
    else if (!next->from)
        next->from = at;
    else
        next->from2 = at;
}

void slow_stub(struct backend *b, uint8_t *from, uint8_t *from2, const struct site *site)
{
    struct stub *s = new_stub(b, STUB_SLOW);

    s->from = from;
    s->from2 = from2;
    s->resume = b->a.p;
    s->site = site;
    if (b->pending_lookup)
        b->stubs[b->pending_lookup - 1].slow = (uint16_t)(s - b->stubs);
    if (b->pending_lookup && b->stubs[b->pending_lookup - 1].kind == STUB_LOOKUP)
        b->stubs[b->pending_lookup - 1].resume = b->a.p;
    if (b->pending_lookup && b->stubs[b->pending_lookup - 1].kind == STUB_LOOKUP)
        note_good_guard(b, b->ir->insn[b->now].c, b->pending_lookup, (unsigned)(s - b->stubs) + 1);
    b->pending_lookup = 0;
}

/* ---- with a guard ---- */

/* How far the access lies from what the guard was made of. */
static int64_t guard_distance(const struct ir *ir, const struct ir_insn *i, const struct ir_insn *guard)
{
    int64_t distance = i->imm;

    for (ir_value v = i->a; v != guard->a; v = ir->insn[v].a)
        if (ir->insn[v].op == IR_ADD)
            distance += ir->insn[ir->insn[v].b].imm;
    return distance;
}

void emit_operands(struct backend *b, const struct ir_insn *i)
{
    if (ir_can_share_guard(i->op) && i->c)
        b->guard_base = (uint8_t)use_gpr(b, i->a, RAX), b->guard_host = (uint8_t)use_gpr(b, i->c, RAX);
    else
        emit_address(b, i);
}

static struct x86_mem cache_mem(unsigned cache, unsigned part)
{
    return mem_at(RSP, (int32_t)(CACHE_OFFSET + CACHE_SIZE * cache + part));
}

/* rax: effective address -> host address, which is where it was in the last round. */
static void emit_cached_lookup(struct backend *b, unsigned cache)
{
    struct x86_asm *a = &b->a;
    struct stub *s = new_stub(b, STUB_CACHE);

    s->insn = (uint16_t)b->now;
    b->pending_lookup = (unsigned)(s - b->stubs) + 1;
    x86_alu_rm(a, ALU_SUB, 8, RAX, cache_mem(cache, PAGE_CACHE_PAGE));
    x86_alu_rm(a, ALU_CMP, 8, RAX, cache_mem(cache, PAGE_CACHE_LIMIT));
    s->from = x86_jcc(a, CC_AE);
    x86_alu_rm(a, ALU_ADD, 8, RAX, cache_mem(cache, PAGE_CACHE_HOST));
    s->resume = a->p;
    b->host_mem = mem_at(RAX, 0);
    b->addend_mem = cache_mem(cache, PAGE_CACHE_ADDEND);
}

static void emit_guarded(struct backend *b, const struct ir_insn *i)
{
    const struct ir_insn *guard = &b->ir->insn[i->c];
    struct stub *s = new_stub(b, STUB_LOOKUP);

    s->base = b->guard_base;
    s->insn = (uint16_t)b->now;
    b->pending_lookup = (unsigned)(s - b->stubs) + 1;
    if (b->guard_good_at == b->a.p && b->guard_good == i->c) {
        for (unsigned k = 0; k < ARRAY_SIZE(b->guard_bad); k++)
            if (b->guard_bad[k])
                b->stubs[b->guard_bad[k] - 1].if_bad = (uint16_t)(s - b->stubs);
    } else {
        x86_test_rr(&b->a, 8, b->guard_host, b->guard_host);
        s->from = x86_jcc(&b->a, CC_E);
    }
    b->host_mem = mem_at(b->guard_host, (int32_t)guard_distance(b->ir, i, guard));
}

uint8_t *emit_host_address(struct backend *b, const struct ir_insn *i, size_t tag)
{
    if (ir_can_share_guard(i->op) && i->c) {
        emit_guarded(b, i);
        return NULL;
    }
    if (b->ir->loop && b->cache_of[b->now] != NO_CACHE) {
        emit_cached_lookup(b, b->cache_of[b->now]);
        return NULL;
    }
    b->host_mem = mem_at(RAX, 0);
    b->addend_mem = mem_at(RCX, offsetof(struct tlb_entry, addend));
    return emit_lookup(b, i->access.size, tag);
}

static size_t tag_of(const struct ir_insn *i)
{
    bool is_store = i->op == IR_STORE || i->op == IR_FSTORE || i->op == IR_VSTORE || i->op == IR_STORE_X ||
                    i->op == IR_FSTORE_X || i->op == IR_VSTORE_X;

    return is_store ? offsetof(struct tlb_entry, store_tag) : offsetof(struct tlb_entry, load_tag);
}

void emit_lookup_stub(struct backend *b, struct stub *s)
{
    const struct ir_insn *i = &b->ir->insn[s->insn];

    const struct thunks *t = &b->jit->thunks;
    const uint8_t *lookup = tag_of(i) == offsetof(struct tlb_entry, load_tag) ? t->lookup_load : t->lookup_store;

    x86_lea(&b->a, RAX, mem_at(s->base, (int32_t)i->imm));
    x86_lea(&b->a, RDX, mem_at(RAX, i->access.size - 1));
    x86_patch(&b->a, x86_call(&b->a), lookup - b->jit->rx + b->jit->rw);
    b->stubs[s->slow].from = x86_jcc(&b->a, CC_NE);
    b->host_mem = mem_at(RAX, 0);
    emit_access(b, i, s->reg);
    emit_resume(b, s);
}

/* What has been found is kept: page, addend, and how far the access may lie in the page. rcx := addend. */
static void keep_page(struct backend *b, unsigned cache, int64_t low, unsigned span)
{
    struct x86_asm *a = &b->a;

    if (low)
        x86_lea(a, RDX, mem_at(RDX, (int32_t)-low));
    x86_store(a, 8, cache_mem(cache, PAGE_CACHE_PAGE), RDX);
    x86_store_i(a, 8, cache_mem(cache, PAGE_CACHE_LIMIT), MEM_PAGE_SIZE + 1 - (int32_t)span);
    x86_load(a, 8, false, RCX, mem_at(RCX, offsetof(struct tlb_entry, addend)));
    x86_store(a, 8, cache_mem(cache, PAGE_CACHE_ADDEND), RCX);
    x86_alu_rr(a, ALU_ADD, 8, RDX, RCX);
    x86_store(a, 8, cache_mem(cache, PAGE_CACHE_HOST), RDX);
}

void emit_cache_stub(struct backend *b, struct stub *s)
{
    const struct ir_insn *i = &b->ir->insn[s->insn];

    x86_alu_rm(&b->a, ALU_ADD, 8, RAX, cache_mem(b->cache_of[s->insn], PAGE_CACHE_PAGE));
    b->stubs[s->slow].from = emit_lookup(b, i->access.size, tag_of(i));
    keep_page(b, b->cache_of[s->insn], 0, i->access.size);
    x86_patch(&b->a, x86_jmp(&b->a), s->resume);
}

void emit_guard_stub(struct backend *b, struct stub *s)
{
    const struct ir_insn *i = &b->ir->insn[s->insn];
    unsigned cache = b->cache_of[s->insn];
    struct x86_asm *a = &b->a;
    uint8_t *no_load = NULL, *no_store = NULL;

    if (s->reg == s->base)
        x86_alu_rm(a, ALU_ADD, 8, s->base, cache_mem(cache, PAGE_CACHE_PAGE));
    x86_lea(a, RAX, mem_at(s->base, (int32_t)i->imm));
    emit_tlb_entry(b);
    x86_lea(a, RDX, mem_at(RAX, i->extra - 1));
    x86_alu_ri(a, ALU_AND, 8, RDX, -MEM_PAGE_SIZE);
    if (i->sub & IR_GUARD_LOAD) {
        x86_alu_rm(a, ALU_CMP, 8, RDX, mem_at(RCX, offsetof(struct tlb_entry, load_tag)));
        no_load = x86_jcc(a, CC_NE);
    }
    if (i->sub & IR_GUARD_STORE) {
        x86_alu_rm(a, ALU_CMP, 8, RDX, mem_at(RCX, offsetof(struct tlb_entry, store_tag)));
        no_store = x86_jcc(a, CC_NE);
    }
    keep_page(b, cache, i->imm, i->extra);
    x86_lea(a, s->reg, mem_index(s->base, RCX, 1, 0));
    x86_patch(a, x86_jmp(a), s->resume);
    if (no_load)
        x86_patch(a, no_load, a->p);
    if (no_store)
        x86_patch(a, no_store, a->p);
    x86_store_i(a, 8, cache_mem(cache, PAGE_CACHE_LIMIT), 0);
    x86_mov_ri(a, s->reg, 0);
    emit_resume(b, s);
}

static void emit_cached_guard(struct backend *b, unsigned root, unsigned to)
{
    unsigned cache = b->cache_of[b->now];
    struct x86_asm *a = &b->a;
    struct stub *s = new_stub(b, STUB_GUARD);

    s->insn = (uint16_t)b->now;
    s->base = (uint8_t)root;
    s->reg = (uint8_t)to;
    if (to != root)
        x86_mov_rr(a, 8, to, root);
    x86_alu_rm(a, ALU_SUB, 8, to, cache_mem(cache, PAGE_CACHE_PAGE));
    x86_alu_rm(a, ALU_CMP, 8, to, cache_mem(cache, PAGE_CACHE_LIMIT));
    s->from = x86_jcc(a, CC_AE);
    x86_alu_rm(a, ALU_ADD, 8, to, cache_mem(cache, PAGE_CACHE_HOST));
    s->resume = a->p;
    note_good_guard(b, (ir_value)b->now, (unsigned)(s - b->stubs) + 1, 0);
}

void emit_guard(struct backend *b, struct ir_insn *i)
{
    struct x86_asm *a = &b->a;
    unsigned root = use_gpr(b, i->a, RAX), to;

    release_operands(b);
    to = def_gpr(b);
    if (b->ir->loop && b->cache_of[b->now] != NO_CACHE) {
        emit_cached_guard(b, root, to);
        return;
    }
    x86_lea(a, RAX, mem_at(root, (int32_t)i->imm));
    emit_tlb_entry(b);
    x86_lea(a, RDX, mem_at(RAX, i->extra - 1));
    x86_alu_ri(a, ALU_AND, 8, RDX, -MEM_PAGE_SIZE);
    x86_load(a, 8, false, RAX, mem_at(RCX, offsetof(struct tlb_entry, addend)));
    x86_lea(a, to, mem_index(root, RAX, 1, 0));
    x86_mov_ri(a, RAX, 0);
    if (i->sub & IR_GUARD_LOAD) {
        x86_alu_rm(a, ALU_CMP, 8, RDX, mem_at(RCX, offsetof(struct tlb_entry, load_tag)));
        x86_cmov(a, CC_NE, 8, to, RAX);
    }
    if (i->sub & IR_GUARD_STORE) {
        x86_alu_rm(a, ALU_CMP, 8, RDX, mem_at(RCX, offsetof(struct tlb_entry, store_tag)));
        x86_cmov(a, CC_NE, 8, to, RAX);
    }
}

/* ---- numbers ---- */

static void load_swapped(struct backend *b, struct ir_access access, unsigned to, struct x86_mem m)
{
    struct x86_asm *a = &b->a;

    if (access.size == 2) {
        x86_load(a, 2, false, to, m);
        x86_bswap(a, 4, to);
        x86_shift_ri(a, access.is_signed ? SHIFT_SAR : SHIFT_SHR, 4, to, 16);
        if (access.is_signed)
            x86_extend(a, 4, true, to, to);
        return;
    }
    if (b->host.movbe) {
        x86_movbe_load(a, access.size, to, m);
    } else {
        x86_load(a, access.size, false, to, m);
        x86_bswap(a, access.size, to);
    }
    if (access.size == 4 && access.is_signed)
        x86_extend(a, 4, true, to, to);
}

static void load_access(struct backend *b, const struct ir_insn *i, unsigned to, struct x86_mem m)
{
    if (i->access.swapped)
        load_swapped(b, i->access, to, m);
    else
        x86_load(&b->a, i->access.size, i->access.is_signed, to, m);
}

static ir_value stored(const struct ir_insn *i)
{
    return i->op == IR_STORE ? i->b : i->c;
}

static void store_constant(struct backend *b, const struct ir_insn *i, struct x86_mem m)
{
    uint64_t v = (uint64_t)b->ir->insn[stored(i)].imm;
    unsigned size = i->access.size;

    if (i->access.swapped)
        v = __builtin_bswap64(v) >> (64 - 8 * size);
    if (size < 8 || fits_s32((int64_t)v)) {
        x86_store_i(&b->a, size, m, (int32_t)v);
    } else {
        x86_mov_ri(&b->a, RCX, v);
        x86_store(&b->a, size, m, RCX);
    }
}

static void store_access(struct backend *b, const struct ir_insn *i, unsigned from, struct x86_mem m)
{
    unsigned size = i->access.size;
    struct x86_asm *a = &b->a;

    if (from == NO_REG) {
        store_constant(b, i, m);
    } else if (i->access.swapped && b->host.movbe) {
        x86_movbe_store(a, size, m, from);
    } else if (i->access.swapped) {
        x86_mov_rr(a, 8, RCX, from);
        x86_bswap(a, size == 8 ? 8 : 4, RCX);
        if (size == 2)
            x86_shift_ri(a, SHIFT_SHR, 4, RCX, 16);
        x86_store(a, size, m, RCX);
    } else {
        x86_store(a, size, m, from);
    }
}

/* Eight bytes. */
static void float_access(struct backend *b, const struct ir_insn *i, unsigned reg, struct x86_mem m)
{
    bool is_store = i->op == IR_FSTORE || i->op == IR_FSTORE_X;
    struct x86_asm *a = &b->a;

    if (!i->access.swapped) {
        x86_sse_rm(a, is_store ? SSE_MOVSD_STORE : SSE_MOVSD_LOAD, reg, m);
    } else if (is_store) {
        x86_movq_from_xmm(a, 8, RDX, reg);
        x86_bswap(a, 8, RDX);
        x86_store(a, 8, m, RDX);
    } else {
        load_swapped(b, (struct ir_access){ .size = 8, .swapped = true }, RDX, m);
        x86_movq_to_xmm(a, 8, reg, RDX);
    }
}

void emit_access(struct backend *b, const struct ir_insn *i, unsigned reg)
{
    if (b->pending_lookup)
        b->stubs[b->pending_lookup - 1].reg = (uint8_t)reg;
    switch (i->op) {
    case IR_LOAD:
    case IR_LOAD_X:
        load_access(b, i, reg, b->host_mem);
        break;
    case IR_STORE:
    case IR_STORE_X:
        store_access(b, i, reg, b->host_mem);
        break;
    case IR_FLOAD:
    case IR_FLOAD_X:
    case IR_FSTORE:
    case IR_FSTORE_X:
        float_access(b, i, reg, b->host_mem);
        break;
    default:
        emit_vector_access(b, i, reg, b->host_mem);
    }
}

static void load_number(struct backend *b, struct ir_insn *i)
{
    uint8_t *slow;
    struct site *site;
    unsigned to;

    /* The result's register first: what it takes to get one must not be jumped over. */
    emit_operands(b, i);
    site = make_site(b, i, 0);
    release_operands(b);
    to = def_gpr(b);
    slow = emit_host_address(b, i, offsetof(struct tlb_entry, load_tag));
    if (site)
        site->target = (uint8_t)to;
    emit_access(b, i, to);
    slow_stub(b, slow, NULL, site);
}

static void store_number(struct backend *b, struct ir_insn *i)
{
    ir_value what = stored(i);
    struct site *site;
    uint8_t *slow;
    /* A constant cannot stay in a scratch register while the address is looked up. */
    unsigned from = b->ir->insn[what].op == IR_CONST ? NO_REG : use_gpr(b, what, RDX);

    emit_operands(b, i);
    slow = emit_host_address(b, i, offsetof(struct tlb_entry, store_tag));
    site = make_site(b, i, 0);
    if (site) {
        site->target = (uint8_t)from;
        site->insn = from == NO_REG ? (uint64_t)b->ir->insn[what].imm : 0;
    }
    emit_access(b, i, from);
    slow_stub(b, slow, NULL, site);
}

/* ---- reservations and lines ---- */

/* rdx := guest physical address, of the host address in rax and the TLB entry at rcx. */
static void emit_gpa(struct backend *b)
{
    x86_mov_rr(&b->a, 4, RDX, RAX);
    x86_alu_ri(&b->a, ALU_AND, 4, RDX, MEM_PAGE_SIZE - 1);
    x86_alu_rm(&b->a, ALU_ADD, 8, RDX, mem_at(RCX, offsetof(struct tlb_entry, gpa_page)));
}

/* The jump of unaligned addresses, NULL for bytes. */
static uint8_t *check_alignment(struct backend *b, unsigned size)
{
    if (size == 1)
        return NULL;
    x86_test_ri(&b->a, 4, RAX, (int32_t)size - 1);
    return x86_jcc(&b->a, CC_NE);
}

/* Stores at rcx if memory holds the value that was reserved. ZF tells. With other processors the load is right before in
 * the same region, so that there is no more to compare (interp/atomics.h). Devices store too, but not to what a guest
 * updates by reservations: without other processors one instruction is enough. */
static void exchange(struct backend *b, unsigned size, unsigned from)
{
    struct x86_asm *a = &b->a;

    x86_load(a, 8, false, RAX, cpu_mem(offsetof(struct cpu, reservation.value)));
    if (b->jit->cpu->has_company)
        x86_byte(a, 0xf0);
    if (size == 2)
        x86_byte(a, 0x66);
    x86_rm(a, X86_OP(1, size == 1 ? 0xb0 : 0xb1), size == 8, from, mem_at(RCX, 0), size == 1); /* cmpxchg */
}

void emit_larx(struct backend *b, struct ir_insn *i)
{
    struct x86_asm *a = &b->a;
    unsigned size = i->access.size, to;
    uint8_t *slow, *unaligned;
    struct site *site;

    emit_address(b, i);
    site = make_site(b, i, 0);
    release_operands(b);
    to = def_gpr(b);
    if (site)
        site->target = (uint8_t)to;
    unaligned = check_alignment(b, size);
    slow = emit_lookup(b, size, offsetof(struct tlb_entry, load_tag));
    emit_gpa(b);
    x86_store(a, 8, cpu_mem(offsetof(struct cpu, reservation.gpa)), RDX);
    x86_load(a, size, false, to, mem_at(RAX, 0));
    x86_store(a, 8, cpu_mem(offsetof(struct cpu, reservation.value)), to);
    x86_store_i(a, 1, cpu_mem(offsetof(struct cpu, reservation.size)), (int32_t)size);
    x86_store_i(a, 1, cpu_mem(offsetof(struct cpu, reservation.kind)),
                b->jit->cpu->has_company ? RESERVED_PAIR : RESERVED_ALONE);
    slow_stub(b, slow, unaligned, site);
}

void emit_stcx(struct backend *b, struct ir_insn *i)
{
    struct x86_asm *a = &b->a;
    unsigned size = i->access.size, from = use_gpr(b, i->c, RDX), to;
    uint8_t *slow, *unaligned, *other_address, *none = NULL;
    struct site *site;

    emit_address(b, i);
    site = make_site(b, i, 0);
    release_operands(b);
    to = def_gpr(b);
    if (site) {
        site->target = (uint8_t)to;
        site->insn = from;
    }
    unaligned = check_alignment(b, size);
    slow = emit_lookup(b, size, offsetof(struct tlb_entry, store_tag));
    emit_gpa(b);
    /* Each way to the end has ZF tell whether it was stored. */
    x86_alu_rm(a, ALU_CMP, 8, RDX, cpu_mem(offsetof(struct cpu, reservation.gpa)));
    other_address = x86_jcc(a, CC_NE);
    if (!b->jit->cpu->has_company) {
        _Static_assert(offsetof(struct cpu, reservation.size) == offsetof(struct cpu, reservation.kind) + 1,
                       "both are compared at once");
        x86_load(a, 2, false, RDX, cpu_mem(offsetof(struct cpu, reservation.kind)));
        x86_alu_ri(a, ALU_CMP, 4, RDX, (int32_t)(size << 8 | RESERVED_ALONE));
        none = x86_jcc(a, CC_NE);
    }
    x86_mov_rr(a, 8, RCX, RAX);
    exchange(b, size, from);
    x86_patch(a, other_address, a->p);
    if (none)
        x86_patch(a, none, a->p);
    x86_setcc(a, CC_E, RDX);
    x86_extend(a, 1, false, RDX, RDX);
    x86_alu_rr(a, ALU_ADD, 4, RDX, RDX);
    x86_load(a, 1, false, RAX, cpu_mem(offsetof(struct cpu, xer_so)));
    x86_alu_rr(a, ALU_OR, 4, RDX, RAX);
    x86_store_i(a, 1, cpu_mem(offsetof(struct cpu, reservation.kind)), RESERVED_NOT);
    x86_mov_rr(a, 4, to, RDX);
    slow_stub(b, slow, unaligned, site);
}

void emit_dcbz(struct backend *b, struct ir_insn *i)
{
    enum { LINE = 128, XORPS = X86_OP(1, 0x57) };
    struct x86_asm *a = &b->a;
    uint8_t *slow;
    struct site *site;

    emit_address(b, i);
    x86_alu_ri(a, ALU_AND, 8, RAX, -LINE);
    site = make_site(b, i, 0);
    slow = emit_lookup(b, 1, offsetof(struct tlb_entry, store_tag));
    x86_sse_rr(a, XORPS, XMM_SCRATCH, XMM_SCRATCH);
    for (int32_t at = 0; at < LINE; at += 16)
        x86_sse_rm(a, SSE_MOVUPS_STORE, XMM_SCRATCH, mem_at(RAX, at));
    slow_stub(b, slow, NULL, site);
}

/* ---- floating point: eight bytes, or a single in four ---- */

/* A single becomes a double. NaNs keep their signal in lfs but not in cvtss2sd: the slow way, which wants the effective
 * address again. Returns its jump. */
static uint8_t *load_single(struct backend *b, const struct ir_insn *i, unsigned to)
{
    enum { CVTSS2SD = X86_F3 | X86_OP(1, 0x5a), MOVSS_LOAD = X86_F3 | X86_OP(1, 0x10) };
    struct x86_asm *a = &b->a;
    uint8_t *nan;

    if (i->access.swapped) {
        load_swapped(b, (struct ir_access){ .size = 4, .swapped = true }, RDX, b->host_mem);
        x86_movq_to_xmm(a, 4, XMM_SCRATCH, RDX);
    } else {
        x86_sse_rm(a, MOVSS_LOAD, XMM_SCRATCH, b->host_mem);
    }
    x86_alu_rm(a, ALU_SUB, 8, RAX, b->addend_mem);
    x86_sse_rr(a, CVTSS2SD, XMM_SCRATCH, XMM_SCRATCH);
    x86_sse_rr(a, X86_UCOMISD, XMM_SCRATCH, XMM_SCRATCH);
    nan = x86_jcc(a, CC_P);
    x86_sse_rr(a, SSE_MOVAPS, to, XMM_SCRATCH);
    return nan;
}

static void load_float(struct backend *b, struct ir_insn *i)
{
    uint8_t *slow, *nan = NULL;
    struct site *site;
    unsigned to;

    emit_operands(b, i);
    site = make_site(b, i, 0);
    release_operands(b);
    to = def_xmm(b);
    slow = emit_host_address(b, i, offsetof(struct tlb_entry, load_tag));
    if (site)
        site->target = (uint8_t)to;
    if (i->access.size == 4)
        nan = load_single(b, i, to);
    else
        emit_access(b, i, to);
    slow_stub(b, slow, nan, site);
}

/* The single format of a double, as store single has it: bits are picked, nothing is rounded. What would be
 * a denormal goes the slow way. rdx := word. */
static uint8_t *single_of(struct backend *b, unsigned from)
{
    enum { LEAST_NORMAL_SINGLE = 897 }; /* exponent field of 2^-126 in double format */
    struct x86_asm *a = &b->a;
    uint8_t *slow;

    x86_movq_from_xmm(a, 8, RDX, from);
    x86_lea(a, RCX, mem_index(RDX, RDX, 1, -1)); /* zero becomes the greatest number */
    x86_shift_ri(a, SHIFT_SHR, 8, RCX, 53);
    x86_alu_ri(a, ALU_CMP, 4, RCX, LEAST_NORMAL_SINGLE);
    slow = x86_jcc(a, CC_B);
    x86_mov_rr(a, 8, RCX, RDX);
    x86_shift_ri(a, SHIFT_SHR, 8, RDX, 29);
    x86_shift_ri(a, SHIFT_SHR, 8, RCX, 32);
    x86_alu_ri(a, ALU_AND, 4, RDX, 0x3fffffff);
    x86_alu_ri(a, ALU_AND, 4, RCX, (int32_t)0xc0000000);
    x86_alu_rr(a, ALU_OR, 4, RDX, RCX);
    x86_movq_to_xmm(a, 4, XMM_SCRATCH + 1, RDX);
    return slow;
}

/* The same of what is known to be a single: the conversion is exact but for NaNs. */
static uint8_t *single_of_single(struct backend *b, unsigned from)
{
    enum { CVTSD2SS = X86_F2 | X86_OP(1, 0x5a) };
    uint8_t *slow;

    x86_sse_rr(&b->a, X86_UCOMISD, from, from);
    slow = x86_jcc(&b->a, CC_P);
    x86_sse_rr(&b->a, CVTSD2SS, XMM_SCRATCH + 1, from);
    return slow;
}

static void store_float(struct backend *b, struct ir_insn *i)
{
    struct x86_asm *a = &b->a;
    ir_value what = i->op == IR_FSTORE ? i->b : i->c;
    unsigned size = i->access.size, from = use_xmm(b, what);
    uint8_t *slow, *no_single = NULL;
    struct site *site;

    emit_operands(b, i);
    if (size == 4)
        no_single = ir_is_single(b->ir, what) ? single_of_single(b, from) : single_of(b, from);
    slow = emit_host_address(b, i, offsetof(struct tlb_entry, store_tag));
    site = make_site(b, i, (uint8_t)from);
    if (size == 4) {
        x86_movq_from_xmm(a, 4, RDX, XMM_SCRATCH + 1);
        if (i->access.swapped)
            x86_bswap(a, 4, RDX);
        x86_store(a, 4, b->host_mem, RDX);
    } else {
        emit_access(b, i, from);
    }
    slow_stub(b, slow, no_single, site);
}

void emit_load(struct backend *b, struct ir_insn *i)
{
    if (i->type == IR_I64)
        load_number(b, i);
    else if (i->type == IR_V128)
        emit_vector_load(b, i);
    else
        load_float(b, i);
}

void emit_store(struct backend *b, struct ir_insn *i)
{
    if (i->op == IR_STORE || i->op == IR_STORE_X)
        store_number(b, i);
    else if (i->op == IR_VSTORE || i->op == IR_VSTORE_X)
        emit_vector_store(b, i);
    else
        store_float(b, i);
}
