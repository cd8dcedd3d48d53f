// Rows of any length, four elements at a time where memory allows it.
#pragma once

#include "common.cuh"

// One row, and how much of it can be taken four at a time: rows of an odd length start at any
// multiple of 4 bytes, so up to three elements come before the first whole four.
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

// Four elements of a row that Row::visit does not cover, at any address.
LM4J_DEVICE float4 any4(const float *x, long long j) {
  return aligned16(x + j) ? at4(x, j) : make_float4(x[j], x[j + 1], x[j + 2], x[j + 3]);
}

// The same for results, of either type.
template <class T>
LM4J_DEVICE void put4(T *y, long long j, float4 v) {
  if (quads(y + j)) {
    store_quad(y + j, 0, v);
  } else {
    store(y, j, v.x);
    store(y, j + 1, v.y);
    store(y, j + 2, v.z);
    store(y, j + 3, v.w);
  }
}

// Copies columns: target[i][j] = source[i][j] for i < rows, j < columns; strides in elements.
// Launch: ROWS over (rows, columns).
extern "C" __global__ void lm4j_copy_columns(const float *source, float *target, long long rows,
                                             long long columns, long long sourceStride,
                                             long long targetStride) {
  const Team own = team(columns);
  for (long long i = own.first; i < rows; i += own.step) {
    const float *from = source + i * sourceStride;
    float *to = target + i * targetStride;
    Row(from, columns)
        .visit(own, [=](long long j) { to[j] = from[j]; },
               [=](long long j) { put4(to, j, at4(from, j)); });
  }
}

// Copies each sequence as far as it goes: target[t][b] = source[t][b], or source[lengths[b] - 1 - t][b]
// if reversed, for t < lengths[b]; 0 beyond and where the source has no such step. source is
// (sourceSteps, batch, columns), target (steps, batch, columns); a length may be any number.
// Launch: ROWS over (steps * batch, columns).
extern "C" __global__ void lm4j_copy_sequences(const float *source, const int *lengths,
                                               float *target, long long sourceSteps,
                                               long long steps, long long batch,
                                               long long columns, int reversed) {
  const Team own = team(columns);
  for (long long i = own.first; i < steps * batch; i += own.step) {
    const long long t = i / batch;
    const long long b = i % batch;
    const long long length = lengths[b];
    const long long step = reversed ? length - 1 - t : t;
    const bool there = t < length && step < sourceSteps;
    const float *from = source + ((there ? step : 0) * batch + b) * columns;
    float *to = target + i * columns;
    Row(to, columns)
        .visit(own, [=](long long j) { to[j] = there ? from[j] : 0; },
               [=](long long j) {
                 put4(to, j, there ? any4(from, j) : make_float4(0, 0, 0, 0));
               });
  }
}
