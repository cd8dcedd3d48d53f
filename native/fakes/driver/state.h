// What the parts of the fake driver share. One lock guards all of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "fakes.h"

#define EXPORTED extern "C" __attribute__((visibility("default")))
#define API EXPORTED int

// The CUresult values that are used.
enum Status : int {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  INVALID_DEVICE = 101,
  INVALID_CONTEXT = 201,
  NO_BINARY_FOR_GPU = 209,
  INVALID_PTX = 218,
  UNSUPPORTED_PTX_VERSION = 222,
  INVALID_HANDLE = 400,
  ILLEGAL_STATE = 401,
  NOT_FOUND = 500,
  NOT_READY = 600,
  ILLEGAL_ADDRESS = 700,
  NOT_SUPPORTED = 801,
  CAPTURE_UNSUPPORTED = 900,
  CAPTURE_INVALIDATED = 901,
  CAPTURED_EVENT = 907,
  CAPTURE_WRONG_THREAD = 908,
};

using Work = std::shared_ptr<const std::function<void()>>;

Work work(std::function<void()> body);

struct Graph {
  std::vector<Work> nodes;
};

struct Stream {
  std::deque<Work> queue;
  std::unique_ptr<Graph> capture;  // while it captures
  bool invalidated = false;
  std::thread::id capturer;
};

struct Event {
  Stream *stream = nullptr;  // of the last record
  long long recorded = 0;
  long long done = 0;
  bool captured = false;
  double milliseconds = 0;  // when it was last done
};

struct DeviceAllocation {
  char *mapping;
  size_t mapped;
  char *base;
  size_t bytes;
};

struct Module {
  std::string ptx;
};

struct Function;

struct Driver {
  std::recursive_mutex lock;
  bool initialized = false;
  int retained = 0;
  int device = 0;  // whose context is retained
  int major = 8;
  int minor = 0;
  long long memory = 8ll << 30;
  std::string fault;

  std::map<uintptr_t, DeviceAllocation> allocations;
  std::map<uintptr_t, size_t> pinned;  // bytes by address
  std::map<void *, std::unique_ptr<Stream>> streams;  // null is the default stream
  std::map<void *, std::unique_ptr<Event>> events;
  std::map<void *, std::unique_ptr<Module>> modules;
  std::map<void *, std::unique_ptr<Function>> functions;
  std::map<void *, std::unique_ptr<Graph>> graphs;
  std::map<void *, std::shared_ptr<Graph>> executables;

  bool logging = false;
  std::string log;
  std::string failing;
  int skip = 0;
  int failure = 0;
  int spoiling = -1;  // library calls until one spoils a capture; below 0 none does
};

Driver &driver();

using Guard = std::lock_guard<std::recursive_mutex>;

// What a call needs of the world.
enum class Needs {
  NOTHING,  // but an order to fail is obeyed
  INIT,
  CONTEXT,  // current on this thread and alive
  QUIET,    // that, and no capture begun by this thread, which the call would spoil
};

// Obeys an order for this function; anything but 0 is to be returned.
int obey(const char *function);

// Checks what a call needs, logs it, and obeys an order to fail. Anything but 0 is to be returned.
int enter(const char *function, Needs needs);

// Adds to the line that enter has begun.
void detail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The stream of a handle; null if there is none.
Stream *find_stream(void *handle);

// Puts work on a stream, or into the graph it captures.
int put(Stream &stream, Work body);

// Does all that streams have to do.
void drain(Stream &stream);
void drain_all();

// Runs the first piece of a stream's work; false if there is none.
bool advance(Stream &stream);

// Permits or forbids access to device memory.
void open_memory(bool open);

bool is_live(const void *device, size_t bytes);
bool is_pinned(const void *host, size_t bytes);

// Marks all captures begun by this thread as spoilt.
void spoil_captures();
bool captures_here();

void free_all_memory();
