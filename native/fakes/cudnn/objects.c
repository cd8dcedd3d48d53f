/*
 * A fake cuDNN 9: the functions that lm4j calls, by plain loops. It refuses what cuDNN refuses,
 * and some of what cuDNN takes without a word and computes wrongly. Here: versions, errors, handles
 * and descriptors.
 */
#include "objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes.h"

static char last_error[256];
static long long live;

int refuse(int status, const char *condition) {
  snprintf(last_error, sizeof last_error, "%s", condition);
  return status;
}

/* Handles and descriptors made and not destroyed. */
API long long fake_cudnn_live(void) { return live; }

/* The version it says it is of: the first whose RNNs take bf16. */
#ifndef FAKE_VERSION
#define FAKE_VERSION 91300
#endif

API size_t cudnnGetVersion(void) { return FAKE_VERSION; }

/* The CUDA it says it is built for. */
#ifndef FAKE_CUDA
#define FAKE_CUDA 13000
#endif

API size_t cudnnGetCudartVersion(void) { return FAKE_CUDA; }

API int cudnnAdvVersionCheck(void) {
  FAKE_OBEY();
  return SUCCESS;
}

API const char *cudnnGetErrorString(int status) {
  switch (status) {
    case SUCCESS: return "CUDNN_STATUS_SUCCESS";
    case BAD_PARAM: return "CUDNN_STATUS_BAD_PARAM";
    case BAD_PARAM_NULL_POINTER: return "CUDNN_STATUS_BAD_PARAM_NULL_POINTER";
    case BAD_PARAM_SIZE_INSUFFICIENT: return "CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT";
    case BAD_PARAM_SHAPE_MISMATCH: return "CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH";
    case NOT_SUPPORTED: return "CUDNN_STATUS_NOT_SUPPORTED";
    case EXECUTION_FAILED_CUDA_DRIVER: return "CUDNN_STATUS_EXECUTION_FAILED_CUDA_DRIVER";
    default: return "CUDNN_STATUS_UNKNOWN";
  }
}

API void cudnnGetLastErrorString(char *message, size_t size) {
  snprintf(message, size, "%s", last_error);
  last_error[0] = 0;
}

static int make(void **made, size_t size, int kind) {
  REQUIRE(made != NULL, BAD_PARAM_NULL_POINTER);
  *made = calloc(1, size);
  *(int *)*made = kind;
  live++;
  return SUCCESS;
}

/* The object stays allocated, so that its use is noticed. */
static int destroy(void *object, int kind) {
  REQUIRE_KIND(object, kind);
  *(int *)object = 0;
  live--;
  return SUCCESS;
}

API int cudnnCreate(void **made) {
  FAKE_OBEY();
  return make(made, sizeof(handle), HANDLE);
}

API int cudnnDestroy(void *object) {
  FAKE_OBEY();
  return destroy(object, HANDLE);
}

API int cudnnSetStream(handle *h, void *stream) {
  FAKE_OBEY();
  REQUIRE_KIND(h, HANDLE);
  h->stream = stream;
  return SUCCESS;
}

API int cudnnCreateTensorDescriptor(void **made) {
  FAKE_OBEY();
  return make(made, sizeof(tensor), TENSOR);
}

API int cudnnDestroyTensorDescriptor(void *object) {
  FAKE_OBEY();
  return destroy(object, TENSOR);
}

API int cudnnSetTensorNdDescriptor(tensor *t, int type, int count, const int dims[],
                                   const int strides[]) {
  FAKE_OBEY();
  REQUIRE_KIND(t, TENSOR);
  REQUIRE(type == DATA_FLOAT || type == DATA_BFLOAT16, BAD_PARAM);
  REQUIRE(count >= 3 && count <= 8, BAD_PARAM);
  REQUIRE(dims != NULL && strides != NULL, BAD_PARAM_NULL_POINTER);
  for (int i = 0; i < count; i++) {
    REQUIRE(dims[i] > 0 && strides[i] > 0, BAD_PARAM);
  }
  t->type = type;
  t->count = count;
  memcpy(t->dims, dims, sizeof(int) * count);
  memcpy(t->strides, strides, sizeof(int) * count);
  return SUCCESS;
}

API int cudnnGetTensorNdDescriptor(const tensor *t, int wanted, int *type, int *count, int dims[],
                                   int strides[]) {
  FAKE_OBEY();
  REQUIRE_KIND(t, TENSOR);
  REQUIRE(type != NULL && count != NULL && dims != NULL && strides != NULL, BAD_PARAM_NULL_POINTER);
  int n = wanted < t->count ? wanted : t->count;
  *type = t->type;
  *count = t->count;
  memcpy(dims, t->dims, sizeof(int) * n);
  memcpy(strides, t->strides, sizeof(int) * n);
  return SUCCESS;
}

