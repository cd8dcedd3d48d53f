/* RNNs: sizes, layout, and the three passes, checked and then put on the handle's stream. */
#include <string.h>

#include "objects.h"
#include "fakes.h"

static rnn_shape shape(const rnn *r, int steps, int batch) {
  rnn_shape s;
  memset(&s, 0, sizeof s); /* it is compared as bytes */
  s.cell = r->cell;
  s.bf16 = r->type == DATA_BFLOAT16;
  s.tf32 = r->type == DATA_FLOAT && r->math != FMA_MATH;
  s.T = steps;
  s.B = batch;
  s.D = r->input;
  s.H = r->hidden;
  s.L = r->layers;
  return s;
}

API int cudnnGetRNNWeightSpaceSize(const handle *h, const rnn *r, size_t *size) {
  FAKE_OBEY();
  REQUIRE_KIND(h, HANDLE);
  REQUIRE_KIND(r, RNN);
  REQUIRE(r->layers > 0, BAD_PARAM);
  rnn_shape s = shape(r, 1, 1);
  *size = rnn_weight_bytes(&s);
  return SUCCESS;
}

/* The additional bytes that persistent kernels need. */
static size_t more(const rnn *r) { return r->algorithm == SMALL_H ? 4096 : 0; }

API int cudnnGetRNNTempSpaceSizes(const handle *h, const rnn *r, int training, const sequences *x,
                                  size_t *work, size_t *reserve) {
  FAKE_OBEY();
  REQUIRE_KIND(h, HANDLE);
  REQUIRE_KIND(r, RNN);
  REQUIRE_KIND(x, SEQUENCES);
  REQUIRE(r->layers > 0 && x->steps > 0, BAD_PARAM);
  rnn_shape s = shape(r, x->steps, x->batch);
  *work = rnn_work_bytes(&s, training) + more(r);
  *reserve = rnn_reserve_bytes(&s, training) + (training ? more(r) : 0);
  return SUCCESS;
}

static void describe(tensor *t, int type, int rows, int columns) {
  *t = (tensor){.kind = TENSOR, .type = type, .count = 3, .dims = {1, rows, columns},
                .strides = {rows * columns, columns, 1}};
}

API int cudnnGetRNNWeightParams(const handle *h, const rnn *r, int32_t layer, size_t bytes,
                                const char *weights, int32_t gate, tensor *matrix,
                                const char **matrix_at, tensor *bias, const char **bias_at) {
  FAKE_OBEY();
  REQUIRE_KIND(h, HANDLE);
  REQUIRE_KIND(r, RNN);
  REQUIRE_KIND(matrix, TENSOR);
  REQUIRE_KIND(bias, TENSOR);
  REQUIRE(matrix_at != NULL && bias_at != NULL, BAD_PARAM_NULL_POINTER);
  rnn_shape s = shape(r, 1, 1);
  int gates = rnn_gates(s.cell);
  REQUIRE(layer >= 0 && layer < s.L && gate >= 0 && gate < 2 * gates, BAD_PARAM);
  REQUIRE(bytes >= rnn_weight_bytes(&s), BAD_PARAM_SIZE_INSUFFICIENT);
  int which = gate >= gates;
  size_t index = gate - which * gates;
  size_t columns = which == 0 && layer == 0 ? s.D : s.H;
  size_t size = s.bf16 ? 2 : 4;
  describe(matrix, r->type, s.H, (int)columns);
  describe(bias, r->type, s.H, 1);
  *matrix_at = weights + rnn_offset(&s, layer, which) + index * s.H * columns * size;
  *bias_at = weights + rnn_offset(&s, layer, which + 2) + index * s.H * size;
  return SUCCESS;
}

/* Of hx, hy and the like: (L, B, H) without gaps. */
static int is_state(const tensor *t, const rnn *r, const sequences *x) {
  return t->type == r->type && t->count == 3 && t->dims[0] == r->layers && t->dims[1] == x->batch
         && t->dims[2] == r->hidden && t->strides[2] == 1 && t->strides[1] == r->hidden
         && t->strides[0] == r->hidden * x->batch;
}

