// Inverted dropout with the masks of org.lm4j.compute.Philox. Launch: LINEAR over n.
#pragma once

#include "philox.cuh"

// y = mask * x / (1 - p), one block of random words for four neighbouring elements. The factor is
// rounded to float32 before it multiplies, as on the CPU, so that the results agree bit for bit.
template <class T>
LM4J_DEVICE void dropout(const T *x, T *y, long long n, int site,
                         const unsigned long long *scalars) {
  const unsigned long long seed = scalars[0];
  const unsigned long long step = scalars[1];
  const unsigned threshold = static_cast<unsigned>(scalars[2]);
  const float scale =
      static_cast<float>(__longlong_as_double(static_cast<long long>(scalars[3])));
  const auto drop = [=](unsigned word, float value) {
    return word >= threshold ? value * scale : 0;
  };
  const bool whole = quads(x) && quads(y);
  for (long long quad = thread_of_grid(); quad < (n + 3) / 4; quad += threads_of_grid()) {
    const Words words = draws(seed, step, site, quad);
    const long long i = 4 * quad;
    if (whole && i + 4 <= n) {
      const float4 v = load_quad(x, quad);
      store_quad(y, quad, make_float4(drop(words.x, v.x), drop(words.y, v.y), drop(words.z, v.z),
                                      drop(words.w, v.w)));
    } else {
      store(y, i, drop(words.x, load(x, i)));
      if (i + 1 < n) store(y, i + 1, drop(words.y, load(x, i + 1)));
      if (i + 2 < n) store(y, i + 2, drop(words.z, load(x, i + 2)));
      if (i + 3 < n) store(y, i + 3, drop(words.w, load(x, i + 3)));
    }
  }
}

// y may be x.  scalars: {seed, step, threshold: Philox.dropThreshold(p), bits of the double 1/(1-p)}
extern "C" __global__ void lm4j_dropout(const float *x, float *y, long long n, int site,
                                        const unsigned long long *scalars) {
  dropout(x, y, n, site, scalars);
}

// The same mask over bfloat16.
extern "C" __global__ void lm4j_dropout_bf16(const unsigned short *x, unsigned short *y,
                                             long long n, int site,
                                             const unsigned long long *scalars) {
  dropout(x, y, n, site, scalars);
}

// Dropout of `count` rows from `first` on of a batch of `of`, in x of (T, count, width): what is
// dropped in the whole batch, whose element each one here is.
template <class T>
LM4J_DEVICE void dropout_rows(const T *x, T *y, long long n, int site,
                              const unsigned long long *scalars, int first, int count, int of,
                              int width) {
  const unsigned threshold = static_cast<unsigned>(scalars[2]);
  const float scale =
      static_cast<float>(__longlong_as_double(static_cast<long long>(scalars[3])));
  for (long long i = thread_of_grid(); i < n; i += threads_of_grid()) {
    const long long row = i / width;
    const long long whole = (row / count * of + first + row % count) * width + i % width;
    const Words words = draws(scalars[0], scalars[1], site, whole / 4);
    const int place = static_cast<int>(whole % 4);
    const unsigned word =
        place == 0 ? words.x : place == 1 ? words.y : place == 2 ? words.z : words.w;
    store(y, i, word >= threshold ? load(x, i) * scale : 0);
  }
}

// scalars as above
extern "C" __global__ void lm4j_dropout_rows(const float *x, float *y, long long n, int site,
                                             const unsigned long long *scalars, int first,
                                             int count, int of, int width) {
  dropout_rows(x, y, n, site, scalars, first, count, of, width);
}

// The same mask over bfloat16.
extern "C" __global__ void lm4j_dropout_rows_bf16(const unsigned short *x, unsigned short *y,
                                                  long long n, int site,
                                                  const unsigned long long *scalars, int first,
                                                  int count, int of, int width) {
  dropout_rows(x, y, n, site, scalars, first, count, of, width);
}
