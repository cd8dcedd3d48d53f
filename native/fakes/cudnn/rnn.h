/* What the parts of the fake cuDNN share: the shape of a pass, and its arguments. */
#ifndef LM4J_RNN_H
#define LM4J_RNN_H

#include <stddef.h>
#include <stdint.h>

enum { RELU = 0, TANH = 1, LSTM = 2, GRU = 3 };

/* T steps of B sequences of D elements through L layers of H units. */
typedef struct {
  int cell, bf16, tf32;
  int T, B, D, H, L;
} rnn_shape;

/* Device addresses of one pass; those a pass does not have are null. */
typedef struct {
  rnn_shape shape;
  int training;
  int persistent; /* by the algorithm for few units */
  const void *x, *hx, *cx, *weights;
  void *y, *hy, *cy;
  const void *dy, *dhy, *dcy;
  void *dx, *dhx, *dcx, *dweights;
  void *work, *reserve;
} rnn_pass;

int rnn_gates(int cell);

/*
 * Offset in bytes of the input's (which = 0) or the state's (1) matrices of a layer, or of their
 * biases (2, 3): gates one after the other. First all matrices, then all biases, each beginning at
 * a multiple of 256, and not at 0.
 */
size_t rnn_offset(const rnn_shape *shape, int layer, int which);

size_t rnn_weight_bytes(const rnn_shape *shape);
size_t rnn_work_bytes(const rnn_shape *shape, int training);
size_t rnn_reserve_bytes(const rnn_shape *shape, int training);

/* The passes, as work on a stream; data is an rnn_pass. */
void rnn_forward(void *data);
void rnn_backward_data(void *data);
void rnn_backward_weights(void *data);

#endif
