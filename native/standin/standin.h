/*
 * What the stand-in of the driver offers beyond the driver's own functions: to the stand-ins of
 * cuBLAS and cuDNN, and to tests. All are exported by libcuda.so.1 of this folder.
 *
 * Device addresses are no addresses of this process: the driver hands them out with STANDIN_TAG
 * added, so that code which reads device memory from the host is killed at once. Work is put on a
 * stream and done later, in order: when something waits for it, or reads memory by a plain copy.
 */
#ifndef LM4J_STANDIN_H
#define LM4J_STANDIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define STANDIN_TAG ((uint64_t)1 << 60)

/*
 * Puts fn(data) on a stream, data being a copy of the bytes given; while the stream captures it is
 * recorded instead, to run at each launch of the graph. Returns a CUresult: 0, 400 for a stream
 * that does not exist, 700 for a context that is dead.
 *
 * fn must turn device addresses in its data into host addresses by standin_memory when it runs.
 */
int standin_submit(void *stream, void (*fn)(void *), const void *data, size_t bytes);

/*
 * The host address of bytes at a device address, or NULL unless all of them lie in one live
 * allocation. Work that gets NULL calls standin_fault and returns.
 */
void *standin_memory(uint64_t device, size_t bytes);

/* From work on a stream: the context is dead, every later call returns 700 (illegal address). */
void standin_fault(const char *what);

/* Adds a line to the log of calls, as the driver's own functions do. printf's arguments. */
void standin_note(const char *format, ...);

/* Whether a stream captures: 1, or 0. */
int standin_is_capturing(void *stream);

/* --- For tests ------------------------------------------------------------------------------ */

/*
 * The log: a line per call, the function's name first, since the start or the last clear. The text
 * is valid until the next call of anything here. Reading functions (queries of attributes, errors
 * and events) are not in it.
 */
const char *standin_log(void);
void standin_log_clear(void);

/* Device memory allocated and not freed: number of allocations, and of bytes. */
long long standin_live_allocations(void);
long long standin_live_bytes(void);

/* Pinned host allocations, streams, events, modules, graphs and executable graphs not destroyed. */
long long standin_live_objects(void);

/* The size of device memory from now on; allocating more fails with 2. 8 GiB at first. */
void standin_set_memory(long long bytes);

/*
 * The call of a function that comes after `skip` further ones returns `status` and does nothing.
 * One such order at a time; NULL cancels it.
 */
void standin_fail(const char *function, int skip, int status);

/* What killed the context, or an empty text. */
const char *standin_fault_text(void);

/* Forgets everything, a fault included: allocations, streams, log, orders. */
void standin_reset(void);

#ifdef __cplusplus
}
#endif
#endif
