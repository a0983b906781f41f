/* From guest words to IR: which instructions make up a region, and who translates each. */
#include "base/endian.h"
#include "base/log.h"
#include "cpu-ppc64/interp/atomics.h"
#include "cpu-ppc64/interp/code-cache.h"
#include "cpu-ppc64/jit/front.h"
#include "cpu-ppc64/jit/jit-internal.h"
#include "cpu-ppc64/jit/loops.h"

static uint32_t word_at(const struct jit *jit, const struct jit_page *page, unsigned offset)
{
    const uint8_t *p = jit->cpu->mem->ram + page->gpa + offset;

    return page->le ? ld_le32(p) : ld_be32(p);
}

/* The instruction at offset; of a prefix at the page's end only the word, as at the end of its 64 bytes. */
static insn_t insn_at(const struct jit *jit, const struct jit_page *page, unsigned offset)
{
    enum { PREFIX_BLOCK = 64 };
    insn_t word = word_at(jit, page, offset);

    if (!isa_is_prefix((uint32_t)word) || !isa_level_ok(ISA_3_1, jit->cpu->model->level) ||
        offset % PREFIX_BLOCK == PREFIX_BLOCK - 4)
        return word;
    return word << 32 | word_at(jit, page, offset + 4);
}

/* What must be enabled, as bits of cpu.missing; false where it depends on more. */
static bool facility_needs(const struct isa_row *row, uint8_t *needs)
{
    switch ((enum facility)row->facility) {
    case FACILITY_NONE:
        return true;
    case FACILITY_FP:
        *needs |= JIT_NEEDS_FP;
        return true;
    case FACILITY_VEC:
        *needs |= JIT_NEEDS_VEC;
        return true;
    case FACILITY_VSX:
        *needs |= JIT_NEEDS_VSX;
        return true;
    default:
        return false;
    }
}

/* Privileged instructions with a front end check for themselves that they may. */
static bool is_privileged_ok(struct ir *ir, const struct isa_row *row)
{
    if (row->flags & ISA_FLAG_PRIV)
        front_need_privilege(ir);
    return true;
}

/* By its front end, if it has one that takes this form and the processor's mode has the instruction. */
static bool by_front_end(struct jit *jit, insn_t insn, unsigned id)
{
    const struct isa_row *row = isa_row(id);
    uint8_t needs = jit->ir.needs;

    if (id == ISA_INVALID || !jit_functions[id] || insn >> 32 || row->flags & ISA_FLAG_HV ||
        !isa_level_ok(row->level, jit->cpu->level) || !facility_needs(row, &needs) ||
        !is_privileged_ok(&jit->ir, row) || !jit_functions[id](&jit->ir, insn))
        return false;
    jit->ir.needs |= needs;
    return true;
}

/* By a call of its operation. */
static void by_call(struct jit *jit, insn_t insn)
{
    struct ir *ir = &jit->ir;
    unsigned snapshot = ir_snapshot(ir);
    ir_value v = ir_emit(ir, IR_CALL, 0, 0, 0, (int64_t)insn);

    ir->insn[v].extra = (uint16_t)snapshot;
    ir_forget(ir);
    jit->stats.calls_compiled++;
}

/* What the region's entry has made sure of may have changed: how floating point works. */
static bool changes_mode(unsigned id)
{
    return id >= ISA_MFFSCE && id <= ISA_MTFSF && id != ISA_MFFSL && id != ISA_MCRFS;
}

/* Instructions after which the region cannot go on, since they always leave the translated code or may jump. */
static bool ends_region(unsigned id)
{
    return id == ISA_INVALID || changes_mode(id) || id == ISA_SC || id == ISA_SCV || isa_row(id)->flags & ISA_FLAG_BRANCH;
}

/* An unconditional branch whose target is translated right behind it; -1: none. Only forward or into what
 * is called, so that it comes to an end. */
static int follow(struct ir *ir, insn_t insn, unsigned id, unsigned offset, const bool *visited)
{
    int64_t target = -1;

    if (id == ISA_B && !f_aa(insn)) {
        target = (int64_t)offset + f_li(insn);
    } else if (id == ISA_BCLR && (f_bo(insn) & 20) == 20 && !f_lk(insn)) {
        ir_value lr = ir->current[SLOT_LR];

        /* A call that was followed returns to a place that is known. */
        if (lr && ir->insn[lr].op == IR_PAGE_EA)
            target = ir->insn[lr].imm;
    }
    if (target < 0 || target >= MEM_PAGE_SIZE || visited[target / 4])
        return -1;
    if (id == ISA_B && f_lk(insn))
        ir_put(ir, SLOT_LR, ir_emit(ir, IR_PAGE_EA, 0, 0, 0, (int64_t)offset + 4));
    return (int)target;
}

static bool reserves(unsigned id)
{
    return id == ISA_LBARX || id == ISA_LHARX || id == ISA_LWARX || id == ISA_LDARX;
}

/* Instructions from a load and reserve to the store conditional of its pair; 0: it is none. */
static unsigned pair_at(const struct jit *jit, const struct jit_page *page, unsigned offset)
{
    uint32_t words[RESERVATION_PAIR_MOST];
    unsigned n = 0;

    for (; n < RESERVATION_PAIR_MOST && offset + 4 * n < MEM_PAGE_SIZE; n++)
        words[n] = word_at(jit, page, offset + 4 * n);
    return reservation_pair(jit->cpu, words, n);
}

