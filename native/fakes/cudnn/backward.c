#include "arithmetic.h"
#include "memory.h"
#include "space.h"
#include "fakes.h"

/* Whether an array, or zeros, is bit for bit what the forward pass had. */
static int same(const void *array, const float *kept, size_t n, int bf16) {
  for (size_t i = 0; i < n; i++) {
    float value = load_or_zero(array, i, bf16);
    if (memcmp(&value, &kept[i], sizeof value) != 0) {
      return 0;
    }
  }
  return 1;
}

static int same_y(const rnn_pass *p) {
  const rnn_shape *s = &p->shape;
  for (int t = 0; t < s->T; t++) {
    for (int b = 0; b < s->B; b++) {
      const float *h = space_at(s, space_cells(p->reserve), s->L - 1, t, b).h;
      const char *y = (const char *)p->y + row_at(s, t, b, s->H) * (s->bf16 ? 2 : 4);
      if (!same(y, h, s->H, s->bf16)) {
        return 0;
      }
    }
  }
  return 1;
}

/* Kills the context and returns 0 unless the calls are in order and given what they should be. */
static int in_order(const rnn_pass *p, int stage, const char *order) {
  const rnn_shape *s = &p->shape;
  const space_head *head = p->reserve;
  size_t states = (size_t)s->L * s->B * s->H;
  const char *wrong = NULL;
  if (head->stage != stage) {
    wrong = order;
  } else if (memcmp(&head->shape, s, sizeof *s) != 0) {
    wrong = "a reserve space is that of another shape";
  } else if (p->persistent && !head->persistent) { /* which nobody is known to try */
    wrong = "a persistent backward pass follows a standard forward pass";
  } else if (!same_y(p)) {
    wrong = "y is not what the forward pass has written";
  } else if (!same(p->hx, space_hx(s, p->reserve), states, s->bf16)) {
    wrong = "hx is not what the forward pass has read";
  } else if (stage == FORWARD_DONE && s->cell == LSTM
             && !same(p->cx, space_cx(s, p->reserve), states, s->bf16)) {
    wrong = "cx is not what the forward pass has read";
  } else if (stage == DATA_DONE
             && !same(p->x, space_x(s, p->reserve), (size_t)s->T * s->B * s->D, s->bf16)) {
    wrong = "x is not what the forward pass has read";
  }
  if (wrong != NULL) {
    fake_fault(wrong);
  }
  return wrong == NULL;
}

/* What one unit had, and the gradients of its gates' sums that follow of dh; dc is of its c. */
static void unit(const rnn_shape *s, space_cell cell, int j, float h_before, float c_before,
                 double *dh, float *dc) {
  int H = s->H;
  double d[4] = {0}, d_n = 0, kept = 0;
  if (s->cell == LSTM) {
    double i = cell.gates[j], f = cell.gates[H + j], g = cell.gates[2 * H + j];
    double o = cell.gates[3 * H + j], tanh_c = tanh(cell.c[j]);
    double d_c = *dc + *dh * o * (1 - tanh_c * tanh_c);
    d[0] = d_c * g * i * (1 - i);
    d[1] = d_c * c_before * f * (1 - f);
    d[2] = d_c * i * (1 - g * g);
    d[3] = *dh * tanh_c * o * (1 - o);
    *dc = (float)(d_c * f);
  } else if (s->cell == GRU) {
    double r = cell.gates[j], z = cell.gates[H + j], n = cell.gates[2 * H + j];
    double state_n = cell.gates[3 * H + j];
    d[2] = *dh * (1 - z) * (1 - n * n);
    d[0] = d[2] * state_n * r * (1 - r);
    d[1] = *dh * (h_before - n) * z * (1 - z);
    d_n = d[2] * r;
    kept = *dh * z;
  } else {
    double h = cell.h[j];
    d[0] = s->cell == TANH ? *dh * (1 - h * h) : h > 0 ? *dh : 0;
  }
  for (int gate = 0; gate < rnn_gates(s->cell); gate++) {
    cell.d_input[gate * H + j] = (float)d[gate];
    cell.d_state[gate * H + j] = (float)(s->cell == GRU && gate == 2 ? d_n : d[gate]);
  }
  *dh = kept;
}

/* Column of a part's matrix times gradients of the gates' sums. */
static double back(const rnn_pass *p, int layer, int which, int column, int columns,
                   const float *d) {
  const rnn_shape *s = &p->shape;
  const void *matrix = part(s, p->weights, layer, which);
  double total = 0;
  for (int row = 0; row < rnn_gates(s->cell) * s->H; row++) {
    float weight = load(matrix, (size_t)row * columns + column, s->bf16);
    total += factor(s, weight) * factor(s, d[row]);
  }
  return total;
}

