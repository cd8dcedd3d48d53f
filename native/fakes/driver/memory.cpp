// Device memory, pinned host memory, copies and settings.
#include <cstdlib>
#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

#include "state.h"

namespace {

constexpr size_t ALIGNMENT = 256;       // of every allocation, as on a GPU
constexpr unsigned char SLACK = 0xA5;   // between the end asked for and the aligned end

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

constexpr size_t ADDRESSES = 1ull << 40;  // more than can be allocated

int opened = 0;  // how deep

size_t page() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

// A file without content: an access to a mapping of it is SIGBUS, whatever its protection.
int nothing() {
  static const int file = memfd_create("nothing", MFD_CLOEXEC);
  return file;
}

// All device memory lies in one range of addresses, so that one call permits or forbids access to all of it,
// however many allocations there are. The rest of the range, a page between any two of them at least, is a
// mapping of nothing(). Null if there is no such range.
char *addresses() {
  static void *const range =
      mmap(nullptr, ADDRESSES, PROT_NONE, MAP_SHARED | MAP_NORESERVE, nothing(), 0);
  return range == MAP_FAILED ? nullptr : static_cast<char *>(range);
}

// The first free place for so many bytes, with a page behind them; null if there is none.
char *find_place(size_t bytes) {
  char *at = addresses();
  if (at == nullptr) return nullptr;
  for (const auto &entry : driver().allocations) {
    const DeviceAllocation &a = entry.second;
    if (at + bytes + page() <= a.mapping) return at;
    at = a.mapping + a.mapped + page();
  }
  return at + bytes + page() <= addresses() + ADDRESSES ? at : nullptr;
}

void protect(const DeviceAllocation &a, int protection) { mprotect(a.mapping, a.mapped, protection); }

void unmap(const DeviceAllocation &a) {
  mmap(a.mapping, a.mapped, PROT_NONE, MAP_SHARED | MAP_NORESERVE | MAP_FIXED, nothing(),
       a.mapping - addresses());
}

size_t slack(const DeviceAllocation &a) { return round_up(a.bytes, ALIGNMENT) - a.bytes; }

// Whether nothing was written behind the end.
bool is_sound(const DeviceAllocation &a) {
  for (size_t i = 0; i < slack(a); i++) {
    if (static_cast<unsigned char>(a.base[a.bytes + i]) != SLACK) return false;
  }
  return true;
}

long long live_bytes() {
  long long bytes = 0;
  for (const auto &entry : driver().allocations) {
    bytes += static_cast<long long>(entry.second.bytes);
  }
  return bytes;
}

const DeviceAllocation *find(const void *device) {
  const uintptr_t address = reinterpret_cast<uintptr_t>(device);
  auto after = driver().allocations.upper_bound(address);
  if (after == driver().allocations.begin()) return nullptr;
  const DeviceAllocation &a = std::prev(after)->second;
  return address < reinterpret_cast<uintptr_t>(a.base) + a.bytes ? &a : nullptr;
}

bool allocate(void **device, size_t bytes) {
  const size_t whole = round_up(bytes, ALIGNMENT);
  const size_t mapped = round_up(whole, page());
  char *place = find_place(mapped);
  if (place == nullptr) return false;
  void *mapping = mmap(place, mapped, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  if (mapping == MAP_FAILED) return false;
  const DeviceAllocation a = {place, mapped, place + mapped - whole, bytes};
  std::memset(a.base, 0xFF, bytes);  // NaN
  std::memset(a.base + bytes, SLACK, slack(a));
  if (opened == 0) protect(a, PROT_NONE);
  driver().allocations[reinterpret_cast<uintptr_t>(a.base)] = a;
  *device = a.base;
  return true;
}

int free_device(void *device) {
  const auto found = driver().allocations.find(reinterpret_cast<uintptr_t>(device));
  if (found == driver().allocations.end()) return INVALID_VALUE;
  if (opened == 0) protect(found->second, PROT_READ);
  const bool sound = is_sound(found->second);
  unmap(found->second);
  driver().allocations.erase(found);
  if (!sound) {
    fake_fault("something was written behind the end of an allocation");
    return ILLEGAL_ADDRESS;
  }
  return SUCCESS;
}

int after_fault() { return driver().fault.empty() ? SUCCESS : ILLEGAL_ADDRESS; }

// Puts body on the stream of a handle, checking device memory again when its turn comes.
template <class Body>
int put_checked(void *stream, const void *device, size_t bytes, Body body) {
  return put(*find_stream(stream), work([=]() {
               if (is_live(device, bytes)) {
                 body();
               } else {
                 fake_fault("a copy to or from memory that was freed");
               }
             }));
}

// A pageable copy may not be captured.
int refuse_capture(void *stream) {
  if (find_stream(stream)->capture == nullptr) return SUCCESS;
  spoil_captures();
  return CAPTURE_UNSUPPORTED;
}

}  // namespace

void open_memory(bool open) {
  const bool change = open ? opened++ == 0 : --opened == 0;
  if (change && !driver().allocations.empty()) {
    const DeviceAllocation &last = driver().allocations.rbegin()->second;
    mprotect(addresses(), last.mapping + last.mapped - addresses(),
             open ? PROT_READ | PROT_WRITE : PROT_NONE);
  }
}

bool is_live(const void *device, size_t bytes) {
  return bytes == 0 || fake_memory(reinterpret_cast<uintptr_t>(device), bytes) != nullptr;
}

bool is_pinned(const void *host, size_t bytes) {
  const uintptr_t address = reinterpret_cast<uintptr_t>(host);
  auto after = driver().pinned.upper_bound(address);
  if (after == driver().pinned.begin()) return false;
  const auto &block = *std::prev(after);
  return address + bytes <= block.first + block.second;
}

void free_all_memory() {
  for (const auto &entry : driver().allocations) {
    unmap(entry.second);
  }
  driver().allocations.clear();
  for (const auto &entry : driver().pinned) {
    std::free(reinterpret_cast<void *>(entry.first));
  }
  driver().pinned.clear();
}

EXPORTED void *fake_memory(uint64_t device, size_t bytes) {
  Guard guard(driver().lock);
  void *address = reinterpret_cast<void *>(device);
  const DeviceAllocation *a = find(address);
  if (a == nullptr) return nullptr;
  return bytes <= static_cast<size_t>(a->base + a->bytes - static_cast<char *>(address)) ? address : nullptr;
}

EXPORTED long long fake_live_allocations(void) {
  Guard guard(driver().lock);
  return static_cast<long long>(driver().allocations.size());
}

EXPORTED long long fake_live_bytes(void) {
  Guard guard(driver().lock);
  return live_bytes();
}

// --- Allocation ---------------------------------------------------------------------------------

API cuMemAlloc_v2(void **device, size_t bytes) {
  Guard guard(driver().lock);
  if (int status = enter("cuMemAlloc_v2", Needs::QUIET)) return status;
  detail(" %zu", bytes);
  if (device == nullptr || bytes == 0) return INVALID_VALUE;
  if (static_cast<long long>(bytes) > driver().memory - live_bytes()) return OUT_OF_MEMORY;
  return allocate(device, bytes) ? SUCCESS : OUT_OF_MEMORY;
}

API cuMemFree_v2(void *device) {
  Guard guard(driver().lock);
  if (int status = enter("cuMemFree_v2", Needs::QUIET)) return status;
  if (device == nullptr) return SUCCESS;
  drain_all();
  return free_device(device);
}

API cuMemGetInfo_v2(size_t *free, size_t *total) {
  Guard guard(driver().lock);
  if (int status = enter("cuMemGetInfo_v2", Needs::CONTEXT)) return status;
  *total = static_cast<size_t>(driver().memory);
  *free = static_cast<size_t>(driver().memory - live_bytes());
  return SUCCESS;
}

API cuMemHostAlloc(void **host, size_t bytes, unsigned flags) {
  Guard guard(driver().lock);
  if (int status = enter("cuMemHostAlloc", Needs::QUIET)) return status;
  if (host == nullptr || bytes == 0 || flags > 7) return INVALID_VALUE;
  *host = std::aligned_alloc(4096, round_up(bytes, 4096));
  if (*host == nullptr) return OUT_OF_MEMORY;
  std::memset(*host, 0xFF, bytes);
  driver().pinned[reinterpret_cast<uintptr_t>(*host)] = bytes;
  return SUCCESS;
}

API cuMemFreeHost(void *host) {
  Guard guard(driver().lock);
  if (int status = enter("cuMemFreeHost", Needs::QUIET)) return status;
  drain_all();
  if (driver().pinned.erase(reinterpret_cast<uintptr_t>(host)) == 0) return INVALID_VALUE;
  std::free(host);
  return SUCCESS;
}

// --- Copies -------------------------------------------------------------------------------------

// From pinned memory the bytes are read when the copy's turn comes, from other memory now.
API cuMemcpyHtoDAsync_v2(void *device, const void *host, size_t bytes, void *stream) {
  Guard guard(driver().lock);
  if (int status = enter("cuMemcpyHtoDAsync_v2", Needs::CONTEXT)) return status;
  detail(" %zu", bytes);
  if (find_stream(stream) == nullptr) return INVALID_HANDLE;
  if (host == nullptr || !is_live(device, bytes)) return INVALID_VALUE;
  if (is_pinned(host, bytes)) {
    return put_checked(stream, device, bytes, [=]() { std::memcpy(device, host, bytes); });
  }
  if (int status = refuse_capture(stream)) return status;
  const char *from = static_cast<const char *>(host);
  auto copy = std::make_shared<std::vector<char>>(from, from + bytes);
  return put_checked(stream, device, bytes,
                     [=]() { std::memcpy(device, copy->data(), bytes); });
}

API cuMemcpyDtoHAsync_v2(void *host, const void *device, size_t bytes, void *stream) {
  Guard guard(driver().lock);
  if (int status = enter("cuMemcpyDtoHAsync_v2", Needs::CONTEXT)) return status;
  detail(" %zu", bytes);
  if (find_stream(stream) == nullptr) return INVALID_HANDLE;
  if (host == nullptr || !is_live(device, bytes)) return INVALID_VALUE;
  const auto copy = [=]() { std::memcpy(host, device, bytes); };
  if (is_pinned(host, bytes)) {
    return put_checked(stream, device, bytes, copy);
  }
  if (int status = refuse_capture(stream)) return status;
  if (int status = put_checked(stream, device, bytes, copy)) return status;
  drain(*find_stream(stream));
  return after_fault();
}

API cuMemcpyDtoDAsync_v2(void *to, const void *from, size_t bytes, void *stream) {
  Guard guard(driver().lock);
  if (int status = enter("cuMemcpyDtoDAsync_v2", Needs::CONTEXT)) return status;
  detail(" %zu", bytes);
  if (find_stream(stream) == nullptr) return INVALID_HANDLE;
  if (!is_live(to, bytes) || !is_live(from, bytes)) return INVALID_VALUE;
  return put_checked(stream, to, bytes, [=]() {
    if (is_live(from, bytes)) {
      std::memmove(to, from, bytes);
    } else {
      fake_fault("a copy from memory that was freed");
    }
  });
}

API cuMemsetD8Async(void *device, unsigned char value, size_t n, void *stream) {
  Guard guard(driver().lock);
  if (int status = enter("cuMemsetD8Async", Needs::CONTEXT)) return status;
  detail(" %zu", n);
  if (find_stream(stream) == nullptr) return INVALID_HANDLE;
  if (!is_live(device, n)) return INVALID_VALUE;
  return put_checked(stream, device, n, [=]() { std::memset(device, value, n); });
}

API cuMemsetD32Async(void *device, unsigned value, size_t n, void *stream) {
  Guard guard(driver().lock);
  if (int status = enter("cuMemsetD32Async", Needs::CONTEXT)) return status;
  detail(" %zu", n);
  if (find_stream(stream) == nullptr) return INVALID_HANDLE;
  if (reinterpret_cast<uintptr_t>(device) % 4 != 0 || !is_live(device, 4 * n)) {
    return INVALID_VALUE;
  }
  return put_checked(stream, device, 4 * n, [=]() {
    unsigned *words = static_cast<unsigned *>(device);
    for (size_t i = 0; i < n; i++) words[i] = value;
  });
}
