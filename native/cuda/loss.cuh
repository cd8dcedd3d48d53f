// Softmax and its cross-entropy in nats, a row at a time:
//
//   loss = log sum exp(z) - z[target]          gradient = softmax(z) - onehot(target)
//
// The largest logit is found and the exponentials are summed in one pass over the row, as in
// Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018; a second pass, which
// the caches serve, writes the gradient.
#pragma once

#include "common.cuh"

constexpr float LOWEST = -3.402823466e38f;

// The largest of some logits, and the sum of exp(z - max) over the others of them: the largest
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

// One row of logits, and how much of it can be taken four at a time: rows of an odd length start
// at any multiple of 4 bytes, so up to three elements come before the first whole four.
struct Row {
  long long columns;
  long long head;   // elements before the first four
  long long fours;

  LM4J_DEVICE Row(const float *z, long long columns) : columns(columns) {
    const long long past = static_cast<long long>(reinterpret_cast<unsigned long long>(z) / 4 % 4);
    const long long wanted = (4 - past) % 4;
    head = wanted < columns ? wanted : columns;
    fours = (columns - head) / 4;
  }

  // Calls one(j) for single elements and four(j) for four from j on.
  template <class One, class Four>
  LM4J_DEVICE void visit(const Team &team, One one, Four four) const {
#pragma unroll 1
    for (long long j = team.rank; j < head; j += team.size) {
      one(j);
    }
    for (long long quad = team.rank; quad < fours; quad += team.size) {
      four(head + 4 * quad);
    }
#pragma unroll 1
    for (long long j = head + 4 * fours + team.rank; j < columns; j += team.size) {
      one(j);
    }
  }
};

LM4J_DEVICE float4 at4(const float *z, long long j) {
  return *reinterpret_cast<const float4 *>(z + j);
}

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

// NaN as the rest where the largest logit is infinite, or none is greater than minus infinity.
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

// The loss of a row; NaN where the target is no class.
LM4J_DEVICE float row_loss(const Normalizer &all, const Biased &z, int target, long long classes) {
  if (target < 0 || target >= classes) {
    return nanf("");
  }
  return log1pf(all.rest) - (z.one(target) - all.max);
}

// softmax - 1 at the target, without taking nearly equal numbers from each other.
LM4J_DEVICE float miss(const Normalizer &all, float z) {
  const float others = z == all.max ? all.rest : all.rest + (1 - expf(z - all.max));
  return -others / all.sum();
}

// Overwrites logits (rows, classes) with the gradient times a scale, zero in rows whose target is
// ignored, and loss (rows), 0 there. Launch: ROWS over (rows, classes).
//
// bias:    (classes) to be added to the logits first; may be null
// copy:    (rows, copyStride) bfloat16, gets the gradient too; may be null
// scalars: {scale of the gradient}
extern "C" __global__ void lm4j_softmax_cross_entropy(float *logits, const float *bias,
                                                      unsigned short *copy, const int *targets,
                                                      float *loss, long long rows,
                                                      long long classes, long long copyStride,
                                                      int ignore, const double *scalars) {
  const float scale = static_cast<float>(scalars[0]);
  const Team own = team(classes);
  for (long long i = own.first; i < rows; i += own.step) {
    float *z = logits + i * classes;
    unsigned short *rounded = copy == nullptr ? nullptr : copy + i * copyStride;
    const Row row(z, classes);
    const Biased biased = {z, bias};
    const int target = targets[i];
    const bool ignored = target == ignore;
    Normalizer all = {0, 0};
    if (!ignored) {  // the same for all of the team
      all = normalize(own, row, biased);
    }
    // Before the row is overwritten: normalize has let all threads see the same state of it, and
    // the barrier below keeps the others from running ahead.
    if (own.rank == 0) {
      loss[i] = ignored ? 0 : row_loss(all, biased, target, classes);
    }
    if (own.size > WARP) {
      __syncthreads();
    } else {
      __syncwarp();
    }
    const float factor = scale / all.sum();
    const auto gradient = [=](float value, long long j) {
      if (ignored) {
        return 0.0f;
      }
      return j == target ? miss(all, value) * scale : expf(value - all.max) * factor;
    };
    row.visit(
        own,
        [&](long long j) {
          const float g = gradient(biased.one(j), j);
          z[j] = g;
          if (rounded != nullptr) {
            store(rounded, j, g);
          }
        },
        [&](long long j) {
          const float4 v = biased.four(j);
          const float4 g = make_float4(gradient(v.x, j), gradient(v.y, j + 1),
                                       gradient(v.z, j + 2), gradient(v.w, j + 3));
          *reinterpret_cast<float4 *>(z + j) = g;
          if (rounded != nullptr) {
            if (quads(rounded + j)) {
              store_quad(rounded + j, 0, g);
            } else {
              store(rounded, j, g.x);
              store(rounded, j + 1, g.y);
              store(rounded, j + 2, g.z);
              store(rounded, j + 3, g.w);
            }
          }
        });
  }
}

// The losses alone; logits stay. Launch: ROWS over (rows, classes). bias may be null.
extern "C" __global__ void lm4j_cross_entropy(const float *logits, const float *bias,
                                              const int *targets, float *loss, long long rows,
                                              long long classes, int ignore) {
  const Team own = team(classes);
  for (long long i = own.first; i < rows; i += own.step) {
    const float *z = logits + i * classes;
    const Biased biased = {z, bias};
    const int target = targets[i];
    float value = 0;
    if (target != ignore) {
      const Normalizer all = normalize(own, Row(z, classes), biased);
      value = row_loss(all, biased, target, classes);
    }
    if (own.rank == 0) {
      loss[i] = value;
    }
  }
}
