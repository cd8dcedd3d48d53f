// Runs the threads of blocks.
#pragma once

#include <functional>

constexpr unsigned WARP_SIZE = 32;
constexpr unsigned MAX_THREADS = 1024;

// Calls thread() for each thread of each block, with CUDA's built-in indices set. Returns null, or
// what went wrong: threads that wait for others which never come.
const char *run_grid(unsigned blocks, unsigned threads, const std::function<void()> &thread);
