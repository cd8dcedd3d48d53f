/*
 * A fake cuBLAS: the functions that lm4j calls, by plain loops. It refuses what cuBLAS refuses
 * and rounds as it does: to TF32 where that is allowed, to bf16 where that is stored.
 */
#include <stdint.h>
#include <stdlib.h>

#include "numbers.h"
#include "fakes.h"

#define API __attribute__((visibility("default")))

enum {
  SUCCESS = 0,
  NOT_INITIALIZED = 1,
  ALLOC_FAILED = 3,
  INVALID_VALUE = 7,
  EXECUTION_FAILED = 13,
  NOT_SUPPORTED = 15
};
enum { OP_N = 0, OP_T = 1 };
enum { R_32F = 0, R_16BF = 14 };
enum { COMPUTE_32F = 68, COMPUTE_32F_PEDANTIC = 69, COMPUTE_32F_FAST_TF32 = 77 };
enum { DEFAULT_MATH = 0, PEDANTIC_MATH = 2, TF32_MATH = 3 };

#define ALIVE 0x62b1a5

typedef struct {
  int alive;
  int math;
  void *stream;
  void *workspace;
  int stuck; /* a capture was spoilt by one of its calls */
} handle;

static long long live;

/* Handles made and not destroyed. */
API long long fake_cublas_live(void) { return live; }

typedef struct {
  int opA, opB, m, n, k, lda, ldb, ldc;
  int bf16A, bf16B, bf16C; /* floats where 0 */
  int tf32;
  float alpha, beta;
  int count;                        /* of products; 1 but for batches */
  long long apartA, apartB, apartC; /* elements from matrix to matrix */
  const void *a, *b;
  void *c;
} product;

/* Bytes from the first element to the last of a column-major matrix. */
static size_t span(int rows, int columns, int ld, int bf16) {
  return ((size_t)ld * (columns - 1) + rows) * (bf16 ? 2 : 4);
}

static float element(const void *matrix, int op, int ld, int row, int column, int bf16) {
  size_t at = op == OP_N ? row + (size_t)ld * column : column + (size_t)ld * row;
  return load(matrix, at, bf16);
}

/* With beta 0 nothing is read of C, which may hold NaN. */
static void multiply_one(product p) {
  if (p.m == 0 || p.n == 0) {
    return;
  }
  if (p.k > 0) {
    p.a = fake_memory((uint64_t)p.a, p.opA == OP_N ? span(p.m, p.k, p.lda, p.bf16A)
                                                      : span(p.k, p.m, p.lda, p.bf16A));
    p.b = fake_memory((uint64_t)p.b, p.opB == OP_N ? span(p.k, p.n, p.ldb, p.bf16B)
                                                      : span(p.n, p.k, p.ldb, p.bf16B));
  }
  p.c = fake_memory((uint64_t)p.c, span(p.m, p.n, p.ldc, p.bf16C));
  if ((p.k > 0 && (p.a == NULL || p.b == NULL)) || p.c == NULL) {
    fake_fault("a matrix product reaches outside its memory");
    return;
  }
  for (int column = 0; column < p.n; column++) {
    for (int row = 0; row < p.m; row++) {
      double sum = 0;
      for (int i = 0; i < p.k; i++) {
        float left = element(p.a, p.opA, p.lda, row, i, p.bf16A);
        float right = element(p.b, p.opB, p.ldb, i, column, p.bf16B);
        sum += p.tf32 ? (double)tf32(left) * tf32(right) : (double)left * right;
      }
      size_t at = row + (size_t)p.ldc * column;
      float scaled = (float)(p.alpha * sum);
      float before = p.beta == 0 ? 0 : p.beta * load(p.c, at, p.bf16C);
      store(p.c, at, p.bf16C, scaled + before);
    }
  }
}

static const void *behind(const void *matrix, long long elements, int bf16) {
  return (const char *)matrix + elements * (bf16 ? 2 : 4);
}

