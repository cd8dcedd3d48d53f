/* Numbers as the GPU's libraries round them. */
#ifndef LM4J_NUMBERS_H
#define LM4J_NUMBERS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* To nearest, ties to even, dropping `bits` bits of the fraction; NaN stays NaN. */
static inline float rounded(float value, int bits) {
  if (isnan(value) || isinf(value)) {
    return value;
  }
  uint32_t word;
  memcpy(&word, &value, sizeof word);
  uint32_t half = ((uint32_t)1 << (bits - 1)) - 1 + (word >> bits & 1);
  word = (word + half) >> bits << bits;
  memcpy(&value, &word, sizeof word);
  return value;
}

/* What tensor cores take of a float in TF32: 10 bits of fraction. */
static inline float tf32(float value) { return rounded(value, 13); }

static inline float from_bf16(uint16_t stored) {
  uint32_t word = (uint32_t)stored << 16;
  float value;
  memcpy(&value, &word, sizeof value);
  return value;
}

static inline uint16_t to_bf16(float value) {
  uint32_t word;
  value = rounded(value, 16);
  memcpy(&word, &value, sizeof word);
  return isnan(value) ? 0x7fff : (uint16_t)(word >> 16);
}

/* Element of an array of floats, or of bf16. */
static inline float load(const void *array, size_t index, int bf16) {
  return bf16 ? from_bf16(((const uint16_t *)array)[index]) : ((const float *)array)[index];
}

static inline void store(void *array, size_t index, int bf16, float value) {
  if (bf16) {
    ((uint16_t *)array)[index] = to_bf16(value);
  } else {
    ((float *)array)[index] = value;
  }
}

#endif
