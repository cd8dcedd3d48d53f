// The optimizers, with the equations of org.lm4j.backend.reference.ReferenceUpdates. One pass over
// parameters, gradient and moments that also zeroes the gradient. Launch: LINEAR over n.
//
// gradientScale: (2) as lm4j_gradient_norm writes it, of which the second counts; null for 1
// copy:          (n) bfloat16, gets the new parameters too; null for none
#pragma once

#include "common.cuh"

// The addresses of a step's values. A rule with fewer moments leaves the rest null.
struct Buffers {
  float *w;
  float *g;
  float *m;
  float *v;
  const float *gradientScale;
  unsigned short *copy;
};

// Applies rule(w, g, m, v), all by reference, to each element.
template <int MOMENTS, class Rule>
LM4J_DEVICE void update(const Buffers &b, long long n, Rule rule) {
  const float gradientScale = b.gradientScale == nullptr ? 1 : b.gradientScale[1];
  const bool whole = aligned16(b.w) && aligned16(b.g) && (MOMENTS < 1 || aligned16(b.m)) &&
                     (MOMENTS < 2 || aligned16(b.v)) && (b.copy == nullptr || quads(b.copy));
  const float4 zero = make_float4(0, 0, 0, 0);
  const long long fours = whole ? n / 4 : 0;
  for (long long quad = thread_of_grid(); quad < fours; quad += threads_of_grid()) {
    float4 w = load4(b.w, quad);
    const float4 g = load4(b.g, quad);
    float4 m = MOMENTS < 1 ? zero : load4(b.m, quad);
    float4 v = MOMENTS < 2 ? zero : load4(b.v, quad);
    rule(w.x, g.x * gradientScale, m.x, v.x);
    rule(w.y, g.y * gradientScale, m.y, v.y);
    rule(w.z, g.z * gradientScale, m.z, v.z);
    rule(w.w, g.w * gradientScale, m.w, v.w);
    store4(b.w, quad, w);
    store4(b.g, quad, zero);
    if (MOMENTS >= 1) store4(b.m, quad, m);
    if (MOMENTS >= 2) store4(b.v, quad, v);
    if (b.copy != nullptr) store_quad(b.copy, quad, w);
  }
#pragma unroll 1
  for (long long i = 4 * fours + thread_of_grid(); i < n; i += threads_of_grid()) {
    float w = b.w[i];
    float m = MOMENTS < 1 ? 0 : b.m[i];
    float v = MOMENTS < 2 ? 0 : b.v[i];
    rule(w, b.g[i] * gradientScale, m, v);
    b.w[i] = w;
    b.g[i] = 0;
    if (MOMENTS >= 1) b.m[i] = m;
    if (MOMENTS >= 2) b.v[i] = v;
    if (b.copy != nullptr) store(b.copy, i, w);
  }
}

// m is null without momentum.  scalars: {learning rate, weight decay, momentum, 1 in step 1 else 0}
extern "C" __global__ void lm4j_update_sgd(float *w, float *g, float *m, const float *gradientScale,
                                           unsigned short *copy, long long n, int nesterov,
                                           const double *scalars) {
  const float rate = static_cast<float>(scalars[0]);
  const float decay = static_cast<float>(scalars[1]);
  const float momentum = static_cast<float>(scalars[2]);
  const bool first = scalars[3] != 0;
  const Buffers buffers = {w, g, m, nullptr, gradientScale, copy};
  if (m == nullptr) {
    update<0>(buffers, n, [=](float &w, float g, float &, float &) {
      w -= rate * (g + decay * w);
    });
  } else {
    update<1>(buffers, n, [=](float &w, float g, float &m, float &) {
      const float gradient = g + decay * w;
      m = first ? gradient : momentum * m + gradient;
      w -= rate * (nesterov ? momentum * m + gradient : m);
    });
  }
}

// scalars: {learning rate, weight decay, alpha, 1 - alpha, epsilon}
extern "C" __global__ void lm4j_update_rmsprop(float *w, float *g, float *v,
                                               const float *gradientScale, unsigned short *copy,
                                               long long n, const double *scalars) {
  const float rate = static_cast<float>(scalars[0]);
  const float decay = static_cast<float>(scalars[1]);
  const float alpha = static_cast<float>(scalars[2]);
  const float fresh = static_cast<float>(scalars[3]);
  const float epsilon = static_cast<float>(scalars[4]);
  update<1>({w, g, v, nullptr, gradientScale, copy}, n,
            [=](float &w, float g, float &v, float &) {
              const float gradient = g + decay * w;
              v = alpha * v + fresh * gradient * gradient;
              w -= rate * gradient / (sqrtf(v) + epsilon);
            });
}

// scalars: {learning rate, weight decay, epsilon}
extern "C" __global__ void lm4j_update_adagrad(float *w, float *g, float *v,
                                               const float *gradientScale, unsigned short *copy,
                                               long long n, const double *scalars) {
  const float rate = static_cast<float>(scalars[0]);
  const float decay = static_cast<float>(scalars[1]);
  const float epsilon = static_cast<float>(scalars[2]);
  update<1>({w, g, v, nullptr, gradientScale, copy}, n,
            [=](float &w, float g, float &v, float &) {
              const float gradient = g + decay * w;
              v += gradient * gradient;
              w -= rate * gradient / (sqrtf(v) + epsilon);
            });
}

// scalars: {rate: learning rate / (1 - beta1^t), decay: weight decay, 0 if decoupled,
//           keep: 1 - learning rate * weight decay if decoupled, else 1, beta1, 1 - beta1, beta2,
//           1 - beta2, 1 / sqrt(1 - beta2^t), epsilon}
extern "C" __global__ void lm4j_update_adam(float *w, float *g, float *m, float *v,
                                            const float *gradientScale, unsigned short *copy,
                                            long long n, const double *scalars) {
  const float rate = static_cast<float>(scalars[0]);
  const float decay = static_cast<float>(scalars[1]);
  const float keep = static_cast<float>(scalars[2]);
  const float beta1 = static_cast<float>(scalars[3]);
  const float fresh1 = static_cast<float>(scalars[4]);
  const float beta2 = static_cast<float>(scalars[5]);
  const float fresh2 = static_cast<float>(scalars[6]);
  const float rootCorrection = static_cast<float>(scalars[7]);
  const float epsilon = static_cast<float>(scalars[8]);
  update<2>({w, g, m, v, gradientScale, copy}, n, [=](float &w, float g, float &m, float &v) {
    const float gradient = g + decay * w;
    m = beta1 * m + fresh1 * gradient;
    v = beta2 * v + fresh2 * gradient * gradient;
    w = w * keep - rate * m / (sqrtf(v) * rootCorrection + epsilon);
  });
}

// The update of dynamic evaluation: m holds the trained weights, r the roots of the mean squares of
// the gradients in training; both stay as they are.  scalars: {learning rate, decay, epsilon}
extern "C" __global__ void lm4j_update_anchored(float *w, float *g, float *m, float *r,
                                                const float *gradientScale, unsigned short *copy,
                                                long long n, const double *scalars) {
  const float rate = static_cast<float>(scalars[0]);
  const float decay = static_cast<float>(scalars[1]);
  const float epsilon = static_cast<float>(scalars[2]);
  update<2>({w, g, m, r, gradientScale, copy}, n, [=](float &w, float g, float &m, float &r) {
    w += fminf(1.0f, decay * r) * (m - w) - rate * g / (r + epsilon);
  });
}
