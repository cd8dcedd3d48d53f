// The kernels of lm4j's CUDA backend, all in one module. How to launch them: README.md beside this.
#include "casts.cuh"
#include "dropout.cuh"
#include "elements.cuh"
#include "embedding.cuh"
#include "loss.cuh"
#include "reductions.cuh"
#include "updates.cuh"
