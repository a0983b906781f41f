/* The processors' hypercalls: areas, halts, modes, the process table. */
#include "tests/papr/fixture.h"

#define REGISTER_VPA UINT64_C(0x0000200000000000)
#define REGISTER_DTL UINT64_C(0x0000400000000000)
#define REGISTER_SLB UINT64_C(0x0000600000000000)
#define DEREGISTER_VPA UINT64_C(0x0000a00000000000)
#define DEREGISTER_DTL UINT64_C(0x0000c00000000000)
#define DEREGISTER_SLB UINT64_C(0x0000e00000000000)
enum { VPA = 0x40000, OTHER = 0x50000 };

static int64_t vpa_of_size(struct fixture *f, gpa_t at, uint16_t size)
{
    gpa_store_be16(f->mem, at + 4, size);
    return HCALL(f, H_REGISTER_VPA, REGISTER_VPA, 0, at);
}

START_TEST(vpa_is_checked)
{
    struct fixture *f = fixture_new(NULL);
    uint8_t status;

    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_VPA, 2, VPA), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_VPA, UINT64_MAX, VPA), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, 0, 0, VPA), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_VPA | 1, 0, VPA), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_VPA, 0, 0), H_HARDWARE);
    ck_assert_int_eq(vpa_of_size(f, VPA + 64, 640), H_PARAMETER);
    ck_assert_int_eq(vpa_of_size(f, VPA, 639), H_PARAMETER);
    ck_assert_int_eq(vpa_of_size(f, VPA + 4096 - 512, 640), H_PARAMETER);
    ck_assert_int_eq(vpa_of_size(f, VPA, 4097), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_VPA, 0, FIXTURE_RAM), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_VPA, 0, UINT64_MAX - 127), H_PARAMETER);
    ck_assert_int_eq(vpa_of_size(f, VPA, 640), H_SUCCESS);
    gpa_read(f->mem, VPA + 9, &status, 1);
    ck_assert_uint_eq(status, 2);
    fixture_free(f);
}
END_TEST

START_TEST(other_areas_need_the_vpa)
{
    struct fixture *f = fixture_new(NULL);

    gpa_store_be32(f->mem, OTHER + 4, 48);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_DTL, 0, 0), H_HARDWARE);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_DTL, 0, OTHER), H_RESOURCE);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_SLB, 0, OTHER), H_RESOURCE);
    ck_assert_int_eq(vpa_of_size(f, VPA, 640), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_DTL, 0, OTHER), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, DEREGISTER_VPA, 0, 0), H_RESOURCE);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, DEREGISTER_DTL, 0, 0), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_SLB, 0, OTHER), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, DEREGISTER_VPA, 0, 0), H_RESOURCE);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, DEREGISTER_SLB, 0, 0), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, DEREGISTER_VPA, 0, 0), H_SUCCESS);
    ck_assert_int_eq(vpa_of_size(f, VPA, 640), H_SUCCESS);
    gpa_store_be32(f->mem, OTHER + 4, 47);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_DTL, 0, OTHER), H_PARAMETER);
    gpa_store_be32(f->mem, OTHER + 4, UINT32_MAX);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_DTL, 0, OTHER), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_SLB, 0, OTHER), H_PARAMETER);
    gpa_store_be32(f->mem, OTHER + 4, 7);
    ck_assert_int_eq(HCALL(f, H_REGISTER_VPA, REGISTER_SLB, 0, OTHER), H_PARAMETER);
    fixture_free(f);
}
END_TEST

static uint32_t dispatch_count(const struct fixture *f)
{
    uint32_t count;

    gpa_load_be32(f->mem, VPA + 0x100, &count);
    return count;
}