API int cudnnGetTensorSizeInBytes(const tensor *t, size_t *size) {
  FAKE_OBEY();
  REQUIRE_KIND(t, TENSOR);
  size_t elements = 1;
  for (int i = 0; i < t->count; i++) {
    elements += (size_t)(t->dims[i] - 1) * t->strides[i];
  }
  *size = elements * (t->type == DATA_BFLOAT16 ? 2 : 4);
  return SUCCESS;
}

API int cudnnCreateRNNDataDescriptor(void **made) {
  FAKE_OBEY();
  return make(made, sizeof(sequences), SEQUENCES);
}

API int cudnnDestroyRNNDataDescriptor(void *object) {
  FAKE_OBEY();
  return destroy(object, SEQUENCES);
}

/* Only sequences of equal length, time first. */
API int cudnnSetRNNDataDescriptor(sequences *d, int type, int layout, int steps, int batch,
                                  int vector, const int lengths[], void *padding) {
  FAKE_OBEY();
  (void)padding; /* there is none */
  REQUIRE_KIND(d, SEQUENCES);
  REQUIRE(type == DATA_FLOAT || type == DATA_BFLOAT16, BAD_PARAM);
  REQUIRE(layout == 0, NOT_SUPPORTED);
  REQUIRE(steps > 0 && batch > 0 && vector > 0, BAD_PARAM);
  if (steps > 65535) {
    return refuse(NOT_SUPPORTED, ""); /* which cuDNN explains in its log alone */
  }
  REQUIRE(lengths != NULL, BAD_PARAM_NULL_POINTER);
  for (int i = 0; i < batch; i++) {
    REQUIRE(lengths[i] == steps, NOT_SUPPORTED);
  }
  *d = (sequences){SEQUENCES, type, steps, batch, vector};
  return SUCCESS;
}

API int cudnnCreateDropoutDescriptor(void **made) {
  FAKE_OBEY();
  return make(made, sizeof(dropout), DROPOUT);
}

API int cudnnDestroyDropoutDescriptor(void *object) {
  FAKE_OBEY();
  return destroy(object, DROPOUT);
}

/* Only no dropout: nothing else can reproduce cuDNN's masks. */
API int cudnnSetDropoutDescriptor(dropout *d, handle *h, float probability, void *states,
                                  size_t bytes, unsigned long long seed) {
  FAKE_OBEY();
  (void)states;
  (void)bytes;
  (void)seed;
  REQUIRE_KIND(d, DROPOUT);
  REQUIRE_KIND(h, HANDLE);
  REQUIRE(probability == 0, NOT_SUPPORTED);
  d->set = 1;
  d->dropout = probability;
  return SUCCESS;
}

API int cudnnCreateRNNDescriptor(void **made) {
  FAKE_OBEY();
  return make(made, sizeof(rnn), RNN);
}

API int cudnnDestroyRNNDescriptor(void *object) {
  FAKE_OBEY();
  return destroy(object, RNN);
}

/* Only the standard and the small persistent algorithm, two biases a gate, one direction, no projection, padded. */
API int cudnnSetRNNDescriptor_v8(rnn *r, int algorithm, int cell, int bias, int direction,
                                 int input_mode, int type, int precision, int math, int input,
                                 int hidden, int projection, int layers, const dropout *d,
                                 uint32_t flags) {
  FAKE_OBEY();
  REQUIRE_KIND(r, RNN);
  REQUIRE(algorithm == STANDARD || algorithm == SMALL_H, NOT_SUPPORTED);
  REQUIRE(bias == 2 && direction == 0 && input_mode == 0, NOT_SUPPORTED);
  REQUIRE(cell >= RELU && cell <= GRU, BAD_PARAM);
  REQUIRE(type == DATA_FLOAT || type == DATA_BFLOAT16, NOT_SUPPORTED);
  REQUIRE(precision == DATA_FLOAT, NOT_SUPPORTED);
  REQUIRE(math >= 0 && math <= FMA_MATH, BAD_PARAM);
  REQUIRE(type != DATA_BFLOAT16 || math == TENSOR_OP_MATH || math == DEFAULT_MATH, NOT_SUPPORTED);
  REQUIRE(input > 0 && hidden > 0 && layers > 0, BAD_PARAM);
  REQUIRE(projection == hidden, NOT_SUPPORTED);
  REQUIRE_KIND(d, DROPOUT);
  REQUIRE(d->set, BAD_PARAM);
  REQUIRE(flags == 1, NOT_SUPPORTED);
  *r = (rnn){RNN, type, math, cell, input, hidden, layers, algorithm};
  return SUCCESS;
}