/* With other processors a reservation is translated only if it is a pair's, and both parts are in the region (see
 * interp/atomics.h): true if the region has to end before it. */
static bool leaves_reservation(struct jit *jit, const struct jit_page *page, unsigned offset, unsigned n, unsigned most)
{
    struct ir *ir = &jit->ir;
    unsigned pair = pair_at(jit, page, offset);

    ir->pair_end = -1;
    if (!pair)
        return false; /* it is called */
    if (n == 1 || (n + pair <= most && ir->n < IR_MAX / 2 && ir->n_pool < IR_SNAPSHOT_POOL / 2 &&
                   ir->n_snapshots < IR_SNAPSHOTS / 2 && ir->n_exits < IR_EXITS / 2)) {
        ir->pair_end = (int)(offset + 4 * (pair - 1));
        return false;
    }
    ir_exit(ir, IR_EXIT_PAGE, (int32_t)offset, 0);
    return true;
}

/* What comes next has been translated, and the region is long enough: a jump there costs less than it would to have the
 * same once more. Short loops that begin before something else does are not cut. */
static bool joins(const struct jit *jit, const struct jit_page *page, unsigned offset, unsigned n)
{
    enum { LONG_ENOUGH = 16 };

    return n >= LONG_ENOUGH && (int)offset > jit->ir.pair_end &&
           __atomic_load_n(&page->table[offset / 4], __ATOMIC_RELAXED) != jit->thunks.leave_offset;
}

unsigned jit_translate(struct jit *jit, const struct jit_page *page, unsigned offset, unsigned most,
                       const struct ir_loop *loop)
{
    struct ir *ir = &jit->ir;
    bool visited[PAGE_ENTRIES] = { false };
    unsigned n = 0;

    ir->le = page->le;
    ir->vector_features = backend_vector_features(jit->backend);
    ir->level = jit->cpu->model->level;
    ir->has_fma = backend_has_fma(jit->backend);
    ir->cpu = jit->cpu;
    ir->pair_end = -1;
    ir_begin(ir, backend_home_slots, backend_n_homes, offset);
    if (loop)
        ir_begin_loop(ir, loop);
    for (;;) {
        insn_t insn;
        unsigned id;
        int target;

        if (offset >= MEM_PAGE_SIZE || n == most || !ir_has_room(ir) || joins(jit, page, offset, n)) {
            ir_exit(ir, offset >= MEM_PAGE_SIZE ? IR_EXIT_FAR : IR_EXIT_PAGE, (int32_t)offset, 0);
            return n;
        }
        insn = insn_at(jit, page, offset);
        id = isa_decode_at(insn, jit->cpu->model->level);
        ir->offset = (uint16_t)offset;
        visited[offset / 4] = true;
        ir->executed = (uint16_t)++n;
        if (reserves(id) && jit->cpu->has_company && leaves_reservation(jit, page, offset, n, most))
            return n;
        target = follow(ir, insn, id, offset, visited);
        if (target >= 0) {
            offset = (unsigned)target;
            continue;
        }
        if (by_front_end(jit, insn, id)) {
            if (ir->insn[ir->n - 1].op == IR_EXIT)
                return n;
        } else {
            if (jit->verifier) {
                ir_exit(ir, IR_EXIT_INTERPRET, (int32_t)offset, 0);
                return n;
            }
            by_call(jit, insn);
            if (ends_region(id)) {
                ir_exit(ir, IR_EXIT_NIA, 0, 0);
                return n;
            }
        }
        offset += insn >> 32 ? 8 : 4;
    }
}

/* What has been translated, to host code. */
static const void *compile_translated(struct jit *jit, const struct jit_page *page, struct loop_entry *loop)
{
    ir_share_guards(&jit->ir);
    ir_finish(&jit->ir);
    ir_put_early(&jit->ir);
    if (log_on(LOG_ITEM_IR))
        ir_dump(&jit->ir);
    return backend_compile(jit, page, loop);
}

const void *jit_compile_loop(struct jit *jit, struct loop_entry *loop)
{
    struct ir_loop plan;

    for (unsigned most = MOST_INSNS; most > 1; most /= 2) {
        const void *code;

        jit_translate(jit, loop->page, loop->offset, most, NULL);
        ir_finish(&jit->ir);
        if (!ir_plan_loop(&jit->ir, &plan))
            return NULL;
        jit_translate(jit, loop->page, loop->offset, most, &plan);
        if (!ir_loop_holds(&jit->ir, &plan)) {
            plan.n_relations = 0;
            jit_translate(jit, loop->page, loop->offset, most, &plan);
        }
        code = compile_translated(jit, loop->page, loop);
        jit->ir.loop = NULL; /* the plan is ours */
        if (code)
            return code;
    }
    return NULL;
}

const void *jit_compile(struct jit *jit, const struct jit_page *page, unsigned offset, unsigned *n)
{
    unsigned most = MOST_INSNS;

    /* What holds more values than there are places for is translated in smaller pieces. */
    for (;;) {
        const void *code;

        *n = jit_translate(jit, page, offset, most, NULL);
        code = compile_translated(jit, page, NULL);
        if (code || *n == 1)
            return code;
        most = *n / 2;
    }
}
