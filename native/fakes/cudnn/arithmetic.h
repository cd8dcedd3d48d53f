/* Small arithmetic that forward and backward share. */
#ifndef LM4J_ARITHMETIC_H
#define LM4J_ARITHMETIC_H

#include "numbers.h"
#include "rnn.h"

/* A factor of a product as the GPU takes it. */
static inline double factor(const rnn_shape *s, float value) {
  return s->bf16 ? from_bf16(to_bf16(value)) : s->tf32 ? tf32(value) : value;
}

/* Address of a part of the weights, or of their gradients. */
static inline void *part(const rnn_shape *s, const void *weights, int layer, int which) {
  return (char *)weights + rnn_offset(s, layer, which);
}

static inline int width(const rnn_shape *s, int layer) { return layer == 0 ? s->D : s->H; }

static inline size_t state_at(const rnn_shape *s, int layer, int sequence) {
  return ((size_t)layer * s->B + sequence) * s->H;
}

static inline size_t row_at(const rnn_shape *s, int step, int sequence, int width) {
  return ((size_t)step * s->B + sequence) * width;
}

/* Element of an array that may be absent and then is zeros. */
static inline float load_or_zero(const void *array, size_t index, int bf16) {
  return array == NULL ? 0 : load(array, index, bf16);
}

#endif
