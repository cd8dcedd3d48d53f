// Modules and launches. A module must be PTX text as nvcc writes it, and a function must be an
// entry in that text with the arguments that the kernel's source has.
#include "modules.h"

#include <cstdio>
#include <cstring>
#include <regex>

#include "block.h"

namespace {

constexpr int NEWEST_PTX = 90;  // version 9.0, of the driver that is stood in for
constexpr unsigned DEFAULT_SHARED_BYTES = 48 * 1024;

// The number of a directive, .version 7.0 or .target sm_75; -1 if it is not there.
int directive(const std::string &ptx, const char *pattern) {
  std::smatch match;
  const std::string head = ptx.substr(0, 2000);
  if (!std::regex_search(head, match, std::regex(pattern))) return -1;
  return std::stoi(match[1].str() + (match.size() > 2 ? match[2].str() : ""));
}

// The sizes of an entry's parameters, or nothing if there is no such entry.
bool parameters(const std::string &ptx, const std::string &name, std::vector<size_t> &sizes) {
  const std::string head = ".visible .entry " + name + "(";
  const size_t start = ptx.find(head);
  if (start == std::string::npos) return false;
  const size_t end = ptx.find(")\n", start);
  const std::string list = ptx.substr(start + head.size(), end - start - head.size());
  const std::regex parameter("\\.param \\.[usbf](8|16|32|64) ");
  for (std::sregex_iterator i(list.begin(), list.end(), parameter), last; i != last; ++i) {
    sizes.push_back(std::stoul((*i)[1].str()) / 8);
  }
  return true;
}

Function *find_function(void *handle) {
  const auto found = driver().functions.find(handle);
  return found == driver().functions.end() ? nullptr : found->second.get();
}

// Checks the device addresses among the arguments, then runs the grid.
void launch(const Kernel &kernel, unsigned blocks, unsigned threads,
            const std::vector<void *> &pointers, const std::function<void()> &thread) {
  char text[200];
  for (void *pointer : pointers) {
    if (pointer != nullptr && !is_live(pointer, 1)) {
      std::snprintf(text, sizeof text, "%s: %p lies in no live allocation", kernel.name.c_str(),
                    pointer);
      fake_fault(text);
      return;
    }
  }
  if (const char *fault = run_grid(blocks, threads, thread)) {
    std::snprintf(text, sizeof text, "%s: %s", kernel.name.c_str(), fault);
    fake_fault(text);
  }
}

}  // namespace

API cuModuleLoadData(void **module, const void *image) {
  Guard guard(driver().lock);
  if (int status = enter("cuModuleLoadData", Needs::QUIET)) return status;
  if (module == nullptr || image == nullptr) return INVALID_VALUE;
  if (std::memcmp(image, "\x7f" "ELF", 4) == 0) return NO_BINARY_FOR_GPU;  // of another GPU
  auto made = std::make_unique<Module>();
  made->ptx = static_cast<const char *>(image);
  const int version = directive(made->ptx, "\n\\.version (\\d+)\\.(\\d)");
  const int target = directive(made->ptx, "\n\\.target sm_(\\d+)");
  if (version < 0 || target < 0) return INVALID_PTX;
  if (version > NEWEST_PTX) return UNSUPPORTED_PTX_VERSION;
  if (target > driver().major * 10 + driver().minor) return NO_BINARY_FOR_GPU;
  *module = made.get();
  driver().modules[*module] = std::move(made);
  return SUCCESS;
}

API cuModuleUnload(void *module) {
  Guard guard(driver().lock);
  if (int status = enter("cuModuleUnload", Needs::QUIET)) return status;
  const auto found = driver().modules.find(module);
  if (found == driver().modules.end()) return INVALID_HANDLE;
  drain_all();
  auto &functions = driver().functions;
  for (auto i = functions.begin(); i != functions.end();) {
    i = i->second->module == found->second.get() ? functions.erase(i) : std::next(i);
  }
  driver().modules.erase(found);
  return SUCCESS;
}

