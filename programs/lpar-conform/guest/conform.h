/* The conformance guest's words; it stands on the frame of tests/guests/bare. */
#ifndef CONFORM_H
#define CONFORM_H

#include "bare.h"
#include "mmu.h"
#include "status.h"

#define A 0x2000000ul        /* scratch memory, 12 KiB of it zero when a case begins */
#define AREA (A + 0x10000)   /* of H_REGISTER_VPA */
#define NOWHERE 0x4000000000ul
#define BAD_SERVER 0x777
#define LIOBN 0x80000000ul   /* the PCI host bridge's window at 0 */
#define VTY 0x71000000ul
#define NO_UNIT 0x7100ffff
#define LAN 0x71000010ul  /* the machine "devices" has these */
#define SCSI 0x71000020ul
#define SLOT_5 (5 << 11)
#define BD(address, length) (BIT(0) | (u64)(length) << 32 | (address))
#define RECEIVE_QUEUE BD(0x3000, 0x100)
#define PMEM 0x90000000
#define BLOCK_PTEX(i) ((0x60ul + (i)) * 8)
#define BLOCK_REQUEST(i) (1ul << 62 | BLOCK_PTEX(i))
#define BLOCK_END (3ul << 62)
#define PTEX 800
#define HPTE0 0x0000123456780001ul
#define HPTE1 (A | 0x12)
#define AVPN (HPTE0 & ~0x7ful)

extern u64 r[10];   /* r[0] the status, r[1] on r4 and so on */
extern u32 rets[8]; /* of an RTAS call, behind its status */

extern struct processor first_processor;

/* An RTAS call by name, with up to three arguments; its status, -1 if the name is not there. The results
 * behind it go to rets[]. */
s64 rtas(const char *name, u64 nargs, u64 nret, u64 a, u64 b, u64 c);
/* The same with a buffer of the caller's. */
s64 rtas_to(u32 *buffer, const char *name, u64 nargs, u64 nret, u64 a, u64 b, u64 c);
/* Whether the run is to be of the radix MMU; hash() and radix() tell which cases that leaves. */
extern bool is_radix_run;
/* Makes the standard world, once. */
bool world(void);

/* False: the machine has not what the case needs. */
typedef bool prepare(void);
/* False: the outputs are wrong. */
typedef bool check(void);

prepare dtl, slb_shadow, filled, radix, hash, entry, area, vpa, xive, isa3, queue, persistent_memory;
check kept, gives_ptex, gives_entry, gives_no_entry, gives_value, gives_tce, gives_nothing, bulk_ok,
    bulk_missing, no_chars, is_year, is_length_4, is_running, is_value_100, gives_lisn, masked,
    is_esb_value, copied, zeroed, inverted, watch_caps, sprg0, pages, parm_length, all_ones;
bool commit_flags(void), node_flags_0(void), node_flags_3(void), refuses_0_vpa(void), refuses_0_dtl(void), refuses_0_slb(void), cede_timer(void), cede_prodded(void), vpa_shared(void), nvram_round(void),
    confer_prodded(void), ail_round(void), tce_round(void), ipi_round(void), stop_watch(void),
    cas_missing_vector(void), sys_reset_self(void);

/* With a second processor; smp-cases.c. */
prepare second, several;
bool start_cpu(void), start_cpu_again(void), start_cpu_running(void), stop_self_other(void),
    query_stopped(void), query_running(void), prod_ceded(void), prod_before_cede(void),
    prod_once_each(void), cede_other_timer(void), confer_self_prodded(void), confer_running(void),
    confer_self_timer(void), confer_self_no_timer(void), confer_self_reset(void), join_reset(void),
    confer_stale(void), confer_no_vpa(void), confer_halted(void), prod_only_r3(void),
    confer_only_r3(void), join_last(void), join_prodded(void), join_enabled(void),
    vpa_of_other(void), vpa_of_other_ends(void), dispatch_count(void), reset_other(void),
    reset_others(void), reset_all(void), reset_ceded(void), ipi_other(void), ipi_ceded(void),
    ipoll_other(void), ail_of_other(void), cas_threads(void), suspend_threads(void);

/* With devices; vio-cases.c. */
prepare crq_pages, crq, lan_pages, lan, no_msis, msis, xics, xics_and_several, windows;
check is_virtio, is_msi_source, is_healthy, gives_block;
bool crq_answers(void), crq_wraps(void), crq_keeps(void), crq_freed_again(void), crq_signals(void),
    crq_silent(void), source_to_other(void), int_off_and_on(void), get_xive_round(void),
    lan_structures(void), msi_release(void), msi_sequence(void), msi_type(void), msi_too_many(void),
    config_round(void), config_sizes(void), window_opens(void), window_third(void), window_goes(void),
    label_round(void), unbinds(void), unbind_past_end(void), unbind_none(void);