static void multiply(void *data) {
  const product *all = data;
  for (int i = 0; i < all->count; i++) {
    product one = *all;
    one.a = behind(all->a, i * all->apartA, all->bf16A);
    one.b = behind(all->b, i * all->apartB, all->bf16B);
    one.c = (void *)behind(all->c, i * all->apartC, all->bf16C);
    multiply_one(one);
  }
}

static int is_op(int op) { return op == OP_N || op == OP_T; }

static int is_type(int type) { return type == R_32F || type == R_16BF; }

static int submit(handle *h, product p) {
  int rowsA = p.opA == OP_N ? p.m : p.k;
  int rowsB = p.opB == OP_N ? p.k : p.n;
  /* Stricter than cuBLAS, which takes products without terms in some of its functions. */
  if (!is_op(p.opA) || !is_op(p.opB) || p.m < 0 || p.n < 0 || p.k <= 0
      || p.count < 0) {
    return INVALID_VALUE;
  }
  if (p.lda < (rowsA > 1 ? rowsA : 1) || p.ldb < (rowsB > 1 ? rowsB : 1)
      || p.ldc < (p.m > 1 ? p.m : 1)) {
    return INVALID_VALUE;
  }
  if (p.count > 1 && llabs(p.apartC) < (long long)p.ldc * (p.n - 1) + p.m) {
    return INVALID_VALUE; /* results would overlap, which cuBLAS leaves undefined */
  }
  if (p.a == NULL || p.b == NULL || p.c == NULL) {
    return INVALID_VALUE;
  }
  if (p.count == 1) {
    fake_note("gemm %d %d %d", p.m, p.n, p.k);
  } else {
    fake_note("gemm %d %d %d x%d", p.m, p.n, p.k, p.count);
  }
  int captures = fake_is_capturing(h->stream);
  if (h->stuck || fake_submit(h->stream, multiply, &p, sizeof p) != 0) {
    h->stuck |= captures;
    return EXECUTION_FAILED;
  }
  return SUCCESS;
}

API int cublasCreate_v2(handle **made) {
  FAKE_OBEY();
  if (made == NULL) {
    return INVALID_VALUE;
  }
  *made = calloc(1, sizeof(handle));
  (*made)->alive = ALIVE;
  live++;
  return SUCCESS;
}

/* Destroyed objects stay allocated, so that their use is detected. */
API int cublasDestroy_v2(handle *h) {
  FAKE_OBEY();
  if (h == NULL || h->alive != ALIVE) {
    return NOT_INITIALIZED;
  }
  h->alive = 0;
  live--;
  return SUCCESS;
}

API int cublasSetStream_v2(handle *h, void *stream) {
  FAKE_OBEY();
  if (h == NULL || h->alive != ALIVE) {
    return NOT_INITIALIZED;
  }
  h->stream = stream;
  h->workspace = NULL;
  return SUCCESS;
}

API int cublasSetWorkspace_v2(handle *h, void *workspace, size_t bytes) {
  FAKE_OBEY();
  if (h == NULL || h->alive != ALIVE) {
    return NOT_INITIALIZED;
  }
  if ((uint64_t)workspace % 256 != 0 || fake_memory((uint64_t)workspace, bytes) == NULL) {
    return INVALID_VALUE;
  }
  h->workspace = workspace;
  return SUCCESS;
}

API int cublasSetMathMode(handle *h, int mode) {
  FAKE_OBEY();
  if (h == NULL || h->alive != ALIVE) {
    return NOT_INITIALIZED;
  }
  if (mode != DEFAULT_MATH && mode != PEDANTIC_MATH && mode != TF32_MATH) {
    return INVALID_VALUE;
  }
  h->math = mode;
  return SUCCESS;
}

API int cublasGetVersion_v2(handle *h, int *version) {
  FAKE_OBEY();
  (void)h; /* not needed */
  *version = 130000;
  return SUCCESS;
}

