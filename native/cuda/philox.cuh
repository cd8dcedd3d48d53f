// Philox4x32-10, the counter-based random generator of Salmon, Moraes, Dror and Shaw, "Parallel
// Random Numbers: As Easy as 1, 2, 3", SC 2011: bit for bit that of org.lm4j.compute.Philox.
#pragma once

#include "common.cuh"

struct Words {
  unsigned x, y, z, w;
};

LM4J_BOTH Words philox(Words c, unsigned key0, unsigned key1) {
  for (int round = 0; round < 10; round++) {
    const unsigned long long product0 = 0xD2511F53ull * c.x;
    const unsigned long long product1 = 0xCD9E8D57ull * c.z;
    c = {static_cast<unsigned>(product1 >> 32) ^ c.y ^ key0, static_cast<unsigned>(product1),
         static_cast<unsigned>(product0 >> 32) ^ c.w ^ key1, static_cast<unsigned>(product0)};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return c;
}

// The block that holds the draws for indices 4 * quad .. 4 * quad + 3 at a site of randomness.
LM4J_BOTH Words draws(unsigned long long seed, unsigned long long step, int site, long long quad) {
  const Words counter = {static_cast<unsigned>(quad),
                         static_cast<unsigned>(quad >> 32) | static_cast<unsigned>(site) << 8,
                         static_cast<unsigned>(step), static_cast<unsigned>(step >> 32)};
  return philox(counter, static_cast<unsigned>(seed), static_cast<unsigned>(seed >> 32));
}
