// Sums over whole buffers and over columns, each in an order that the sizes alone decide: neither
// grid nor device changes a bit.
#pragma once

#include "common.cuh"

constexpr long long MAX_PARTIALS = 1024;

// Elements that one partial sum covers.
LM4J_BOTH long long partial_length(long long n) {
  const long long share = (n + MAX_PARTIALS - 1) / MAX_PARTIALS;
  return (share < 4096 ? 4096 : share + 3) / 4 * 4;
}

LM4J_BOTH long long partial_count(long long n) {
  return (n + partial_length(n) - 1) / partial_length(n);
}

// The sum of f over x[from .. to), by one block of 256 threads.
template <class F>
LM4J_DEVICE double sum_block(const float *x, long long from, long long to, F f) {
  const Team block = {static_cast<int>(threadIdx.x), static_cast<int>(blockDim.x), 0, 1};
  double sum = 0;
  long long done = from;
  if (aligned16(x + from)) {
    const long long quads = (to - from) / 4;
    done = from + 4 * quads;
    for (long long quad = block.rank; quad < quads; quad += block.size) {
      const float4 v = load4(x + from, quad);
      sum += (f(v.x) + f(v.y)) + (f(v.z) + f(v.w));
    }
  }
#pragma unroll 1
  for (long long i = done + block.rank; i < to; i += block.size) {
    sum += f(x[i]);
  }
  return combine(block, Sum{sum}, Add{}).value;
}

template <class F>
LM4J_DEVICE void partial_sums(const float *x, double *partials, long long n, F f) {
  const long long length = partial_length(n);
  for (long long i = blockIdx.x; i < partial_count(n); i += gridDim.x) {
    const long long from = i * length;
    const double sum = sum_block(x, from, from + length < n ? from + length : n, f);
    if (threadIdx.x == 0) {
      partials[i] = sum;
    }
  }
}

LM4J_DEVICE double sum_of_partials(const double *partials, long long n) {
  const Team block = {static_cast<int>(threadIdx.x), static_cast<int>(blockDim.x), 0, 1};
  double sum = 0;
  for (long long i = block.rank; i < partial_count(n); i += block.size) {
    sum += partials[i];
  }
  return combine(block, Sum{sum}, Add{}).value;
}

// out[0] = the sum of x, in double precision. Launch: 1 block of 256; for n up to 65536.
extern "C" __global__ void lm4j_sum(const float *x, float *out, long long n) {
  if (blockIdx.x == 0) {
    const double sum = sum_block(x, 0, n, [](double a) { return a; });
    if (threadIdx.x == 0) {
      out[0] = static_cast<float>(sum);
    }
  }
}

// partials: at least 1024 doubles. Launch: PARTIALS over n; then lm4j_sum_finish.
extern "C" __global__ void lm4j_sum_partials(const float *x, double *partials, long long n) {
  partial_sums(x, partials, n, [](double a) { return a; });
}

// out[0] = the sum of the partials of n elements. Launch: 1 block of 256.
extern "C" __global__ void lm4j_sum_finish(const double *partials, float *out, long long n) {
  if (blockIdx.x == 0) {
    const double sum = sum_of_partials(partials, n);
    if (threadIdx.x == 0) {
      out[0] = static_cast<float>(sum);
    }
  }
}

// partials: at least 1024 doubles. Launch: PARTIALS over n; then lm4j_gradient_norm.
extern "C" __global__ void lm4j_square_partials(const float *g, double *partials, long long n) {
  partial_sums(g, partials, n, [](double a) { return a * a; });
}

// out[0] = the norm, out[1] = min(1, maxNorm / (norm + 1e-6)), NaN if the norm is.
// scalars: {maxNorm}. Launch: 1 block of 256.
extern "C" __global__ void lm4j_gradient_norm(const double *partials, float *out, long long n,
                                              const double *scalars) {
  if (blockIdx.x == 0) {
    const double norm = sqrt(sum_of_partials(partials, n));
    if (threadIdx.x == 0) {
      const double factor = scalars[0] / (norm + 1e-6);
      out[0] = static_cast<float>(norm);
      out[1] = static_cast<float>(factor >= 1 ? 1 : factor);
    }
  }
}

// --- Columns ------------------------------------------------------------------------------------

// y[i] += bias for each row i of (rows, columns). Launch: ROWS.
extern "C" __global__ void lm4j_add_bias(const float *bias, float *y, long long rows,
                                         long long columns) {
  const Team own = team(columns);
  const bool whole = columns % 4 == 0 && aligned16(bias) && aligned16(y);
  for (long long i = own.first; i < rows; i += own.step) {
    float *row = y + i * columns;
    const long long quads = whole ? columns / 4 : 0;
    for (long long quad = own.rank; quad < quads; quad += own.size) {
      store4(row, quad,
             each([](float a, float b) { return a + b; }, load4(row, quad), load4(bias, quad)));
    }
    for (long long j = 4 * quads + own.rank; j < columns; j += own.size) {
      row[j] += bias[j];
    }
  }
}

constexpr int SLICE_ROWS = 128;   // rows that one partial column sum covers
constexpr int SLICE_GROUPS = 8;   // warps of a block, each with every eighth row

// partials (ceil(rows / 128), columns) = column sums of 128 rows each of dy (rows, columns).
// Launch: SLICES over (rows, columns), 256 threads; then lm4j_bias_gradient.
extern "C" __global__ void lm4j_bias_partials(const float *dy, float *partials, long long rows,
                                              long long columns) {
  __shared__ float sums[SLICE_GROUPS][WARP];
  const int lane = static_cast<int>(threadIdx.x) % WARP;
  const int group = static_cast<int>(threadIdx.x) / WARP;
  const long long tiles = (columns + WARP - 1) / WARP;
  const long long slices = (rows + SLICE_ROWS - 1) / SLICE_ROWS;
  for (long long item = blockIdx.x; item < tiles * slices; item += gridDim.x) {
    const long long slice = item / tiles;
    const long long column = item % tiles * WARP + lane;
    const long long from = slice * SLICE_ROWS;
    const long long to = from + SLICE_ROWS < rows ? from + SLICE_ROWS : rows;
    float sum = 0;
    if (column < columns) {
#pragma unroll 4
      for (long long i = from + group; i < to; i += SLICE_GROUPS) {
        sum += dy[i * columns + column];
      }
    }
    sums[group][lane] = sum;
    __syncthreads();
    if (group == 0 && column < columns) {
      for (int i = 1; i < SLICE_GROUPS; i++) {
        sum += sums[i][lane];
      }
      partials[slice * columns + column] = sum;
    }
    __syncthreads();  // the next item writes sums
  }
}

// db (columns) += the partials, slice after slice. rows as in lm4j_bias_partials.
// Launch: LINEAR over 4 * columns, which gives each column a thread.
extern "C" __global__ void lm4j_bias_gradient(const float *partials, float *db, long long rows,
                                              long long columns) {
  const long long slices = (rows + SLICE_ROWS - 1) / SLICE_ROWS;
  for (long long j = thread_of_grid(); j < columns; j += threads_of_grid()) {
    float sum = 0;
    for (long long slice = 0; slice < slices; slice++) {
      sum += partials[slice * columns + j];
    }
    db[j] += sum;
  }
}