START_TEST(cede_halts_until_there_is_a_reason)
{
    struct fixture *f = fixture_new(NULL);
    struct vcpu *v = fixture_vcpu(f, 0);

    ck_assert_int_eq(vpa_of_size(f, VPA, 640), H_SUCCESS);
    ck_assert_uint_eq(dispatch_count(f), 0);
    v->prodded = true;
    ck_assert_int_eq(HCALL(f, H_CEDE), H_SUCCESS);
    ck_assert_int_eq(v->state, VCPU_RUNNING);
    ck_assert(!v->prodded);
    ck_assert(v->cpu->msr & MSR_EE);
    cpu_request(v->cpu, CPU_REQUEST_EXTERNAL);
    ck_assert_int_eq(HCALL(f, H_CEDE), H_SUCCESS);
    ck_assert_int_eq(v->state, VCPU_RUNNING);
    cpu_request_clear(v->cpu, CPU_REQUEST_EXTERNAL);
    ck_assert_int_eq(HCALL(f, H_CEDE), H_SUCCESS);
    ck_assert_int_eq(v->state, VCPU_CEDED);
    ck_assert_uint_eq(dispatch_count(f), 1);
    platform_vcpu_woken(f->platform, v);
    ck_assert_uint_eq(dispatch_count(f), 2);
    platform_vcpu_woken(f->platform, v);
    ck_assert_uint_eq(dispatch_count(f), 2);
    fixture_free(f);
}
END_TEST

START_TEST(confer_prod_and_join)
{
    struct fixture *f = fixture_new(NULL);
    struct vcpu *v = fixture_vcpu(f, 0), *other = fixture_vcpu(f, 1);

    ck_assert_int_eq(HCALL(f, H_CONFER, 2, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_CONFER, 1, 1), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_CONFER, UINT64_MAX, 0), H_SUCCESS);
    ck_assert_int_eq(v->state, VCPU_RUNNING);
    ck_assert_int_eq(HCALL(f, H_PROD, 2), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PROD, 0), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_CONFER, 0, 0), H_SUCCESS);
    ck_assert_int_eq(v->state, VCPU_RUNNING);
    ck_assert_int_eq(HCALL(f, H_CONFER, 0, 0), H_SUCCESS);
    ck_assert_int_eq(v->state, VCPU_WAITING);
    v->state = VCPU_RUNNING;
    ck_assert_int_eq(HCALL(f, H_JOIN), H_CONTINUE);
    other->state = VCPU_RUNNING;
    ck_assert_int_eq(HCALL(f, H_JOIN), H_SUCCESS);
    ck_assert_int_eq(v->state, VCPU_WAITING);
    v->state = VCPU_RUNNING;
    cpu_set_msr(v->cpu, v->cpu->msr | MSR_EE);
    ck_assert_int_eq(HCALL(f, H_JOIN), H_BAD_MODE);
    fixture_free(f);
}
END_TEST

static void second_watch_point(struct platform_config *config)
{
    config->model = cpu_model_find("POWER10", NULL);
    config->cap_dawr1 = true;
}

START_TEST(set_mode_of_the_second_watch_point)
{
    struct fixture *f = fixture_new(second_watch_point);
    struct cpu *c = fixture_vcpu(f, 0)->cpu;

    ck_assert_int_eq(HCALL(f, H_SET_MODE, 1, 5, 8, 3), H_UNSUPPORTED_FLAG);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 5, 8, 4), H_P4);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 5, 0x1008, 0x63), H_SUCCESS);
    ck_assert_uint_eq(c->spr[SPR_DAWR1], 0x1008);
    ck_assert_uint_eq(c->spr[SPR_DAWRX1], 0x63);
    ck_assert_uint_eq(c->watches, 2);
    f->config.cap_dawr1 = false;
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 5, 0, 0), H_P2);
    fixture_free(f);
}
END_TEST