/* What all three passes ask of their descriptors. */
static int check(const handle *h, const rnn *r, const int32_t *lengths, const sequences *x,
                 const sequences *y, const tensor *state) {
  REQUIRE_KIND(h, HANDLE);
  REQUIRE_KIND(r, RNN);
  REQUIRE_KIND(x, SEQUENCES);
  REQUIRE_KIND(y, SEQUENCES);
  REQUIRE_KIND(state, TENSOR);
  REQUIRE(lengths == NULL, NOT_SUPPORTED);
  REQUIRE(x->type == r->type && y->type == r->type, BAD_PARAM);
  REQUIRE(x->steps == y->steps && x->batch == y->batch, BAD_PARAM_SHAPE_MISMATCH);
  REQUIRE(x->vector == r->input && y->vector == r->hidden, BAD_PARAM_SHAPE_MISMATCH);
  REQUIRE(is_state(state, r, x), BAD_PARAM_SHAPE_MISMATCH);
  return SUCCESS;
}

/* Checks that the persistent kernels support so many units: cuDNN reports it here, not when described. */
static int check_units(const rnn *r, int most_gated, int most_simple) {
  int most = r->cell == LSTM || r->cell == GRU ? most_gated : most_simple;
  return r->algorithm == SMALL_H && r->hidden > most ? refuse(NOT_SUPPORTED, "") : SUCCESS;
}

/* The sizes of the three spaces, which must be there if they are not empty. */
static int check_spaces(const rnn *r, const rnn_shape *s, int training, size_t weights,
                        size_t work, const void *work_at, size_t reserve,
                        const void *reserve_at) {
  REQUIRE(weights == rnn_weight_bytes(s), BAD_PARAM_SIZE_INSUFFICIENT);
  REQUIRE(work >= rnn_work_bytes(s, training) + more(r), BAD_PARAM_SIZE_INSUFFICIENT);
  REQUIRE(!training || reserve >= rnn_reserve_bytes(s, 1) + more(r), BAD_PARAM_SIZE_INSUFFICIENT);
  REQUIRE(work_at != NULL, BAD_PARAM_NULL_POINTER);
  REQUIRE(!training || reserve_at != NULL, BAD_PARAM_NULL_POINTER);
  return SUCCESS;
}

static int submit(handle *h, const rnn *r, const char *name, void (*fn)(void *),
                  const rnn_pass *p) {
  const rnn_shape *s = &p->shape;
  fake_note("%s T%d B%d D%d H%d L%d math%d %s", name, s->T, s->B, s->D, s->H, s->L, r->math,
            r->algorithm == SMALL_H ? "persistent" : "standard");
  REQUIRE(!h->stuck, EXECUTION_FAILED_CUDA_DRIVER);
  int captures = fake_is_capturing(h->stream);
  int status = fake_submit(h->stream, fn, p, sizeof *p);
  h->stuck = status != 0 && captures;
  return status == 0 ? SUCCESS : refuse(EXECUTION_FAILED_CUDA_DRIVER, "the driver refuses a launch");
}

API int cudnnRNNForward(handle *h, const rnn *r, int training, const int32_t *lengths,
                        const sequences *xd, const void *x, const sequences *yd, void *y,
                        const tensor *hd, const void *hx, void *hy, const tensor *cd,
                        const void *cx, void *cy, size_t weight_bytes, const void *weights,
                        size_t work_bytes, void *work, size_t reserve_bytes, void *reserve) {
  FAKE_OBEY();
  int status = check(h, r, lengths, xd, yd, hd);
  if (status == SUCCESS) {
    status = check_units(r, 192, 384);
  }
  if (status != SUCCESS) {
    return status;
  }
  REQUIRE(r->cell != LSTM || (cd != NULL && cd->kind == TENSOR && is_state(cd, r, xd)),
          BAD_PARAM_SHAPE_MISMATCH);
  REQUIRE(x != NULL && y != NULL && weights != NULL, BAD_PARAM_NULL_POINTER);
  rnn_shape s = shape(r, xd->steps, xd->batch);
  status = check_spaces(r, &s, training, weight_bytes, work_bytes, work, reserve_bytes, reserve);
  if (status != SUCCESS) {
    return status;
  }
  rnn_pass p = {.shape = s, .persistent = r->algorithm == SMALL_H, .training = training, .x = x,
                .y = y, .hx = hx, .hy = hy, .cx = cx, .cy = cy, .weights = weights, .work = work,
                .reserve = training ? reserve : NULL};
  return submit(h, r, "cudnnRNNForward", rnn_forward, &p);
}

