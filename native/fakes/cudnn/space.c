#include "space.h"

#define HEAD 256 /* bytes */

static size_t units(const rnn_shape *s) { return (size_t)s->L * s->B * s->H; }

int rnn_gates(int cell) { return cell == LSTM ? 4 : cell == GRU ? 3 : 1; }

static size_t padded(size_t bytes) { return (bytes + 255) / 256 * 256; }

size_t rnn_offset(const rnn_shape *s, int layer, int which) {
  size_t rows = (size_t)rnn_gates(s->cell) * s->H;
  size_t size = s->bf16 ? 2 : 4;
  size_t at = 256;
  for (int kind = 0; kind < 2; kind++) { /* matrices, then biases */
    for (int l = 0; l < s->L; l++) {
      for (int i = 0; i < 2; i++) {
        if (l == layer && which == 2 * kind + i) {
          return at;
        }
        size_t columns = kind == 1 ? 1 : (size_t)(i == 0 && l == 0 ? s->D : s->H);
        at += padded(rows * columns * size);
      }
    }
  }
  return at;
}

size_t rnn_weight_bytes(const rnn_shape *s) { return rnn_offset(s, s->L, 0); }

/* Of a training pass: what flows from layer to layer, and from step to step. */
size_t rnn_work_bytes(const rnn_shape *s, int training) {
  size_t widest = s->D > s->H ? s->D : s->H;
  size_t backward = (2 * (size_t)s->T * s->B * widest + 2 * (size_t)s->B * s->H) * sizeof(float);
  return training ? backward : space_cells_bytes(s);
}

size_t rnn_reserve_bytes(const rnn_shape *s, int training) { return training ? space_bytes(s) : 0; }

size_t space_cells_bytes(const rnn_shape *s) { return units(s) * s->T * UNIT * sizeof(float); }

space_cell space_at(const rnn_shape *s, void *cells, int layer, int step, int sequence) {
  size_t index = ((size_t)layer * s->T + step) * s->B + sequence;
  float *at = (float *)cells + index * UNIT * s->H;
  space_cell cell = {.gates = at, .c = at + 4 * s->H, .h = at + 5 * s->H,
                     .d_input = at + 6 * s->H, .d_state = at + 10 * s->H};
  return cell;
}

void *space_cells(void *reserve) { return (char *)reserve + HEAD; }

float *space_x(const rnn_shape *s, void *reserve) {
  return (float *)((char *)reserve + HEAD + space_cells_bytes(s));
}

float *space_hx(const rnn_shape *s, void *reserve) {
  return space_x(s, reserve) + (size_t)s->T * s->B * s->D;
}

float *space_cx(const rnn_shape *s, void *reserve) { return space_hx(s, reserve) + units(s); }

size_t space_bytes(const rnn_shape *s) {
  size_t copies = (size_t)s->T * s->B * s->D + 2 * units(s);
  return HEAD + space_cells_bytes(s) + copies * sizeof(float);
}
