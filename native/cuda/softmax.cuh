// Softmax of rows, and its gradient:
//
//   y = exp(x) / sum exp(x)          dx = y (dy - sum y dy)
//
// The largest number is found and the exponentials are summed in one pass over the row, as in
// Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018; a second pass, which
// the caches serve, writes the result.
#pragma once

#include "common.cuh"
#include "rows.cuh"

constexpr float LOWEST = -3.402823466e38f;

// The largest of some numbers, and the sum of exp(z - max) over the others of them: the largest
// itself would add 1, beside which small terms are lost, and with them a loss or gradient near 0.
//
// Starts from a max that is finite, so that minus infinity counts nothing.
struct Normalizer {
  float max;
  float rest;

  LM4J_DEVICE Normalizer shuffled(int distance) const {
    return {__shfl_xor_sync(ALL_LANES, max, distance), __shfl_xor_sync(ALL_LANES, rest, distance)};
  }

  LM4J_DEVICE float sum() const { return 1 + rest; }

  LM4J_DEVICE void add(float z) {
    if (z > max) {
      rest = (rest + 1) * expf(max - z);
      max = z;
    } else {
      rest += expf(z - max);  // NaN comes here, too
    }
  }

  LM4J_DEVICE void add(float4 z) {
    const float larger = fmaxf(max, fmaxf(fmaxf(z.x, z.y), fmaxf(z.z, z.w)));
    const auto term = [=](float value) { return value == larger ? 0 : expf(value - larger); };
    const int largest = (z.x == larger) + (z.y == larger) + (z.z == larger) + (z.w == larger);
    const float terms = (term(z.x) + term(z.y)) + (term(z.z) + term(z.w));
    if (larger > max) {
      rest = (rest + 1) * expf(max - larger) + (terms + static_cast<float>(largest - 1));
      max = larger;
    } else {
      rest += terms + static_cast<float>(largest);
    }
  }
};

struct Merge {
  LM4J_DEVICE Normalizer operator()(const Normalizer &a, const Normalizer &b) const {
    if (a.max >= b.max) {
      return {a.max, a.rest + (b.rest + 1) * expf(b.max - a.max)};
    }
    return {b.max, b.rest + (a.rest + 1) * expf(a.max - b.max)};
  }
};

// z + bias, where there is one.
struct Biased {
  const float *z;
  const float *bias;  // or null

  LM4J_DEVICE float one(long long j) const { return bias == nullptr ? z[j] : z[j] + bias[j]; }

  LM4J_DEVICE float4 four(long long j) const {
    float4 v = at4(z, j);
    if (bias != nullptr) {
      v = make_float4(v.x + bias[j], v.y + bias[j + 1], v.z + bias[j + 2], v.w + bias[j + 3]);
    }
    return v;
  }
};

// NaN as the rest where the largest number is infinite, or none is greater than minus infinity.
LM4J_DEVICE Normalizer normalize(const Team &team, const Row &row, const Biased &z) {
  Normalizer own = {LOWEST, 0};
  row.visit(team, [&](long long j) { own.add(z.one(j)); },
            [&](long long j) { own.add(z.four(j)); });
  Normalizer all = combine(team, own, Merge{});
  if (!(all.max > LOWEST && all.max <= -LOWEST)) {
    all.rest = nanf("");
  }
  return all;
}

// y (rows, columns) = softmax of the rows of x; y may be x. Launch: ROWS.
//
// lengths: (rows), how many numbers of a row count; the rest of y becomes 0. A length that no row
//          can have makes a row of NaN. May be null: all count
extern "C" __global__ void lm4j_softmax(const float *x, const int *lengths, float *y,
                                        long long rows, long long columns) {
  const Team own = team(columns);
  for (long long i = own.first; i < rows; i += own.step) {
    const float *from = x + i * columns;
    float *to = y + i * columns;
    const long long length = lengths == nullptr ? columns : lengths[i];
    const bool known = length >= 0 && length <= columns;
    const long long counted = known ? length : 0;
    const Row row(from, counted);
    const Biased numbers = {from, nullptr};
    const Normalizer all = normalize(own, row, numbers);
    const float factor = 1 / all.sum();
    const auto f = [=](float value) { return expf(value - all.max) * factor; };
    row.visit(own, [=](long long j) { to[j] = f(from[j]); },
              [=](long long j) { put4(to, j, each(f, at4(from, j))); });
    const float rest = known ? 0 : nanf("");
#pragma unroll 1
    for (long long j = counted + own.rank; j < columns; j += own.size) {
      to[j] = rest;
    }
  }
}

// dx (rows, columns) = y (dy - sum y dy), the sum in double precision; dx may be dy. Launch: ROWS.
extern "C" __global__ void lm4j_softmax_backward(const float *y, const float *dy, float *dx,
                                                 long long rows, long long columns) {
  const Team own = team(columns);
  for (long long i = own.first; i < rows; i += own.step) {
    const float *p = y + i * columns;
    const float *from = dy + i * columns;
    float *to = dx + i * columns;
    const Row row(p, columns);
    double sum = 0;
    row.visit(own, [&](long long j) { sum += static_cast<double>(p[j]) * from[j]; },
              [&](long long j) {
                const float4 a = at4(p, j);
                const float4 d = any4(from, j);
                sum += (static_cast<double>(a.x) * d.x + static_cast<double>(a.y) * d.y) +
                       (static_cast<double>(a.z) * d.z + static_cast<double>(a.w) * d.w);
              });
    const float mean = static_cast<float>(combine(own, Sum{sum}, Add{}).value);
    const auto f = [=](float a, float d) { return a * (d - mean); };
    row.visit(own, [=](long long j) { to[j] = f(p[j], from[j]); },
              [=](long long j) { put4(to, j, each(f, at4(p, j), any4(from, j))); });
  }
}
