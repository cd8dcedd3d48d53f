// float32 to bfloat16 and back, row by row, so that either side may have padded rows. Launch: ROWS
// over (rows, columns); contiguous buffers may be passed as one row, which then is LINEAR over it.
#pragma once

#include "common.cuh"

// y[i][j] = f(x[i][j]) for i < rows, j < columns; strides in elements.
template <class In, class Out, class F>
LM4J_DEVICE void cast_rows(const In *x, Out *y, long long rows, long long columns,
                           long long xStride, long long yStride, F f) {
  const bool one = rows == 1;
  const Team own = team(columns);
  const long long first = one ? thread_of_grid() : own.rank;
  const long long step = one ? threads_of_grid() : own.size;
  for (long long i = one ? 0 : own.first; i < rows; i += one ? 1 : own.step) {
    const In *from = x + i * xStride;
    Out *to = y + i * yStride;
    long long done = 0;
    if (quads(from) && quads(to)) {
      done = columns / 4 * 4;
      for (long long quad = first; quad < columns / 4; quad += step) {
        const float4 old = f.READS ? load_quad(to, quad) : make_float4(0, 0, 0, 0);
        store_quad(to, quad, each(f, load_quad(from, quad), old));
      }
    }
#pragma unroll 1
    for (long long j = done + first; j < columns; j += step) {
      store(to, j, f(load(from, j), f.READS ? load(to, j) : 0));
    }
  }
}

struct Scaled {
  static constexpr bool READS = false;  // the old value of the output
  float scale;
  LM4J_DEVICE float operator()(float x, float) const { return scale * x; }
};

struct Accumulated {
  static constexpr bool READS = true;
  float scale;
  LM4J_DEVICE float operator()(float x, float old) const { return scale * x + old; }
};

// y = bfloat16(scale * x). Padding of y is left alone.  scalars: {scale}; null for 1
extern "C" __global__ void lm4j_to_bf16(const float *x, unsigned short *y, long long rows,
                                        long long columns, long long xStride, long long yStride,
                                        const double *scalars) {
  const float scale = scalars == nullptr ? 1 : static_cast<float>(scalars[0]);
  cast_rows(x, y, rows, columns, xStride, yStride, Scaled{scale});
}

// y = scale * x, or y += scale * x.  scalars: {scale}; null for 1
extern "C" __global__ void lm4j_from_bf16(const unsigned short *x, float *y, long long rows,
                                          long long columns, long long xStride, long long yStride,
                                          int accumulate, const double *scalars) {
  const float scale = scalars == nullptr ? 1 : static_cast<float>(scalars[0]);
  if (accumulate) {
    cast_rows(x, y, rows, columns, xStride, yStride, Accumulated{scale});
  } else {
    cast_rows(x, y, rows, columns, xStride, yStride, Scaled{scale});
  }
}
