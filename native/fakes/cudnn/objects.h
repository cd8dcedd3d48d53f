/* The opaque things of cuDNN's interface, and its statuses. */
#ifndef LM4J_OBJECTS_H
#define LM4J_OBJECTS_H

#include "rnn.h"

#define API __attribute__((visibility("default")))

enum {
  SUCCESS = 0,
  BAD_PARAM = 2000,
  BAD_PARAM_NULL_POINTER = 2002,
  BAD_PARAM_SIZE_INSUFFICIENT = 2006,
  BAD_PARAM_SHAPE_MISMATCH = 2008,
  NOT_SUPPORTED = 3000,
  EXECUTION_FAILED_CUDA_DRIVER = 5001
};

enum { STANDARD = 0, SMALL_H = 3 };
enum { DATA_FLOAT = 0, DATA_BFLOAT16 = 9, DEFAULT_MATH = 0, TENSOR_OP_MATH = 1, FMA_MATH = 3 };

/* First in each object; 0 once it was destroyed. */
enum { HANDLE = 0xd1, TENSOR, SEQUENCES, DROPOUT, RNN };

/* stuck: a capture was spoilt by one of its calls. */
typedef struct { int kind; void *stream; int stuck; } handle;
typedef struct { int kind, type, count, dims[8], strides[8]; } tensor;
typedef struct { int kind, type, steps, batch, vector; } sequences;
typedef struct { int kind, set; float dropout; } dropout;
typedef struct { int kind, type, math, cell, input, hidden, layers, algorithm; } rnn;

/* Keeps the text for cudnnGetLastErrorString. */
int refuse(int status, const char *condition);

/* Returns from the function that is called unless the condition holds. */
#define REQUIRE(condition, status) \
  do { \
    if (!(condition)) { \
      return refuse(status, "!(" #condition ")"); \
    } \
  } while (0)

#define REQUIRE_KIND(object, expected) \
  REQUIRE((object) != NULL && *(const int *)(object) == (expected), BAD_PARAM)

#endif