START_TEST(set_mode)
{
    struct fixture *f = fixture_new(NULL);
    struct cpu *c = fixture_vcpu(f, 0)->cpu, *other = fixture_vcpu(f, 1)->cpu;

    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 0, 0, 0), H_P2);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 6, 0, 0), H_P2);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 1, 1, 0, 0), H_UNSUPPORTED_FLAG);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 1, 0, 1), H_P4);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 1, 0x1003, 0), H_P3);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 1, 0x1002, 0), H_SUCCESS);
    ck_assert_uint_eq(c->spr[SPR_CIABR], 0x1002);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 2, 8, 4), H_P4);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 2, 8, 3), H_SUCCESS);
    ck_assert_uint_eq(c->spr[SPR_DAWR0], 8);
    ck_assert_uint_eq(c->spr[SPR_DAWRX0], 3);
    ck_assert_uint_eq(c->watches, 0); /* states, but no accesses */
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 2, 8, 0x63), H_SUCCESS);
    ck_assert_uint_eq(c->watches, 1);
    ck_assert_uint_eq(other->watches, 0);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 5, 8, 3), H_P2); /* POWER9 has one */
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 3, 3, 1, 0), H_P3);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 3, 3, 0, 1), H_P4);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 2, 3, 0, 0), H_UNSUPPORTED_FLAG);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 3, 3, 0, 0), H_SUCCESS);
    ck_assert_uint_eq(c->lpcr & LPCR_AIL, LPCR_AIL);
    ck_assert_uint_eq(other->lpcr & LPCR_AIL, LPCR_AIL);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 2, 4, 0, 0), H_UNSUPPORTED_FLAG);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 1, 4, 0, 0), H_SUCCESS);
    ck_assert(other->lpcr & LPCR_ILE);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 4, 0, 0), H_SUCCESS);
    ck_assert(!(other->lpcr & LPCR_ILE));
    f->config.cap_ail_mode_3 = false;
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 3, 3, 0, 0), H_UNSUPPORTED_FLAG);
    ck_assert_int_eq(HCALL(f, H_SET_MODE, 0, 3, 0, 0), H_SUCCESS);
    ck_assert_uint_eq(c->lpcr & LPCR_AIL, 0);
    fixture_free(f);
}
END_TEST

START_TEST(process_table)
{
    const uint64_t radix_gtse = 0x10 | 0x08 | 0x04 | 0x01;
    struct fixture *f = fixture_new(NULL);
    struct cpu *other = fixture_vcpu(f, 1)->cpu;
    uint64_t lpcr = other->lpcr;

    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, 0x20), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, radix_gtse, 0x10800, 0, 4), H_P2);
    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, radix_gtse, UINT64_C(1) << 60, 0, 4), H_P2);
    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, radix_gtse, 0x10000, 1, 4), H_P3);
    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, radix_gtse, 0x10000, 0, 25), H_P4);
    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, 0x18 | 2, 0, 0, 4), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, 0x18, UINT64_C(1) << 38, 0, 4), H_P2);
    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, 0x18, 1, 8, 4), H_P3);
    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, 0x18, 1, 0, 25), H_P4);
    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, 0x04), H_PARAMETER);
    ck_assert_uint_eq(other->lpcr, lpcr);
    ck_assert_uint_eq(other->process_table, 0);
    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, radix_gtse, 0x10000, 0, 4), H_SUCCESS);
    ck_assert_uint_eq(other->process_table, PPC_BIT(0) | 0x10000 | 4);
    ck_assert_uint_eq(other->lpcr, lpcr | LPCR_UPRT | LPCR_HR | LPCR_GTSE);
    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, 0x00), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, 0x04), H_SUCCESS);
    ck_assert_uint_eq(other->process_table, PPC_BIT(0) | 0x10000 | 4);
    ck_assert_uint_eq(other->lpcr, lpcr | LPCR_UPRT | LPCR_HR);
    ck_assert_int_eq(HCALL(f, H_REGISTER_PROC_TBL, 0x10), H_SUCCESS);
    ck_assert_uint_eq(other->process_table, 0);
    ck_assert_uint_eq(other->lpcr, lpcr);
    fixture_free(f);
}
END_TEST