/* Of the platform; platform-cases.c. A call whose row is `optional` may be missing. */
prepare optional, perfmon, mpp, data_request, data_request_of_one, request_40, request_10, request_unknown,
    rtas_known, rtas_unknown, other_processor, service_peer, has_indices, has_errinjct, tree_accepted,
    registered;
check gives_random, gives_entitlement, gives_purr, gives_memory, gives_zeros, energy_info, energy_one, gives_counters,
    is_catalogue, rtas_told, rtas_told_counts, gives_root;
bool perfmon_round(void), set_ppp_round(void), set_mpp_round(void), tree_alias(void),
    reset_registered(void), errors_open(void), errors_open_twice(void), errors_closed_twice(void),
    inject_nothing(void), inject_unknown(void), inject_nowhere(void), isolation_on(void),
    allocation_usable(void), allocation_state_4(void), isolation_state_2(void), identify_logical(void),
    unusable_in_use(void), sense_present(void), sense_empty(void), unisolate_empty(void), identify_slot(void), identify_state_4(void),
    allocate_physical(void),
    isolate_empty(void), connector_empty(void), connector_read(void), indices(void), sense_place(void),
    sense_other_place(void), power_off_now(void), reboot_now(void), os_term_now(void),
    watch_powers_off(void), watch_restarts(void), watch_resets(void);

/* Of translation; hash-cases.c. */
prepare block, translated_pair, translated_pair_block, translated_pair_clear, hash_clear, bolted, radix_world, radix_offered, hash_offered,
    radix_pair;
check block_two, block_second_missing, block_second_nowhere, block_second_elsewhere;
bool gives(u64 ptex); /* the entry is valid */
bool live_remove(void), live_remove_stores(void), live_bulk_remove(void), live_bulk_remove_stores(void),
    live_block_remove(void), live_protect(void), live_clear(void), live_reference_bits(void),
    clear_hpt(void), resize_prepare(void), resize_commit(void), resize_other_size(void),
    resize_cancelled(void), resize_collision(void), table_radix(void), table_hash(void),
    table_kept_radix(void), table_kept_other(void), table_deregistered(void), live_rpt_invalidate(void);

/* Of XIVE; xive-cases.c. */
prepare xive_pair;
bool event_arrives(void), event_masked(void), event_off(void), event_queued(void), event_wraps(void),
    source_told(void), source_told_masked(void), queue_told(void), queue_told_offset(void),
    reset_forgets(void), event_to_running(void), event_to_ceded(void), queue_of_other(void),
    event_held_back(void);

/* Of the key store; store-cases.c. */
#define AUTH (A + 0x60000)
#define WRONG (A + 0x60100)
#define OTHER_VERSION (A + 0x60200)
#define NEW_PASSWORD (A + 0x60300)
#define LABEL (A + 0x60400)
#define DATA (A + 0x61000)
#define OUT (A + 0x62000)
prepare store, password, object, no_object, immutable;
check config_told, object_read, is_flushed;
bool password_made(void), world_readable(void), store_full(void);

/* Of nested guests; nested-cases.c. */
prepare nested, with_table;
bool table_set(void), enters_and_calls(void), enters_again(void), enters_and_loads(void),
    enters_and_jumps(void), enters_and_stores(void), enter_version(void), enter_lpid_0(void),
    enter_state_nowhere(void), enter_regs_nowhere(void), enter_without_table(void);

/* Of nested guests, second interface; guests-cases.c. */
prepare guests, capable, with_guest, with_vcpu;
bool capabilities_told(void), capabilities_unknown(void), capabilities_set(void),
    create_too_early(void), guest_made(void), vcpu_made(void), vcpu_flag(void), vcpu_2048(void),
    vcpu_twice(void), guest_deleted(void), guests_deleted(void), state_wide(void),
    state_of_vcpu(void), element_unknown(void), element_size(void), element_scope(void),
    element_scope_wide(void), element_read_only(void), element_value(void), set_flags(void),
    get_flags(void), set_no_guest(void), get_no_guest(void), set_nowhere(void), get_nowhere(void),
    get_unknown(void), get_size(void), runs_and_calls(void), runs_again(void),
    runs_and_loads(void), runs_and_jumps(void), runs_and_stores(void), runs_illegal(void),
    run_bad_input(void), run_flags(void), run_no_guest(void), run_no_vcpu(void), run_no_tree(void);

/* Of kernel dumps; platform-cases.c. */
prepare has_dump, dump_structure;
bool dump_registers(void), dump_registers_twice(void), dump_taken(void);
/* In the guest that comes after one; false: it is wrong. */
bool dump_is_right(void);

#endif
