// The kernels by name.
#pragma once

#include <functional>
#include <string>
#include <vector>

struct Kernel {
  std::string name;
  std::vector<size_t> sizes;    // of the arguments, in bytes
  std::vector<bool> pointers;   // which of them are device addresses
  // A call of the kernel by one thread, with the arguments at these addresses.
  std::function<std::function<void()>(void **)> bind;
};

// Null if there is no such kernel.
const Kernel *find_kernel(const std::string &name);
