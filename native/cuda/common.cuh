// What all kernels share: how work is dealt to threads, and sums in a fixed order.
//
// Everything here is also compiled for the host, by g++ with native/fakes/device.h in place of
// CUDA's built-in names. So only these features of the device are used: one-dimensional grids and
// blocks, static shared memory, __syncthreads, __shfl_xor_sync and __ballot_sync by whole warps.
#pragma once

#define LM4J_BOTH __host__ __device__ __forceinline__
#define LM4J_DEVICE __device__ __forceinline__

constexpr int WARP = 32;
constexpr unsigned ALL_LANES = 0xffffffffu;
constexpr int MAX_WARPS = 32;        // of a block
constexpr long long NARROW = 1024;   // up to so many columns a warp takes a row, beyond it a block

// --- Four floats at a time ----------------------------------------------------------------------

LM4J_BOTH bool aligned16(const void *p) { return (reinterpret_cast<unsigned long long>(p) & 15) == 0; }

LM4J_BOTH float4 load4(const float *x, long long quad) {
  return reinterpret_cast<const float4 *>(x)[quad];
}

LM4J_BOTH void store4(float *x, long long quad, float4 value) {
  reinterpret_cast<float4 *>(x)[quad] = value;
}

template <class F, class... Quads>
LM4J_DEVICE float4 each(F f, Quads... v) {
  return make_float4(f(v.x...), f(v.y...), f(v.z...), f(v.w...));
}

// --- Elements -----------------------------------------------------------------------------------

// The place of this thread among all of the grid, and their number: the loops of all elementwise
// kernels go from one in steps of the other, so that any grid computes the same.
LM4J_DEVICE long long thread_of_grid() {
  return static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
}

LM4J_DEVICE long long threads_of_grid() { return static_cast<long long>(gridDim.x) * blockDim.x; }

// out[i] = f(in[i]...) for i < n; out may be one of the inputs.
template <class F, class... Ins>
LM4J_DEVICE void map(long long n, float *out, F f, const Ins *...in) {
  const long long first = thread_of_grid();
  const long long step = threads_of_grid();
  long long from = 0;
  if (aligned16(out) && (aligned16(in) && ... && true)) {
    from = n / 4 * 4;
    for (long long quad = first; quad < n / 4; quad += step) {
      store4(out, quad, each(f, load4(in, quad)...));
    }
  }
#pragma unroll 1
  for (long long i = from + first; i < n; i += step) {
    out[i] = f(in[i]...);
  }
}

// --- Rows ---------------------------------------------------------------------------------------

// The threads that take one row together: a warp where rows are narrow, else a block.
struct Team {
  int rank;         // of this thread in its team
  int size;         // threads
  long long first;  // row of this team
  long long step;   // teams in the grid
};

LM4J_DEVICE Team team(long long columns) {
  const int x = static_cast<int>(threadIdx.x);
  const int size = static_cast<int>(blockDim.x);
  if (columns > NARROW) {
    return {x, size, static_cast<long long>(blockIdx.x), static_cast<long long>(gridDim.x)};
  }
  const int warps = size / WARP;
  return {x % WARP, WARP, static_cast<long long>(blockIdx.x) * warps + x / WARP,
          static_cast<long long>(gridDim.x) * warps};
}

// Waits until all threads of a team are here, and makes what each has written visible to the others.
LM4J_DEVICE void wait_for(const Team &team) {
  if (team.size > WARP) {
    __syncthreads();
  } else {
    __syncwarp();
  }
}

// --- Sums in a fixed order ----------------------------------------------------------------------

// Combines the values of all threads of a warp by f, in a tree of fixed shape; all get the result,
// to the bit, since both partners of a pair put the lower lane's value first.
template <class T, class F>
LM4J_DEVICE T combine_warp(T value, F f) {
  for (int distance = WARP / 2; distance > 0; distance /= 2) {
    const T other = value.shuffled(distance);
    value = threadIdx.x & distance ? f(other, value) : f(value, other);
  }
  return value;
}

// The same for a team. A block's threads must all call it; nothing needs to be done between calls.
template <class T, class F>
LM4J_DEVICE T combine(const Team &team, T value, F f) {
  value = combine_warp(value, f);
  if (team.size == WARP) {
    return value;
  }
  __shared__ T ofWarps[MAX_WARPS];
  const int warps = team.size / WARP;
  if (team.rank % WARP == 0) {
    ofWarps[team.rank / WARP] = value;
  }
  __syncthreads();
  T all = ofWarps[0];
  for (int i = 1; i < warps; i++) {
    all = f(all, ofWarps[i]);
  }
  __syncthreads();  // the next call writes ofWarps
  return all;
}

// A sum in double precision, as combine wants it.
struct Sum {
  double value;
  LM4J_DEVICE Sum shuffled(int distance) const {
    return {__shfl_xor_sync(ALL_LANES, value, distance)};
  }
};

struct Add {
  LM4J_DEVICE Sum operator()(const Sum &a, const Sum &b) const { return {a.value + b.value}; }
};

// --- bfloat16 -----------------------------------------------------------------------------------

// The upper half of a float, rounded to nearest, ties to even; NaN stays NaN. One instruction where
// the GPU has it, else integer arithmetic; the two may differ in which NaN they give.
LM4J_BOTH unsigned short to_bf16(float x) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  unsigned short rounded;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(rounded) : "f"(x));
  return rounded;
#else
  const unsigned bits = __float_as_uint(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return static_cast<unsigned short>(bits >> 16 | 0x40);
  }
  return static_cast<unsigned short>((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
#endif
}

LM4J_BOTH float from_bf16(unsigned short x) {
  return __uint_as_float(static_cast<unsigned>(x) << 16);
}

// One element of either type.
LM4J_BOTH void store(float *x, long long i, float value) { x[i] = value; }
LM4J_BOTH void store(unsigned short *x, long long i, float value) { x[i] = to_bf16(value); }
LM4J_BOTH float load(const float *x, long long i) { return x[i]; }
LM4J_BOTH float load(const unsigned short *x, long long i) { return from_bf16(x[i]); }

// Four elements of either type, at 4 * quad; and whether they may be taken at once.
LM4J_BOTH bool quads(const float *x) { return aligned16(x); }
LM4J_BOTH bool quads(const unsigned short *x) {
  return (reinterpret_cast<unsigned long long>(x) & 7) == 0;
}
LM4J_BOTH void store_quad(float *x, long long quad, float4 v) { store4(x, quad, v); }
LM4J_BOTH void store_quad(unsigned short *x, long long quad, float4 v) {
  reinterpret_cast<ushort4 *>(x)[quad] =
      make_ushort4(to_bf16(v.x), to_bf16(v.y), to_bf16(v.z), to_bf16(v.w));
}
LM4J_BOTH float4 load_quad(const float *x, long long quad) { return load4(x, quad); }
LM4J_BOTH float4 load_quad(const unsigned short *x, long long quad) {
  const ushort4 v = reinterpret_cast<const ushort4 *>(x)[quad];
  return make_float4(from_bf16(v.x), from_bf16(v.y), from_bf16(v.z), from_bf16(v.w));
}
