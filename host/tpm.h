/* A TPM that another process emulates (swtpm), for guests: over a control channel, a unix socket with big-endian
 * commands, it is started and stopped; the TPM's own commands go over a second socket that we pass it.
 *
 * Nothing it answers is believed without a look: sizes are checked, and it has a limited time. */
#ifndef HOST_TPM_H
#define HOST_TPM_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The largest command or answer, whatever the emulator offers; and what begins each: tag, size, code. */
enum { TPM_LARGEST = 4096, TPM_HEADER = 10 };

struct tpm;

/* On the control channel fd, which becomes its own, also on failure. */
struct tpm *tpm_new(int fd, struct error *err);
/* Ends the emulator's work, and a command under way with it. */
void tpm_free(struct tpm *t);

/* As at power-on: what it knows but its permanent state is gone. With no command under way. */
bool tpm_start(struct tpm *t, struct error *err);
/* Bytes of the largest command or answer: at most TPM_LARGEST. */
size_t tpm_buffer_size(const struct tpm *t);

/* A command and, in its place, its answer. */
struct tpm_request {
    uint8_t buffer[TPM_LARGEST];
    size_t size;
    /* On the TPM's thread: size is the answer's, which is a whole one; after an error one of ours that says so. */
    void (*done)(struct tpm_request *r);
    void *opaque;
};

/* Starts a command, without waiting. One at a time: the next one from within or after its done(). */
void tpm_submit(struct tpm *t, struct tpm_request *r);
/* Waits until nothing is under way. */
void tpm_drain(struct tpm *t);

#endif
