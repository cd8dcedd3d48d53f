// The library, the device and its context; the log; orders to fail.
#include <cstdarg>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

#include "modules.h"
#include "state.h"

Driver &driver() {
  static Driver *one = new Driver;  // never destroyed: calls may come at exit
  return *one;
}

static thread_local bool current = false;  // whether the context is, on this thread

Work work(std::function<void()> body) {
  return std::make_shared<const std::function<void()>>(std::move(body));
}

static void append(const char *format, va_list arguments) {
  char text[512];
  std::vsnprintf(text, sizeof text, format, arguments);
  driver().log += text;
}

// What the environment variable FAKE_ORDER says: function:action, or function:action:skip.
struct Order {
  std::string function, action;
  int skip = 0;

  Order() {
    const char *text = std::getenv("FAKE_ORDER");
    const std::string all = text == nullptr ? "" : text;
    const size_t first = all.find(':');
    if (first == std::string::npos) return;
    const size_t second = all.find(':', first + 1);
    function = all.substr(0, first);
    action = all.substr(first + 1, second - first - 1);
    if (second != std::string::npos) skip = std::atoi(all.c_str() + second + 1);
  }
};

// From the call on that the order names, each one does the same.
static int obey_environment(const char *function) {
  static Order order;
  if (order.function != function || order.skip-- > 0) return SUCCESS;
  order.skip = 0;
  if (order.action == "hang") {
    for (;;) pause();
  }
  if (order.action == "kill") std::raise(SIGKILL);
  if (order.action == "crash") {
    static volatile int *nowhere = nullptr;
    *nowhere = 1;
  }
  if (order.action == "exit") std::_Exit(3);
  return std::atoi(order.action.c_str());
}

int obey(const char *function) {
  Driver &d = driver();
  if (int status = obey_environment(function)) return status;
  if (d.failing != function) return SUCCESS;
  const bool last = d.skip == 0 || d.skip == -1;
  const bool fails = d.skip <= 0;
  d.skip += d.skip < 0 ? 1 : -1;
  if (fails && last) d.failing.clear();
  return fails ? d.failure : SUCCESS;
}

EXPORTED int fake_order(const char *function) {
  Guard guard(driver().lock);
  return obey(function);
}

int enter(const char *function, Needs needs) {
  Driver &d = driver();
  if (d.logging) {
    d.log += std::string("\n") + function;
  }
  if (int status = obey(function)) return status;
  if (needs == Needs::NOTHING) {
    return SUCCESS;
  }
  if (!d.initialized) {
    return NOT_INITIALIZED;
  }
  if (needs == Needs::INIT) {
    return SUCCESS;
  }
  if (!current || d.retained == 0) {
    return INVALID_CONTEXT;
  }
  if (!d.fault.empty()) {
    return ILLEGAL_ADDRESS;
  }
  if (needs == Needs::QUIET && captures_here()) {
    spoil_captures();
    return CAPTURE_UNSUPPORTED;
  }
  return SUCCESS;
}

void detail(const char *format, ...) {
  if (driver().logging) {
    va_list arguments;
    va_start(arguments, format);
    append(format, arguments);
    va_end(arguments);
  }
}

// --- The library --------------------------------------------------------------------------------

API cuInit(unsigned flags) {
  Guard guard(driver().lock);
  if (int status = enter("cuInit", Needs::NOTHING)) return status;
  if (flags != 0) return INVALID_VALUE;
  driver().initialized = true;
  return SUCCESS;
}

API cuDriverGetVersion(int *version) {
  Guard guard(driver().lock);
  if (int status = obey("cuDriverGetVersion")) return status;
  *version = 13000;
  return SUCCESS;
}

struct StatusName {
  int status;
  const char *name;
  const char *text;
};

