#include "arithmetic.h"
#include "memory.h"
#include "space.h"
#include "fakes.h"

/* Row `row` of a part's matrix times a vector, plus the bias of the same gate. */
static double sum(const rnn_pass *p, int layer, int which, int row, const float *vector, int n) {
  const rnn_shape *s = &p->shape;
  const void *matrix = part(s, p->weights, layer, which);
  double total = load(part(s, p->weights, layer, which + 2), row, s->bf16);
  for (int i = 0; i < n; i++) {
    total += factor(s, load(matrix, (size_t)row * n + i, s->bf16)) * factor(s, vector[i]);
  }
  return total;
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* Unit j: from the gates' two sums to its states. */
static void unit(const rnn_shape *s, const double *in, const double *state, float c_before,
                 float h_before, space_cell cell, int j) {
  int H = s->H;
  double h;
  if (s->cell == LSTM) {
    double i = sigmoid(in[0] + state[0]), f = sigmoid(in[1] + state[1]);
    double g = tanh(in[2] + state[2]), o = sigmoid(in[3] + state[3]);
    double c = f * c_before + i * g;
    h = o * tanh(c);
    cell.gates[j] = (float)i;
    cell.gates[H + j] = (float)f;
    cell.gates[2 * H + j] = (float)g;
    cell.gates[3 * H + j] = (float)o;
    cell.c[j] = (float)c;
  } else if (s->cell == GRU) {
    double r = sigmoid(in[0] + state[0]), z = sigmoid(in[1] + state[1]);
    double n = tanh(in[2] + r * state[2]);
    h = (1 - z) * n + z * h_before;
    cell.gates[j] = (float)r;
    cell.gates[H + j] = (float)z;
    cell.gates[2 * H + j] = (float)n;
    cell.gates[3 * H + j] = (float)state[2];
  } else {
    double a = in[0] + state[0];
    h = s->cell == TANH ? tanh(a) : a > 0 || isnan(a) ? a : 0;
  }
  cell.h[j] = s->bf16 ? from_bf16(to_bf16((float)h)) : (float)h;
}

/* One layer in one step of one sequence. */
static void step(const rnn_pass *p, void *cells, int layer, int t, int b, float *in, float *before,
                 float *c_before) {
  const rnn_shape *s = &p->shape;
  int H = s->H, D = width(s, layer), gates = rnn_gates(s->cell);
  for (int i = 0; i < D; i++) {
    in[i] = layer == 0 ? load(p->x, row_at(s, t, b, D) + i, s->bf16)
                       : space_at(s, cells, layer - 1, t, b).h[i];
  }
  for (int j = 0; j < H; j++) {
    size_t at = state_at(s, layer, b) + j;
    before[j] = t > 0 ? space_at(s, cells, layer, t - 1, b).h[j] : load_or_zero(p->hx, at, s->bf16);
    c_before[j] = s->cell != LSTM ? 0
                  : t > 0         ? space_at(s, cells, layer, t - 1, b).c[j]
                                  : load_or_zero(p->cx, at, s->bf16);
  }
  for (int j = 0; j < H; j++) {
    double input[4], state[4];
    for (int g = 0; g < gates; g++) {
      input[g] = sum(p, layer, 0, g * H + j, in, D);
      state[g] = sum(p, layer, 1, g * H + j, before, H);
    }
    unit(s, input, state, c_before[j], before[j], space_at(s, cells, layer, t, b), j);
  }
}

static void outputs(const rnn_pass *p, void *cells) {
  const rnn_shape *s = &p->shape;
  for (int b = 0; b < s->B; b++) {
    for (int j = 0; j < s->H; j++) {
      for (int t = 0; t < s->T; t++) {
        float h = space_at(s, cells, s->L - 1, t, b).h[j];
        store(p->y, row_at(s, t, b, s->H) + j, s->bf16, h);
      }
      for (int layer = 0; layer < s->L; layer++) {
        space_cell last = space_at(s, cells, layer, s->T - 1, b);
        if (p->hy != NULL) {
          store(p->hy, state_at(s, layer, b) + j, s->bf16, last.h[j]);
        }
        if (p->cy != NULL && s->cell == LSTM) {
          store(p->cy, state_at(s, layer, b) + j, s->bf16, last.c[j]);
        }
      }
    }
  }
}

/* What the backward passes compare with what they are given. */
static void keep(const rnn_pass *p) {
  const rnn_shape *s = &p->shape;
  for (size_t i = 0; i < (size_t)s->T * s->B * s->D; i++) {
    space_x(s, p->reserve)[i] = load(p->x, i, s->bf16);
  }
  for (size_t i = 0; i < (size_t)s->L * s->B * s->H; i++) {
    space_hx(s, p->reserve)[i] = load_or_zero(p->hx, i, s->bf16);
    space_cx(s, p->reserve)[i] = load_or_zero(s->cell == LSTM ? p->cx : NULL, i, s->bf16);
  }
  *(space_head *)p->reserve = (space_head){.stage = FORWARD_DONE, .persistent = p->persistent,
                                         .shape = *s};
}

void rnn_forward(void *data) {
  rnn_pass p = *(rnn_pass *)data;
  if (!memory_resolve(&p)) {
    return;
  }
  const rnn_shape *s = &p.shape;
  float in[width(s, 0) + s->H], before[s->H], c_before[s->H];
  void *cells = p.training ? space_cells(p.reserve) : p.work;
  if (p.training) {
    keep(&p);
  }
  for (int layer = 0; layer < s->L; layer++) {
    for (int t = 0; t < s->T; t++) {
      for (int b = 0; b < s->B; b++) {
        step(&p, cells, layer, t, b, in, before, c_before);
      }
    }
  }
  outputs(&p, cells);
}
