// The kernels' own sources, compiled for the host.
#include "device.h"

#include "kernels.cu"

#include <map>
#include <tuple>
#include <type_traits>

#include "kernels.h"

namespace {

template <class... Args, size_t... I>
std::function<void()> bound(void (*kernel)(Args...), void **values, std::index_sequence<I...>) {
  std::tuple<Args...> copies(*static_cast<Args *>(values[I])...);
  return [=]() { std::apply(kernel, copies); };
}

template <class... Args>
Kernel entry(const char *name, void (*kernel)(Args...)) {
  return {name, {sizeof(Args)...}, {std::is_pointer_v<Args>...}, [=](void **values) {
            return bound(kernel, values, std::index_sequence_for<Args...>());
          }};
}

const std::map<std::string, Kernel> &kernels() {
  static const std::map<std::string, Kernel> all = [] {
    std::map<std::string, Kernel> made;
#define ENTRY(name) made.emplace(#name, entry(#name, name));
#include "entries.inc"
#undef ENTRY
    return made;
  }();
  return all;
}

}  // namespace

const Kernel *find_kernel(const std::string &name) {
  const auto found = kernels().find(name);
  return found == kernels().end() ? nullptr : &found->second;
}
