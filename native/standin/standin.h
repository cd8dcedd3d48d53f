/*
 * What the stand-ins of libcuda, libcublas and libcudnn share. They are for tests without a GPU:
 * device memory is host memory, and all that is asked for is really computed, by plain loops.
 */
#ifndef LM4J_STANDIN_H
#define LM4J_STANDIN_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Exported by the stand-in libcuda.so.1. Does fn(data) in the order of the stream: at once, or, while
 * the stream captures, as a node of its graph, each time the graph is launched. The data are copied,
 * so the caller's may go. Returns 0, or the CUresult that a launch would have returned.
 */
int standin_submit(void *stream, void (*fn)(void *data), const void *data, size_t bytes);

/*
 * Exported by the stand-in libcuda.so.1. Bytes from the address to the end of the live device
 * allocation it lies in; 0 if it lies in none.
 */
size_t standin_bytes_from(const void *device);

#ifdef __cplusplus
}
#endif

#endif
