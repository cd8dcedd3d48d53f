// Losses, a row at a time, and their gradients. The cross-entropy of softmax, in nats:
//
//   loss = log sum exp(z) - z[target]          gradient = softmax(z) - onehot(target)
//
// and the multiclass hinge loss of Weston and Watkins, "Support vector machines for multi-class
// pattern recognition", ESANN 1999, where j goes over all classes but the target:
//
//   loss = sum max(0, 1 + s[j] - s[target])    gradient[j] = 1 where that is positive, else 0;
//                                              at the target, minus the sum of the others
#pragma once

#include "common.cuh"
#include "softmax.cuh"

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
    wait_for(own);
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
            put4(rounded, j, g);
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

// How many classes come within 1 of the target, and by how much in all.
struct Violations {
  double loss;
  long long count;

  LM4J_DEVICE Violations shuffled(int distance) const {
    return {__shfl_xor_sync(ALL_LANES, loss, distance),
            __shfl_xor_sync(ALL_LANES, count, distance)};
  }
};

struct AddViolations {
  LM4J_DEVICE Violations operator()(const Violations &a, const Violations &b) const {
    return {a.loss + b.loss, a.count + b.count};
  }
};

// Overwrites scores (rows, classes) with the gradient times a scale, zero in rows whose target is
// ignored, and loss (rows), 0 there. A target that is no class makes a loss of NaN. Launch: ROWS
// over (rows, classes).
//
// scalars: {scale of the gradient}
extern "C" __global__ void lm4j_hinge(float *scores, const int *targets, float *loss,
                                      long long rows, long long classes, int ignore,
                                      const double *scalars) {
  const float scale = static_cast<float>(scalars[0]);
  const Team own = team(classes);
  for (long long i = own.first; i < rows; i += own.step) {
    float *s = scores + i * classes;
    const Row row(s, classes);
    const int target = targets[i];
    const bool ignored = target == ignore;
    const double wanted = target >= 0 && target < classes ? s[target] : nanf("");
    // In double precision, since it is compared with 0; NaN counts as a violation, too.
    const auto margin = [=](float score, long long j) {
      const double m = 1 + (score - wanted);
      return ignored || j == target || m <= 0 ? 0 : m;
    };
    Violations mine = {0, 0};
    const auto add = [&](float score, long long j) {
      const double m = margin(score, j);
      mine.loss += m;
      mine.count += m != 0;
    };
    row.visit(own, [&](long long j) { add(s[j], j); },
              [&](long long j) {
                const float4 v = at4(s, j);
                add(v.x, j);
                add(v.y, j + 1);
                add(v.z, j + 2);
                add(v.w, j + 3);
              });
    const Violations all = combine(own, mine, AddViolations{});
    wait_for(own);  // all have read the target's score, which one of them overwrites
    if (own.rank == 0) {
      loss[i] = static_cast<float>(all.loss);
    }
    const float atTarget = ignored ? 0 : -static_cast<float>(all.count) * scale;
    const auto gradient = [=](float score, long long j) {
      return j == target ? atTarget : margin(score, j) != 0 ? scale : 0;
    };
    row.visit(own, [=](long long j) { s[j] = gradient(s[j], j); },
              [=](long long j) {
                const float4 v = at4(s, j);
                *reinterpret_cast<float4 *>(s + j) =
                    make_float4(gradient(v.x, j), gradient(v.y, j + 1), gradient(v.z, j + 2),
                                gradient(v.w, j + 3));
              });
  }
}
