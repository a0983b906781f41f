/* Offsets of struct state (bare.h), for start.S. */
#ifndef BARE_STATE_H
#define BARE_STATE_H

#define STATE_NIA 256
#define STATE_MSR 264
#define STATE_LR 272
#define STATE_CTR 280
#define STATE_XER 288
#define STATE_CR 296
#define STATE_DAR 304
#define STATE_DSISR 312
#define STATE_SRR0 320
#define STATE_SRR1 328
#define STATE_VECTOR 336
#define STATE_HANDLER_MSR 344
#define STATE_SIZE 352

/* Of struct processor (bare.h). */
#define PROCESSOR_CURRENT 0
#define PROCESSOR_KEPT_STACK 8
#define PROCESSOR_STACK 16
#define PROCESSOR_STRAY 24

/* run()'s stack frame. */
#define RUN_FRAME 256
#define RUN_FRAME_GPRS 48
#define RUN_FRAME_LR 208
#define RUN_FRAME_CR 216

#endif
