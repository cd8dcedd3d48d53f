// Elementwise kernels. Launch: LINEAR over n.
#pragma once

#include "common.cuh"

// x = value.  scalars: {value}
extern "C" __global__ void lm4j_fill(float *x, long long n, const double *scalars) {
  const float value = static_cast<float>(scalars[0]);
  map(n, x, [=]() { return value; });
}

// y += alpha * x.  scalars: {alpha}
extern "C" __global__ void lm4j_axpy(const float *x, float *y, long long n, const double *scalars) {
  const float alpha = static_cast<float>(scalars[0]);
  map(n, y, [=](float a, float b) { return alpha * a + b; }, x, y);
}

// x = alpha * x.  scalars: {alpha}
extern "C" __global__ void lm4j_scale(float *x, long long n, const double *scalars) {
  const float alpha = static_cast<float>(scalars[0]);
  map(n, x, [=](float a) { return alpha * a; }, x);
}

// z = x * y; z may be x or y.
extern "C" __global__ void lm4j_multiply(const float *x, const float *y, float *z, long long n) {
  map(n, z, [](float a, float b) { return a * b; }, x, y);
}

// g = min(max(g, -limit), limit); NaN stays NaN.  scalars: {limit}
extern "C" __global__ void lm4j_clamp(float *g, long long n, const double *scalars) {
  const float limit = static_cast<float>(scalars[0]);
  map(n, g, [=](float a) { return a > limit ? limit : a < -limit ? -limit : a; }, g);
}

// The functions of org.lm4j.compute.Activation: 0 sigmoid, 1 tanh, 2 ReLU.
constexpr int SIGMOID = 0;
constexpr int TANH = 1;

// y = f(x); y may be x.
extern "C" __global__ void lm4j_activate(const float *x, float *y, long long n, int function) {
  if (function == SIGMOID) {
    map(n, y, [](float a) { return 1 / (1 + expf(-a)); }, x);
  } else if (function == TANH) {
    map(n, y, [](float a) { return tanhf(a); }, x);
  } else {
    map(n, y, [](float a) { return a < 0 ? 0 : a; }, x);  // NaN stays NaN
  }
}

// dx = dy * f', computed from y = f(x); dx may be dy.
extern "C" __global__ void lm4j_activate_backward(const float *y, const float *dy, float *dx,
                                                  long long n, int function) {
  if (function == SIGMOID) {
    map(n, dx, [](float a, float d) { return d * (a * (1 - a)); }, y, dy);
  } else if (function == TANH) {
    map(n, dx, [](float a, float d) { return d * (1 - a * a); }, y, dy);
  } else {
    map(n, dx, [](float a, float d) { return a > 0 ? d : 0; }, y, dy);
  }
}