START_TEST(invalidations_check_their_arguments)
{
    struct fixture *f = fixture_new(NULL);

    ck_assert_int_eq(HCALL(f, H_CLEAN_SLB, 0, 0, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_CLEAN_SLB, 3, 0, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_CLEAN_SLB, 4 | 1, 0, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_CLEAN_SLB, 1, 0, 5), H_P3);
    ck_assert_int_eq(HCALL(f, H_CLEAN_SLB, 2, 0, 5), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INVALIDATE_PID, 4, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_INVALIDATE_PID, 1, 7), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_RPT_INVALIDATE, 1, 1, 2, -1, 0, -1), H_FUNCTION);
    f->config.cap_rpt_invalidate = true;
    ck_assert_int_eq(HCALL(f, H_RPT_INVALIDATE, 1, 1, 2, -1, 0, -1), H_UNSUPPORTED);
    f->platform->negotiated.radix = true;
    ck_assert_int_eq(HCALL(f, H_RPT_INVALIDATE, 1, 1, 2, -1, 2, 1), H_P5);
    ck_assert_int_eq(HCALL(f, H_RPT_INVALIDATE, 1, 1, 3, -1, 1, 2), H_FUNCTION);
    ck_assert_int_eq(HCALL(f, H_RPT_INVALIDATE, 1, 1, 2, -1, 0, -1), H_SUCCESS);
    fixture_free(f);
}
END_TEST

START_TEST(characteristics)
{
    struct fixture *f = fixture_new(NULL);

    ck_assert_int_eq(HCALL(f, H_GET_CPU_CHARACTERISTICS), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), PPC_BITMASK(2, 5) | PPC_BIT(0) | PPC_BIT(9));
    ck_assert_uint_eq(fixture_gpr(f, 5), PPC_BIT(0) | PPC_BIT(1) | PPC_BIT(2) | PPC_BIT(5));
    f->config.cap_cfpc = f->config.cap_sbbc = CAP_FIXED;
    f->config.cap_ibs = 3;
    ck_assert_int_eq(HCALL(f, H_GET_CPU_CHARACTERISTICS), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), PPC_BIT(5) | PPC_BIT(7));
    ck_assert_uint_eq(fixture_gpr(f, 5), PPC_BIT(0) | PPC_BIT(7) | PPC_BIT(8));
    fixture_free(f);
}
END_TEST

START_TEST(resets_affinity_and_breakpoints)
{
    struct fixture *f = fixture_new(NULL);
    struct cpu *c = fixture_vcpu(f, 0)->cpu, *other = fixture_vcpu(f, 1)->cpu;

    ck_assert_int_eq(HCALL(f, H_SIGNAL_SYS_RESET, -3), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_SIGNAL_SYS_RESET, 2), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_SIGNAL_SYS_RESET, -2), H_SUCCESS);
    ck_assert(!(c->requests & CPU_REQUEST_RESET));
    ck_assert(other->requests & CPU_REQUEST_RESET);
    ck_assert_int_eq(HCALL(f, H_SIGNAL_SYS_RESET, 0), H_SUCCESS);
    ck_assert(c->requests & CPU_REQUEST_RESET);
    ck_assert_int_eq(HCALL(f, H_HOME_NODE_ASSOCIATIVITY, 2, 1), H_FUNCTION);
    ck_assert_int_eq(HCALL(f, H_HOME_NODE_ASSOCIATIVITY, 1, 2), H_P2);
    ck_assert_int_eq(HCALL(f, H_HOME_NODE_ASSOCIATIVITY, 1, 1), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0);
    ck_assert_uint_eq(fixture_gpr(f, 5), 0);
    ck_assert_uint_eq(fixture_gpr(f, 6), UINT64_C(0x1ffffffff));
    ck_assert_uint_eq(fixture_gpr(f, 9), UINT64_MAX);
    ck_assert_int_eq(HCALL(f, H_SET_SPRG0, 77), H_SUCCESS);
    ck_assert_uint_eq(c->spr[SPR_SPRG0], 77);
    ck_assert_int_eq(HCALL(f, H_SET_DABR, 4), H_HARDWARE);
    ck_assert_int_eq(HCALL(f, H_SET_XDABR, 4, 2), H_HARDWARE);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        vpa_is_checked, other_areas_need_the_vpa, cede_halts_until_there_is_a_reason,
        confer_prod_and_join, set_mode, set_mode_of_the_second_watch_point, process_table, invalidations_check_their_arguments,
        characteristics, resets_affinity_and_breakpoints,
    };

    return fixture_run("papr/processors", tests, ARRAY_SIZE(tests));
}
