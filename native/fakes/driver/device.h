// CUDA's built-in names for g++, so that the kernels' own sources run on the host: threads of a
// block take turns on one host thread, and change over where the block or a warp meets.
#pragma once

#include <cmath>
#include <cstring>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __shared__ static  // one block runs at a time

struct Index {
  unsigned x;
};

extern Index threadIdx, blockIdx, blockDim, gridDim;

struct alignas(16) float4 {
  float x, y, z, w;
};

struct alignas(8) ushort4 {
  unsigned short x, y, z, w;
};

inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

inline ushort4 make_ushort4(unsigned short x, unsigned short y, unsigned short z,
                            unsigned short w) {
  return {x, y, z, w};
}

template <class To, class From>
To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

inline unsigned __float_as_uint(float x) { return bits_as<unsigned>(x); }
inline float __uint_as_float(unsigned x) { return bits_as<float>(x); }
inline double __longlong_as_double(long long x) { return bits_as<double>(x); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __ffs(int x) { return __builtin_ffs(x); }

// Waits until all threads of the block, or of the warp, have come to a meeting. Which call it is
// counts, too: threads that meet at different ones end in a fault, as they hang on a GPU.
enum class Meeting { NONE, BLOCK, WARP };
void meet(Meeting meeting);

// Where the threads of a block leave values for each other.
void leave(unsigned long long value);
unsigned long long left_by(unsigned thread);

inline void __syncthreads() { meet(Meeting::BLOCK); }
inline void __syncwarp() { meet(Meeting::WARP); }

inline int __syncthreads_or(int predicate) {
  leave(predicate != 0);
  meet(Meeting::BLOCK);
  int any = 0;
  for (unsigned i = 0; i < blockDim.x; i++) {
    any |= static_cast<int>(left_by(i));
  }
  meet(Meeting::BLOCK);
  return any;
}

inline unsigned __ballot_sync(unsigned, bool predicate) {
  leave(predicate);
  meet(Meeting::WARP);
  unsigned mask = 0;
  for (unsigned lane = 0; lane < 32; lane++) {
    mask |= static_cast<unsigned>(left_by(threadIdx.x / 32 * 32 + lane)) << lane;
  }
  meet(Meeting::WARP);
  return mask;
}

template <class T>
T __shfl_xor_sync(unsigned, T value, int distance) {
  static_assert(sizeof(T) <= 8);
  unsigned long long word = 0;
  std::memcpy(&word, &value, sizeof value);
  leave(word);
  meet(Meeting::WARP);
  word = left_by(threadIdx.x ^ static_cast<unsigned>(distance));
  meet(Meeting::WARP);
  std::memcpy(&value, &word, sizeof value);
  return value;
}