API cuModuleGetFunction(void **function, void *module, const char *name) {
  Guard guard(driver().lock);
  if (int status = enter("cuModuleGetFunction", Needs::CONTEXT)) return status;
  detail(" %s", name);
  const auto found = driver().modules.find(module);
  if (found == driver().modules.end()) return INVALID_HANDLE;
  std::vector<size_t> sizes;
  const Kernel *kernel = find_kernel(name);
  if (!parameters(found->second->ptx, name, sizes) || kernel == nullptr) return NOT_FOUND;
  if (sizes != kernel->sizes) return INVALID_PTX;  // the text is older than the source
  auto made = std::make_unique<Function>(Function{kernel, found->second.get()});
  *function = made.get();
  driver().functions[*function] = std::move(made);
  return SUCCESS;
}

API cuModuleGetGlobal_v2(void **, size_t *, void *, const char *) {
  Guard guard(driver().lock);
  if (int status = enter("cuModuleGetGlobal_v2", Needs::CONTEXT)) return status;
  return NOT_FOUND;  // the kernels have no global variables
}

API cuFuncGetAttribute(int *value, int attribute, void *function) {
  Guard guard(driver().lock);
  if (int status = enter("cuFuncGetAttribute", Needs::CONTEXT)) return status;
  if (find_function(function) == nullptr) return INVALID_HANDLE;
  if (value == nullptr || attribute < 0 || attribute > 9) return INVALID_VALUE;
  *value = attribute == 0 ? static_cast<int>(MAX_THREADS) : 0;
  return SUCCESS;
}

API cuFuncSetAttribute(void *function, int attribute, int) {
  Guard guard(driver().lock);
  if (int status = enter("cuFuncSetAttribute", Needs::CONTEXT)) return status;
  if (find_function(function) == nullptr) return INVALID_HANDLE;
  return attribute == 8 || attribute == 9 ? SUCCESS : INVALID_VALUE;
}

API cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, void *function, int threads, size_t) {
  Guard guard(driver().lock);
  if (int status = enter("cuOccupancyMaxActiveBlocksPerMultiprocessor", Needs::CONTEXT)) {
    return status;
  }
  if (find_function(function) == nullptr) return INVALID_HANDLE;
  if (threads < 1 || threads > static_cast<int>(MAX_THREADS)) return INVALID_VALUE;
  *blocks = 2048 / threads;
  return SUCCESS;
}

API cuLaunchKernel(void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                   unsigned blockY, unsigned blockZ, unsigned sharedBytes, void *stream,
                   void **values, void **extra) {
  Guard guard(driver().lock);
  if (int status = enter("cuLaunchKernel", Needs::CONTEXT)) return status;
  const Function *found = find_function(function);
  Stream *on = find_stream(stream);
  if (found == nullptr || on == nullptr) return INVALID_HANDLE;
  const Kernel &kernel = *found->kernel;
  detail(" %s %u %u", kernel.name.c_str(), gridX, blockX);
  if (values == nullptr || extra != nullptr || gridX == 0 || gridX > 2147483647u ||
      gridY == 0 || gridZ == 0 || blockX == 0 || blockY == 0 || blockZ == 0 ||
      blockX > MAX_THREADS || sharedBytes > DEFAULT_SHARED_BYTES) {
    return INVALID_VALUE;
  }
  // The kernels know one dimension, and whole warps.
  if (gridY * gridZ * blockY * blockZ != 1 || blockX % WARP_SIZE != 0) return NOT_SUPPORTED;
  std::vector<void *> pointers;
  for (size_t i = 0; i < kernel.sizes.size(); i++) {
    if (values[i] == nullptr) return INVALID_VALUE;
    if (kernel.pointers[i]) pointers.push_back(*static_cast<void **>(values[i]));
  }
  return put(*on, work([=, thread = kernel.bind(values)]() {
               launch(kernel, gridX, blockX, pointers, thread);
             }));
}
