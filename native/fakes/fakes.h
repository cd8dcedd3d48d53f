/*
 * What the fake driver offers beyond the driver's own functions: to the fake libraries of
 * cuBLAS, cuDNN and NCCL, and to tests. All are exported by libcuda.so.1 of this folder.
 *
 * Work put on a stream is not done at once but later, in order: when something waits for it, or
 * copies to plain host memory. Device memory can be touched while work runs and at no other time:
 * code that reads it from the host is killed by the system at once. Each allocation ends just
 * before a page that can never be touched, and is filled with NaN at first.
 */
#ifndef LM4J_FAKES_H
#define LM4J_FAKES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Puts fn(data) on a stream, data being a copy of the bytes given; while the stream captures it is
 * recorded instead, to run at each launch of the graph. Returns a CUresult: 0, 400 for a stream
 * that does not exist, 700 for a context that is dead. fn may read and write device memory.
 */
int fake_submit(void *stream, void (*fn)(void *data), const void *data, size_t bytes);

/*
 * Does all work of a stream now, as a GPU does by itself: work for which another process waits.
 */
void fake_run(void *stream);

/*
 * Where work finds bytes of device memory: the address itself, as this process sees it, or NULL
 * unless all the bytes lie in one live allocation. Work that gets NULL calls fake_fault and
 * returns.
 */
void *fake_memory(uint64_t device, size_t bytes);

/* From work on a stream: the context is dead, every later call returns 700 (illegal address). */
void fake_fault(const char *what);

/* The device whose context is current on this thread, or -1. */
int fake_device(void);

/* Adds a line to the log of calls, as the driver's own functions do. printf's arguments. */
void fake_note(const char *format, ...);

/* Whether a stream captures: 1, or 0. */
int fake_is_capturing(void *stream);

/*
 * What the fakes of cuBLAS, cuDNN and NCCL call first: anything but 0 is ordered, and to be returned.
 */
int fake_order(const char *function);

/* Returns from a function whose failure is ordered. */
#define FAKE_OBEY() \
  do { \
    int ordered = fake_order(__func__); \
    if (ordered != 0) { \
      return ordered; \
    } \
  } while (0)

/* --- For tests ------------------------------------------------------------------------------ */

/*
 * The log: a line per call, the function's name first, since the last clear; nothing is logged
 * before the first clear. The text is valid until the next call of anything here. Functions that
 * only ask (attributes, errors, events) are not in it.
 */
const char *fake_log(void);
void fake_log_clear(void);

/* Device memory allocated and not freed: number of allocations, and of bytes. */
long long fake_live_allocations(void);
long long fake_live_bytes(void);

/* Pinned host allocations, streams, events, modules, graphs and executable graphs not destroyed. */
long long fake_live_objects(void);

/* The size of device memory from now on; allocating more fails with 2. 8 GiB at first. */
void fake_set_memory(long long bytes);

/*
 * The call of a function, of any of the four libraries, that comes after `skip` further ones
 * returns `status` and does nothing. With `skip` below 0 the next so many calls do. One such order
 * at a time; NULL cancels it.
 *
 * The environment variable FAKE_ORDER orders the same of a whole process, as `function:action` or
 * `function:action:skip`: each call after `skip` ones does what `action` says. It is a status to
 * return, or `hang`, `kill` (by signal 9), `crash` (by writing nowhere) or `exit`.
 */
void fake_fail(const char *function, int skip, int status);

/*
 * Of the work that cuBLAS and cuDNN put on a stream that captures, the piece that comes after `skip`
 * further ones spoils the capture: its call fails, and so does every later one of the same handle,
 * whose inner streams are taken to be left in the capture. A negative number cancels it.
 */
void fake_spoil_capture(int skip);

/* The compute capability that the device claims from now on; 8 and 0 at first. */
void fake_set_capability(int major, int minor);

/* What killed the context, or an empty text. */
const char *fake_fault_text(void);

/* Forgets everything, a fault included: allocations, streams, log, orders. */
void fake_reset(void);

#ifdef __cplusplus
}
#endif
#endif