/* One step of one sequence of a layer: from up, dh and dc to down, dh and dc. */
static void step(const rnn_pass *p, int layer, int t, int b, const float *up, float *down,
                 float *dh, float *dc) {
  const rnn_shape *s = &p->shape;
  void *cells = space_cells(p->reserve);
  space_cell cell = space_at(s, cells, layer, t, b);
  int H = s->H, columns = width(s, layer);
  double kept[H];
  for (int j = 0; j < H; j++) {
    size_t at = state_at(s, layer, b) + j;
    space_cell before = t > 0 ? space_at(s, cells, layer, t - 1, b) : cell;
    float h_before = t > 0 ? before.h[j] : space_hx(s, p->reserve)[at];
    float c_before = t > 0 ? before.c[j] : space_cx(s, p->reserve)[at];
    kept[j] = (double)up[row_at(s, t, b, H) + j] + dh[b * H + j];
    unit(s, cell, j, h_before, c_before, &kept[j], &dc[b * H + j]);
  }
  for (int j = 0; j < H; j++) {
    dh[b * H + j] = (float)(kept[j] + back(p, layer, 1, j, H, cell.d_state));
  }
  for (int i = 0; i < columns; i++) {
    down[row_at(s, t, b, columns) + i] = (float)back(p, layer, 0, i, columns, cell.d_input);
  }
}

static void layer_data(const rnn_pass *p, int layer, const float *up, float *down, float *dh,
                       float *dc) {
  const rnn_shape *s = &p->shape;
  size_t first = state_at(s, layer, 0), n = (size_t)s->B * s->H;
  for (size_t i = 0; i < n; i++) {
    dh[i] = load_or_zero(p->dhy, first + i, s->bf16);
    dc[i] = load_or_zero(p->dcy, first + i, s->bf16);
  }
  for (int t = s->T - 1; t >= 0; t--) {
    for (int b = 0; b < s->B; b++) {
      step(p, layer, t, b, up, down, dh, dc);
    }
  }
  for (size_t i = 0; i < n; i++) {
    if (p->dhx != NULL) {
      store(p->dhx, first + i, s->bf16, dh[i]);
    }
    if (p->dcx != NULL && s->cell == LSTM) {
      store(p->dcx, first + i, s->bf16, dc[i]);
    }
  }
}

void rnn_backward_data(void *data) {
  rnn_pass p = *(rnn_pass *)data;
  if (!memory_resolve(&p)
      || !in_order(&p, FORWARD_DONE, "the forward pass was not the last to use a reserve space")) {
    return;
  }
  const rnn_shape *s = &p.shape;
  size_t rows = (size_t)s->T * s->B, widest = s->D > s->H ? s->D : s->H;
  float *up = p.work, *down = up + rows * widest, *dh = down + rows * widest;
  float *dc = dh + (size_t)s->B * s->H;
  for (size_t i = 0; i < rows * s->H; i++) {
    up[i] = load(p.dy, i, s->bf16);
  }
  for (int layer = s->L - 1; layer >= 0; layer--) {
    layer_data(&p, layer, up, down, dh, dc);
    float *swap = up;
    up = down;
    down = swap;
  }
  for (size_t i = 0; i < rows * s->D; i++) {
    store(p.dx, i, s->bf16, up[i]);
  }
  ((space_head *)p.reserve)->stage = DATA_DONE;
}

/* The vector that a part's matrix was multiplied by: input or state before, of one step. */
static const float *operand(const rnn_pass *p, int layer, int which, int t, int b) {
  const rnn_shape *s = &p->shape;
  void *cells = space_cells(p->reserve);
  if (which == 0) {
    return layer == 0 ? space_x(s, p->reserve) + row_at(s, t, b, s->D)
                      : space_at(s, cells, layer - 1, t, b).h;
  }
  return t == 0 ? space_hx(s, p->reserve) + state_at(s, layer, b)
                : space_at(s, cells, layer, t - 1, b).h;
}

/* Adds the gradients of one row of a part's matrix, and of its bias. */
static void add_row(const rnn_pass *p, int layer, int which, int row) {
  const rnn_shape *s = &p->shape;
  int columns = which == 0 ? width(s, layer) : s->H;
  double sums[columns], bias = 0;
  memset(sums, 0, sizeof sums);
  for (int t = 0; t < s->T; t++) {
    for (int b = 0; b < s->B; b++) {
      space_cell cell = space_at(s, space_cells(p->reserve), layer, t, b);
      float d = (which == 0 ? cell.d_input : cell.d_state)[row];
      const float *vector = operand(p, layer, which, t, b);
      bias += d;
      for (int i = 0; i < columns; i++) {
        sums[i] += factor(s, d) * factor(s, vector[i]);
      }
    }
  }
  void *matrix = part(s, p->dweights, layer, which);
  void *biases = part(s, p->dweights, layer, which + 2);
  for (int i = 0; i < columns; i++) {
    size_t at = (size_t)row * columns + i;
    store(matrix, at, s->bf16, (float)(load(matrix, at, s->bf16) + sums[i]));
  }
  store(biases, row, s->bf16, (float)(load(biases, row, s->bf16) + bias));
}

void rnn_backward_weights(void *data) {
  rnn_pass p = *(rnn_pass *)data;
  if (!memory_resolve(&p)
      || !in_order(&p, DATA_DONE, "the backward pass to the data was not the last to use a reserve"
                                  " space")) {
    return;
  }
  for (int layer = 0; layer < p.shape.L; layer++) {
    for (int row = 0; row < rnn_gates(p.shape.cell) * p.shape.H; row++) {
      add_row(&p, layer, 0, row);
      add_row(&p, layer, 1, row);
    }
  }
}
