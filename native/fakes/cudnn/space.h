/*
 * The reserve space of a training pass: what the backward passes need, and what shows whether they
 * are called in order and with what the forward pass had.
 */
#ifndef LM4J_SPACE_H
#define LM4J_SPACE_H

#include "rnn.h"

/* Of one unit in one step of one sequence: floats per unit. */
enum { UNIT = 14 };

enum { FORWARD_DONE = 0x1f0d, DATA_DONE = 0x2da7 };

typedef struct {
  int stage; /* FORWARD_DONE, then DATA_DONE; anything else before */
  int persistent; /* of the forward pass */
  rnn_shape shape;
} space_head;

/* One step of one sequence in one layer; each array holds gates times H, or H, floats. */
typedef struct {
  float *gates;    /* after their functions; of a GRU the fourth is the state's share of n */
  float *c, *h;    /* states out */
  float *d_input;  /* gradients of the gates' sums, input's share */
  float *d_state;  /* and the state's share */
} space_cell;

space_cell space_at(const rnn_shape *shape, void *cells, int layer, int step, int sequence);

size_t space_cells_bytes(const rnn_shape *shape);

/* In a reserve space: the cells, and copies of x, hx and cx as the forward pass had them. */
void *space_cells(void *reserve);
float *space_x(const rnn_shape *shape, void *reserve);
float *space_hx(const rnn_shape *shape, void *reserve);
float *space_cx(const rnn_shape *shape, void *reserve);
size_t space_bytes(const rnn_shape *shape);

#endif