API int cudnnRNNBackwardData_v8(handle *h, const rnn *r, const int32_t *lengths,
                                const sequences *yd, void *y, const void *dy, const sequences *xd,
                                void *dx, const tensor *hd, const void *hx, const void *dhy,
                                void *dhx, const tensor *cd, const void *cx, const void *dcy,
                                void *dcx, size_t weight_bytes, const void *weights,
                                size_t work_bytes, void *work, size_t reserve_bytes,
                                void *reserve) {
  FAKE_OBEY();
  int status = check(h, r, lengths, xd, yd, hd);
  if (status == SUCCESS) {
    status = check_units(r, 128, 256);
  }
  if (status != SUCCESS) {
    return status;
  }
  REQUIRE(r->cell != LSTM || (cd != NULL && cd->kind == TENSOR && is_state(cd, r, xd)),
          BAD_PARAM_SHAPE_MISMATCH);
  REQUIRE(y != NULL && dy != NULL && dx != NULL && weights != NULL, BAD_PARAM_NULL_POINTER);
  /* cuDNN takes NULL for zeros, but frameworks never give it to persistent kernels. */
  REQUIRE(dhy != NULL && (r->cell != LSTM || dcy != NULL), BAD_PARAM_NULL_POINTER);
  rnn_shape s = shape(r, xd->steps, xd->batch);
  status = check_spaces(r, &s, 1, weight_bytes, work_bytes, work, reserve_bytes, reserve);
  if (status != SUCCESS) {
    return status;
  }
  rnn_pass p = {.shape = s, .persistent = r->algorithm == SMALL_H, .training = 1, .y = y, .dy = dy,
                .dx = dx, .hx = hx, .dhy = dhy, .dhx = dhx, .cx = cx, .dcy = dcy, .dcx = dcx, .weights = weights, .work = work,
                .reserve = reserve};
  return submit(h, r, "cudnnRNNBackwardData_v8", rnn_backward_data, &p);
}

API int cudnnRNNBackwardWeights_v8(handle *h, const rnn *r, int set, const int32_t *lengths,
                                   const sequences *xd, const void *x, const tensor *hd,
                                   const void *hx, const sequences *yd, void *y,
                                   size_t weight_bytes, void *dweights, size_t work_bytes,
                                   void *work, size_t reserve_bytes, void *reserve) {
  FAKE_OBEY();
  int status = check(h, r, lengths, xd, yd, hd);
  if (status == SUCCESS) {
    status = check_units(r, 128, 256);
  }
  if (status != SUCCESS) {
    return status;
  }
  REQUIRE(!set, NOT_SUPPORTED); /* as cuDNN: it only adds */
  REQUIRE(x != NULL && y != NULL && dweights != NULL, BAD_PARAM_NULL_POINTER);
  rnn_shape s = shape(r, xd->steps, xd->batch);
  status = check_spaces(r, &s, 1, weight_bytes, work_bytes, work, reserve_bytes, reserve);
  if (status != SUCCESS) {
    return status;
  }
  rnn_pass p = {.shape = s, .persistent = r->algorithm == SMALL_H, .training = 1, .x = x, .hx = hx,
                .y = y, .dweights = dweights, .work = work, .reserve = reserve};
  return submit(h, r, "cudnnRNNBackwardWeights_v8", rnn_backward_weights, &p);
}