static const StatusName NAMES[] = {
    {SUCCESS, "CUDA_SUCCESS", "no error"},
    {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {34, "CUDA_ERROR_STUB_LIBRARY", "CUDA driver is a stub library"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {NO_BINARY_FOR_GPU, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {INVALID_PTX, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {221, "CUDA_ERROR_JIT_COMPILER_NOT_FOUND", "PTX JIT compiler library not found"},
    {UNSUPPORTED_PTX_VERSION, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     "the provided PTX was compiled with an unsupported toolchain."},
    {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {ILLEGAL_STATE, "CUDA_ERROR_ILLEGAL_STATE",
     "the operation cannot be performed in the present state"},
    {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {802, "CUDA_ERROR_SYSTEM_NOT_READY", "system not yet initialized"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver"
     " combination"},
    {804, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE",
     "forward compatibility was attempted on non supported HW"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
    {CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
     "operation not permitted when stream is capturing"},
    {CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
     "operation failed due to a previous error during capture"},
    {906, "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT",
     "operation would make the legacy stream depend on a capturing blocking stream"},
    {CAPTURED_EVENT, "CUDA_ERROR_CAPTURED_EVENT",
     "operation not permitted on an event last recorded in a capturing stream"},
    {CAPTURE_WRONG_THREAD, "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD",
     "attempt to terminate a thread-local capture sequence from another thread"},
};

static const StatusName *named(int status) {
  for (const StatusName &name : NAMES) {
    if (name.status == status) return &name;
  }
  return nullptr;
}

API cuGetErrorName(int status, const char **text) {
  const StatusName *name = named(status);
  *text = name == nullptr ? nullptr : name->name;
  return name == nullptr ? INVALID_VALUE : SUCCESS;
}

API cuGetErrorString(int status, const char **text) {
  const StatusName *name = named(status);
  *text = name == nullptr ? nullptr : name->text;
  return name == nullptr ? INVALID_VALUE : SUCCESS;
}

// --- The device ---------------------------------------------------------------------------------

// As many GPUs as the environment variable FAKE_DEVICES says, one without it; a process uses one.
static int devices() {
  const char *text = std::getenv("FAKE_DEVICES");
  return text == nullptr ? 1 : std::atoi(text);
}

static bool is_device(int device) { return device >= 0 && device < devices(); }

API cuDeviceGetCount(int *count) {
  Guard guard(driver().lock);
  if (int status = enter("cuDeviceGetCount", Needs::INIT)) return status;
  *count = devices();
  return SUCCESS;
}

API cuDeviceGet(int *device, int ordinal) {
  Guard guard(driver().lock);
  if (int status = enter("cuDeviceGet", Needs::INIT)) return status;
  if (!is_device(ordinal)) return INVALID_DEVICE;
  *device = ordinal;
  return SUCCESS;
}

API cuDeviceGetName(char *name, int length, int device) {
  Guard guard(driver().lock);
  if (int status = obey("cuDeviceGetName")) return status;
  if (!driver().initialized) return NOT_INITIALIZED;
  if (!is_device(device)) return INVALID_DEVICE;
  std::snprintf(name, static_cast<size_t>(length), "Fake device");
  return SUCCESS;
}

API cuDeviceGetPCIBusId(char *text, int length, int device) {
  Guard guard(driver().lock);
  if (int status = obey("cuDeviceGetPCIBusId")) return status;
  if (!driver().initialized) return NOT_INITIALIZED;
  if (!is_device(device)) return INVALID_DEVICE;
  if (text == nullptr || length < 13) return INVALID_VALUE;
  std::snprintf(text, static_cast<size_t>(length), "0000:%02X:00.0", device + 1);
  return SUCCESS;
}

API cuDeviceGetAttribute(int *value, int attribute, int device) {
  Guard guard(driver().lock);
  if (int status = obey("cuDeviceGetAttribute")) return status;
  if (!driver().initialized) return NOT_INITIALIZED;
  if (!is_device(device)) return INVALID_DEVICE;
  const std::map<int, int> values = {
      {1, 1024},  {2, 1024},   {3, 1024},   {4, 64},    {5, 2147483647}, {6, 65535},
      {7, 65535}, {8, 49152},  {10, 32},    {12, 65536}, {13, 1000000},  {16, 2},
      {36, 1000000}, {37, 64}, {38, 1 << 20}, {39, 2048}, {75, driver().major},
      {76, driver().minor}, {81, 102400}, {95, 1}, {97, 101376}, {115, 1}};
  const auto found = values.find(attribute);
  if (found == values.end()) return INVALID_VALUE;
  *value = found->second;
  return SUCCESS;
}

API cuDeviceTotalMem_v2(size_t *bytes, int device) {
  Guard guard(driver().lock);
  if (int status = obey("cuDeviceTotalMem_v2")) return status;
  if (!driver().initialized) return NOT_INITIALIZED;
  if (!is_device(device)) return INVALID_DEVICE;
  *bytes = static_cast<size_t>(driver().memory);
  return SUCCESS;
}

// --- The context --------------------------------------------------------------------------------

static void *context_handle() { return &driver().retained; }

API cuDevicePrimaryCtxRetain(void **context, int device) {
  Guard guard(driver().lock);
  if (int status = enter("cuDevicePrimaryCtxRetain", Needs::INIT)) return status;
  if (!is_device(device)) return INVALID_DEVICE;
  driver().retained++;
  driver().device = device;
  *context = context_handle();
  return SUCCESS;
}

API cuDevicePrimaryCtxRelease_v2(int device) {
  Guard guard(driver().lock);
  if (int status = enter("cuDevicePrimaryCtxRelease_v2", Needs::INIT)) return status;
  if (!is_device(device)) return INVALID_DEVICE;
  if (driver().retained == 0) return INVALID_CONTEXT;
  if (--driver().retained == 0) {
    driver().fault.clear();  // a new context is sound
  }
  return SUCCESS;
}

API cuCtxSetCurrent(void *context) {
  Guard guard(driver().lock);
  if (int status = enter("cuCtxSetCurrent", Needs::INIT)) return status;
  if (context != nullptr && (context != context_handle() || driver().retained == 0)) {
    return INVALID_CONTEXT;
  }
  current = context != nullptr;
  return SUCCESS;
}

API cuCtxSynchronize(void) {
  Guard guard(driver().lock);
  if (int status = enter("cuCtxSynchronize", Needs::QUIET)) return status;
  drain_all();
  return driver().fault.empty() ? SUCCESS : ILLEGAL_ADDRESS;
}

// --- For the other fakes and for tests ------------------------------------------------------

EXPORTED void fake_fault(const char *what) {
  Guard guard(driver().lock);
  if (driver().fault.empty()) {
    driver().fault = what;
  }
}

EXPORTED int fake_device(void) {
  Guard guard(driver().lock);
  return current && driver().retained > 0 ? driver().device : -1;
}

EXPORTED const char *fake_fault_text(void) { return driver().fault.c_str(); }

EXPORTED void fake_note(const char *format, ...) {
  Guard guard(driver().lock);
  if (driver().logging) {
    driver().log += "\n";
    va_list arguments;
    va_start(arguments, format);
    append(format, arguments);
    va_end(arguments);
  }
}

EXPORTED const char *fake_log(void) {
  Guard guard(driver().lock);
  const std::string &log = driver().log;
  return log.c_str() + (log.empty() ? 0 : 1);  // each line begins with a line feed
}

EXPORTED void fake_log_clear(void) {
  Guard guard(driver().lock);
  driver().logging = true;
  driver().log.clear();
}

EXPORTED void fake_set_memory(long long bytes) {
  Guard guard(driver().lock);
  driver().memory = bytes;
}

EXPORTED void fake_set_capability(int major, int minor) {
  Guard guard(driver().lock);
  driver().major = major;
  driver().minor = minor;
}

EXPORTED void fake_fail(const char *function, int skip, int status) {
  Guard guard(driver().lock);
  driver().failing = function == nullptr ? "" : function;
  driver().skip = skip;
  driver().failure = status;
}

EXPORTED long long fake_live_objects(void) {
  Guard guard(driver().lock);
  const Driver &d = driver();
  const bool defaulted = d.streams.count(nullptr) != 0;
  return static_cast<long long>(d.pinned.size() + d.streams.size() - (defaulted ? 1 : 0) +
                                d.events.size() + d.modules.size() + d.graphs.size() +
                                d.executables.size());
}

EXPORTED void fake_reset(void) {
  Guard guard(driver().lock);
  Driver &d = driver();
  d.streams.clear();
  d.events.clear();
  d.functions.clear();
  d.modules.clear();
  d.graphs.clear();
  d.executables.clear();
  free_all_memory();
  d.retained = 0;
  d.initialized = false;
  d.major = 8;
  d.minor = 0;
  d.memory = 8ll << 30;
  d.fault.clear();
  d.logging = false;
  d.log.clear();
  d.failing.clear();
  d.spoiling = -1;
}