API int cublasSgemm_v2(handle *h, int opA, int opB, int m, int n, int k, const float *alpha,
                       const float *a, int lda, const float *b, int ldb, const float *beta,
                       float *c, int ldc) {
  FAKE_OBEY();
  if (h == NULL || h->alive != ALIVE) {
    return NOT_INITIALIZED;
  }
  if (alpha == NULL || beta == NULL) {
    return INVALID_VALUE;
  }
  product p = {.opA = opA, .opB = opB, .m = m, .n = n, .k = k, .lda = lda, .ldb = ldb, .ldc = ldc,
               .tf32 = h->math == TF32_MATH, .count = 1, .alpha = *alpha, .beta = *beta,
               .a = a, .b = b, .c = c};
  return submit(h, p);
}

API int cublasGemmStridedBatchedEx(handle *h, int opA, int opB, int m, int n, int k,
                                   const void *alpha, const void *a, int typeA, int lda,
                                   long long apartA, const void *b, int typeB, int ldb,
                                   long long apartB, const void *beta, void *c, int typeC,
                                   int ldc, long long apartC, int count, int compute,
                                   int algorithm) {
  FAKE_OBEY();
  (void)algorithm; /* a hint */
  if (h == NULL || h->alive != ALIVE) {
    return NOT_INITIALIZED;
  }
  if (alpha == NULL || beta == NULL || !is_type(typeA) || !is_type(typeB) || !is_type(typeC)) {
    return INVALID_VALUE;
  }
  if (compute != COMPUTE_32F && compute != COMPUTE_32F_PEDANTIC
      && compute != COMPUTE_32F_FAST_TF32) {
    return NOT_SUPPORTED;
  }
  if (typeA != typeB || (typeA == R_32F && typeC != R_32F)
      || (compute == COMPUTE_32F_FAST_TF32 && typeA != R_32F)) {
    return NOT_SUPPORTED;
  }
  int tf32 = typeA == R_32F
             && (compute == COMPUTE_32F_FAST_TF32
                 || (compute == COMPUTE_32F && h->math == TF32_MATH));
  product p = {.opA = opA, .opB = opB, .m = m, .n = n, .k = k, .lda = lda, .ldb = ldb, .ldc = ldc,
               .bf16A = typeA == R_16BF, .bf16B = typeB == R_16BF, .bf16C = typeC == R_16BF,
               .tf32 = tf32, .count = count, .apartA = apartA, .apartB = apartB, .apartC = apartC,
               .alpha = *(const float *)alpha, .beta = *(const float *)beta,
               .a = a, .b = b, .c = c};
  return submit(h, p);
}

API int cublasGemmEx(handle *h, int opA, int opB, int m, int n, int k, const void *alpha,
                     const void *a, int typeA, int lda, const void *b, int typeB, int ldb,
                     const void *beta, void *c, int typeC, int ldc, int compute, int algorithm) {
  FAKE_OBEY();
  return cublasGemmStridedBatchedEx(h, opA, opB, m, n, k, alpha, a, typeA, lda, 0, b, typeB, ldb,
                                    0, beta, c, typeC, ldc, 0, 1, compute, algorithm);
}

API const char *cublasGetStatusName(int status) {
  switch (status) {
    case SUCCESS: return "CUBLAS_STATUS_SUCCESS";
    case NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
    case ALLOC_FAILED: return "CUBLAS_STATUS_ALLOC_FAILED";
    case INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
    case EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
    case NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
    default: return "CUBLAS_STATUS_UNKNOWN";
  }
}

API const char *cublasGetStatusString(int status) {
  switch (status) {
    case SUCCESS: return "success";
    case NOT_INITIALIZED: return "the library was not initialized";
    case ALLOC_FAILED: return "the resource allocation failed";
    case INVALID_VALUE: return "an unsupported value or parameter was passed to the function";
    case EXECUTION_FAILED: return "the function failed to launch on the GPU";
    case NOT_SUPPORTED: return "the functionality requested is not supported";
    default: return "unknown";
  }
}
