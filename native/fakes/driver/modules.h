// A function of a loaded module.
#pragma once

#include "kernels.h"
#include "state.h"

struct Function {
  const Kernel *kernel;
  const Module *module;
};
