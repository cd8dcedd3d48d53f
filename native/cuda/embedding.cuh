// Rows of a table by id, and their gradient. An id outside the table makes a row of NaN, and no
// gradient: a mistake must show, and must not reach other memory.
#pragma once

#include "common.cuh"

template <class Out>
LM4J_DEVICE void embed(const float *table, const int *ids, Out *out, long long n, long long width,
                       long long vocabulary) {
  const Team own = team(width);
  const bool whole = width % 4 == 0 && aligned16(table) && quads(out);
  for (long long i = own.first; i < n; i += own.step) {
    const int id = ids[i];
    const bool known = id >= 0 && id < vocabulary;
    const float *from = table + (known ? id : 0) * width;
    Out *to = out + i * width;
    const auto row = [=](float x) { return known ? x : nanf(""); };
    const long long fours = whole ? width / 4 : 0;
    for (long long quad = own.rank; quad < fours; quad += own.size) {
      store_quad(to, quad, each(row, load4(from, quad)));
    }
#pragma unroll 1
    for (long long j = 4 * fours + own.rank; j < width; j += own.size) {
      store(to, j, row(from[j]));
    }
  }
}

// out (n, width) = table (vocabulary, width) at ids (n). Launch: ROWS over (n, width).
extern "C" __global__ void lm4j_embed(const float *table, const int *ids, float *out, long long n,
                                      long long width, long long vocabulary) {
  embed(table, ids, out, n, width, vocabulary);
}

// The same, rounded to bfloat16.
extern "C" __global__ void lm4j_embed_bf16(const float *table, const int *ids, unsigned short *out,
                                           long long n, long long width, long long vocabulary) {
  embed(table, ids, out, n, width, vocabulary);
}

constexpr int CHUNK = 256;  // ids looked at together, and threads of a block
constexpr int CHUNK_WARPS = CHUNK / WARP;
constexpr int TOGETHER = 8;  // rows read before the first of them is added

// dTable[ids[i]] += dOut[i] in ascending i. A block takes a place i and 256 columns; it works only
// if i is the first place of its id, and then adds the rows of all places of that id in order. The
// search costs reads of ids that lie in cache. Rows are read several at a time, since a frequent id of
// a small vocabulary has hundreds of places, and each read takes the time of hundreds of additions.
template <class In>
LM4J_DEVICE void embed_backward(const In *dOut, const int *ids, float *dTable, long long n,
                                long long width, long long vocabulary) {
  __shared__ unsigned found[CHUNK_WARPS];
  __shared__ int places[CHUNK];  // of the id in this chunk, ascending
  const int x = static_cast<int>(threadIdx.x);
  const long long tiles = (width + CHUNK - 1) / CHUNK;
  for (long long item = blockIdx.x; item < n * tiles; item += gridDim.x) {
    const long long place = item / tiles;
    const long long column = item % tiles * CHUNK + x;
    const int id = ids[place];
    if (id < 0 || id >= vocabulary) {
      continue;
    }
    int earlier = 0;
    for (long long i = x; i < place; i += CHUNK) {
      earlier |= ids[i] == id;
    }
    if (__syncthreads_or(earlier)) {
      continue;
    }
    float *target = dTable + id * width + column;
    float sum = column < width ? *target : 0;
    for (long long base = place; base < n; base += CHUNK) {
      const bool here = base + x < n && ids[base + x] == id;
      const unsigned mask = __ballot_sync(ALL_LANES, here);
      if (x % WARP == 0) {
        found[x / WARP] = mask;
      }
      __syncthreads();
      int before = __popc(mask & ((1u << x % WARP) - 1));
      int count = 0;
      for (int warp = 0; warp < CHUNK_WARPS; warp++) {
        before += warp < x / WARP ? __popc(found[warp]) : 0;
        count += __popc(found[warp]);
      }
      if (here) {
        places[before] = x;
      }
      __syncthreads();
      for (int first = 0; column < width && first < count; first += TOGETHER) {
        float rows[TOGETHER];
#pragma unroll
        for (int k = 0; k < TOGETHER; k++) {
          const long long i = base + places[first + k < count ? first + k : first];
          rows[k] = load(dOut, i * width + column);
        }
#pragma unroll
        for (int k = 0; k < TOGETHER; k++) {
          sum = first + k < count ? sum + rows[k] : sum;
        }
      }
      __syncthreads();  // the next chunk writes found and places
    }
    if (column < width) {
      *target = sum;
    }
  }
}

// dTable (vocabulary, width), ids (n), dOut (n, width). Launch: PLACES over (n, width), 256 threads.
extern "C" __global__ void lm4j_embed_backward(const float *dOut, const int *ids, float *dTable,
                                               long long n, long long width,
                                               long long vocabulary) {
  embed_backward(dOut, ids, dTable, n, width, vocabulary);
}

// The same from a gradient in bfloat16.
extern "C" __global__ void lm4j_embed_backward_bf16(const unsigned short *dOut, const int *ids,
                                                    float *dTable, long long n, long long width,
                                                    long long vocabulary) {
  embed_backward(dOut, ids, dTable, n, width, vocabulary);
}
