// Streams, events, capture and graphs.
#include <chrono>

#include "state.h"

namespace {

constexpr size_t LONGEST_QUEUE = 1 << 16;  // then a call waits, as the driver's does

double now() {
  using namespace std::chrono;
  return duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
}

bool is_complete(const Event &event) { return event.done >= event.recorded; }

int after_fault() { return driver().fault.empty() ? SUCCESS : ILLEGAL_ADDRESS; }

Event *find_event(void *handle) {
  const auto found = driver().events.find(handle);
  return found == driver().events.end() ? nullptr : found->second.get();
}

// Waits for work on a capturing stream, or asking about it, spoils the capture.
int refuse_capture(Stream &stream) {
  if (stream.capture == nullptr) return SUCCESS;
  stream.invalidated = true;
  return CAPTURE_UNSUPPORTED;
}

}  // namespace

Stream *find_stream(void *handle) {
  auto &streams = driver().streams;
  const auto found = streams.find(handle);
  if (found != streams.end()) return found->second.get();
  if (handle != nullptr) return nullptr;
  streams[nullptr] = std::make_unique<Stream>();
  return streams[nullptr].get();
}

bool captures_here() {
  for (const auto &entry : driver().streams) {
    const Stream &stream = *entry.second;
    if (stream.capture != nullptr && stream.capturer == std::this_thread::get_id()) return true;
  }
  return false;
}

void spoil_captures() {
  for (const auto &entry : driver().streams) {
    Stream &stream = *entry.second;
    if (stream.capture != nullptr && stream.capturer == std::this_thread::get_id()) {
      stream.invalidated = true;
    }
  }
}

int put(Stream &stream, Work body) {
  if (!driver().fault.empty()) return ILLEGAL_ADDRESS;
  if (stream.capture != nullptr) {
    if (stream.invalidated) return CAPTURE_INVALIDATED;
    stream.capture->nodes.push_back(std::move(body));
    return SUCCESS;
  }
  stream.queue.push_back(std::move(body));
  if (stream.queue.size() > LONGEST_QUEUE) drain(stream);
  return SUCCESS;
}

bool advance(Stream &stream) {
  if (stream.queue.empty()) return false;
  const Work first = stream.queue.front();
  stream.queue.pop_front();
  if (driver().fault.empty()) {  // a dead context does nothing more
    open_memory(true);
    (*first)();
    open_memory(false);
  }
  return true;
}

void drain(Stream &stream) {
  if (stream.queue.empty()) return;
  open_memory(true);
  while (advance(stream)) {
  }
  open_memory(false);
}

void drain_all() {
  for (const auto &entry : driver().streams) {
    drain(*entry.second);
  }
}

EXPORTED int fake_submit(void *stream, void (*fn)(void *data), const void *data, size_t bytes) {
  Guard guard(driver().lock);
  Stream *found = find_stream(stream);
  if (found == nullptr) return INVALID_HANDLE;
  if (found->capture != nullptr && driver().spoiling >= 0 && driver().spoiling-- == 0) {
    found->invalidated = true;
    return CAPTURE_INVALIDATED;
  }
  const char *from = static_cast<const char *>(data);
  auto copy = std::make_shared<std::vector<char>>(from, from + bytes);
  return put(*found, work([=]() {
               std::vector<char> own = *copy;  // fn may write to it, and a graph runs it again
               fn(own.data());
             }));
}

EXPORTED void fake_run(void *stream) {
  Guard guard(driver().lock);
  Stream *found = find_stream(stream);
  if (found != nullptr && found->capture == nullptr) drain(*found);
}

EXPORTED void fake_spoil_capture(int skip) {
  Guard guard(driver().lock);
  driver().spoiling = skip;
}

EXPORTED int fake_is_capturing(void *stream) {
  Guard guard(driver().lock);
  const Stream *found = find_stream(stream);
  return found != nullptr && found->capture != nullptr;
}

// --- Streams ------------------------------------------------------------------------------------

API cuStreamCreate(void **stream, unsigned flags) {
  Guard guard(driver().lock);
  if (int status = enter("cuStreamCreate", Needs::CONTEXT)) return status;
  if (stream == nullptr || flags > 1) return INVALID_VALUE;
  auto made = std::make_unique<Stream>();
  *stream = made.get();
  driver().streams[*stream] = std::move(made);
  return SUCCESS;
}

API cuStreamDestroy_v2(void *stream) {
  Guard guard(driver().lock);
  if (int status = enter("cuStreamDestroy_v2", Needs::CONTEXT)) return status;
  if (stream == nullptr || find_stream(stream) == nullptr) return INVALID_HANDLE;
  drain(*find_stream(stream));
  for (const auto &entry : driver().events) {
    if (entry.second->stream == find_stream(stream)) entry.second->stream = nullptr;
  }
  driver().streams.erase(stream);
  return SUCCESS;
}

API cuStreamSynchronize(void *stream) {
  Guard guard(driver().lock);
  if (int status = enter("cuStreamSynchronize", Needs::CONTEXT)) return status;
  Stream *found = find_stream(stream);
  if (found == nullptr) return INVALID_HANDLE;
  if (int status = refuse_capture(*found)) return status;
  drain(*found);
  return after_fault();
}

// Does one thing, so that a caller that polls until the stream is ready comes to an end.
API cuStreamQuery(void *stream) {
  Guard guard(driver().lock);
  if (int status = enter("cuStreamQuery", Needs::CONTEXT)) return status;
  Stream *found = find_stream(stream);
  if (found == nullptr) return INVALID_HANDLE;
  if (int status = refuse_capture(*found)) return status;
  if (advance(*found)) return NOT_READY;
  return after_fault();
}

API cuStreamWaitEvent(void *stream, void *event, unsigned flags) {
  Guard guard(driver().lock);
  if (int status = enter("cuStreamWaitEvent", Needs::CONTEXT)) return status;
  Stream *found = find_stream(stream);
  Event *other = find_event(event);
  if (found == nullptr || other == nullptr) return INVALID_HANDLE;
  if (flags != 0) return INVALID_VALUE;
  if (other->captured || found->capture != nullptr) return NOT_SUPPORTED;  // no forks in graphs
  if (other->stream != nullptr && other->stream != found) drain(*other->stream);
  return after_fault();
}

// --- Events -------------------------------------------------------------------------------------

API cuEventCreate(void **event, unsigned flags) {
  Guard guard(driver().lock);
  if (int status = enter("cuEventCreate", Needs::CONTEXT)) return status;
  if (event == nullptr || flags > 7) return INVALID_VALUE;
  auto made = std::make_unique<Event>();
  *event = made.get();
  driver().events[*event] = std::move(made);
  return SUCCESS;
}

API cuEventDestroy_v2(void *event) {
  Guard guard(driver().lock);
  if (int status = enter("cuEventDestroy_v2", Needs::CONTEXT)) return status;
  if (find_event(event) == nullptr) return INVALID_HANDLE;
  drain_all();  // the queues may refer to it
  driver().events.erase(event);
  return SUCCESS;
}

API cuEventRecord(void *event, void *stream) {
  Guard guard(driver().lock);
  if (int status = enter("cuEventRecord", Needs::CONTEXT)) return status;
  Event *found = find_event(event);
  Stream *on = find_stream(stream);
  if (found == nullptr || on == nullptr) return INVALID_HANDLE;
  found->captured = on->capture != nullptr;
  if (found->captured) return SUCCESS;
  found->stream = on;
  const long long number = ++found->recorded;
  return put(*on, work([=]() {
               found->done = number;
               found->milliseconds = now();
             }));
}

static int event_state(Event *event) {
  if (event == nullptr) return INVALID_HANDLE;
  if (event->captured) return CAPTURED_EVENT;
  return SUCCESS;
}

API cuEventSynchronize(void *event) {
  Guard guard(driver().lock);
  if (int status = enter("cuEventSynchronize", Needs::QUIET)) return status;
  Event *found = find_event(event);
  if (int status = event_state(found)) return status;
  while (!is_complete(*found) && found->stream != nullptr && advance(*found->stream)) {
  }
  return after_fault();
}

API cuEventQuery(void *event) {
  Guard guard(driver().lock);
  if (int status = enter("cuEventQuery", Needs::QUIET)) return status;
  Event *found = find_event(event);
  if (int status = event_state(found)) return status;
  if (is_complete(*found)) return after_fault();
  advance(*found->stream);  // so that a caller that polls comes to an end
  return NOT_READY;
}

API cuEventElapsedTime(float *milliseconds, void *start, void *end) {
  Guard guard(driver().lock);
  if (int status = enter("cuEventElapsedTime", Needs::CONTEXT)) return status;
  Event *from = find_event(start);
  Event *to = find_event(end);
  if (int status = event_state(from)) return status;
  if (int status = event_state(to)) return status;
  if (from->recorded == 0 || to->recorded == 0) return INVALID_HANDLE;
  if (!is_complete(*from) || !is_complete(*to)) return NOT_READY;
  *milliseconds = static_cast<float>(to->milliseconds - from->milliseconds);
  return SUCCESS;
}

// --- Capture and graphs -------------------------------------------------------------------------

API cuStreamBeginCapture_v2(void *stream, int mode) {
  Guard guard(driver().lock);
  if (int status = enter("cuStreamBeginCapture_v2", Needs::CONTEXT)) return status;
  Stream *found = find_stream(stream);
  if (found == nullptr) return INVALID_HANDLE;
  if (stream == nullptr) return CAPTURE_UNSUPPORTED;
  if (mode < 0 || mode > 2) return INVALID_VALUE;
  if (found->capture != nullptr) return ILLEGAL_STATE;
  found->capture = std::make_unique<Graph>();
  found->invalidated = false;
  found->capturer = std::this_thread::get_id();
  return SUCCESS;
}

API cuStreamEndCapture(void *stream, void **graph) {
  Guard guard(driver().lock);
  if (int status = enter("cuStreamEndCapture", Needs::CONTEXT)) return status;
  Stream *found = find_stream(stream);
  if (found == nullptr) return INVALID_HANDLE;
  if (graph == nullptr) return INVALID_VALUE;
  *graph = nullptr;
  if (found->capture == nullptr) return ILLEGAL_STATE;
  if (found->capturer != std::this_thread::get_id()) return CAPTURE_WRONG_THREAD;
  std::unique_ptr<Graph> captured = std::move(found->capture);
  if (found->invalidated) return CAPTURE_INVALIDATED;
  *graph = captured.get();
  driver().graphs[*graph] = std::move(captured);
  return SUCCESS;
}

API cuStreamIsCapturing(void *stream, int *state) {
  Guard guard(driver().lock);
  if (int status = enter("cuStreamIsCapturing", Needs::CONTEXT)) return status;
  const Stream *found = find_stream(stream);
  if (found == nullptr) return INVALID_HANDLE;
  *state = found->capture == nullptr ? 0 : found->invalidated ? 2 : 1;
  return SUCCESS;
}

API cuGraphGetNodes(void *graph, void **nodes, size_t *count) {
  Guard guard(driver().lock);
  if (int status = enter("cuGraphGetNodes", Needs::CONTEXT)) return status;
  const auto found = driver().graphs.find(graph);
  if (found == driver().graphs.end() || count == nullptr) return INVALID_VALUE;
  if (nodes != nullptr) return NOT_SUPPORTED;
  *count = found->second->nodes.size();
  return SUCCESS;
}

API cuGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long flags) {
  Guard guard(driver().lock);
  if (int status = enter("cuGraphInstantiateWithFlags", Needs::CONTEXT)) return status;
  const auto found = driver().graphs.find(graph);
  if (executable == nullptr || flags != 0 || found == driver().graphs.end()) return INVALID_VALUE;
  auto made = std::make_shared<Graph>(*found->second);
  *executable = made.get();
  driver().executables[*executable] = made;
  return SUCCESS;
}

API cuGraphLaunch(void *executable, void *stream) {
  Guard guard(driver().lock);
  if (int status = enter("cuGraphLaunch", Needs::CONTEXT)) return status;
  Stream *on = find_stream(stream);
  const auto found = driver().executables.find(executable);
  if (on == nullptr || found == driver().executables.end()) return INVALID_HANDLE;
  const std::shared_ptr<Graph> graph = found->second;
  return put(*on, work([=]() {
               for (const Work &node : graph->nodes) {
                 if (driver().fault.empty()) (*node)();
               }
             }));
}

API cuGraphUpload(void *executable, void *stream) {
  Guard guard(driver().lock);
  if (int status = enter("cuGraphUpload", Needs::CONTEXT)) return status;
  if (find_stream(stream) == nullptr || driver().executables.count(executable) == 0) {
    return INVALID_HANDLE;
  }
  return SUCCESS;
}

API cuGraphDestroy(void *graph) {
  Guard guard(driver().lock);
  if (int status = enter("cuGraphDestroy", Needs::CONTEXT)) return status;
  return driver().graphs.erase(graph) == 0 ? INVALID_VALUE : SUCCESS;
}

API cuGraphExecDestroy(void *executable) {
  Guard guard(driver().lock);
  if (int status = enter("cuGraphExecDestroy", Needs::CONTEXT)) return status;
  return driver().executables.erase(executable) == 0 ? INVALID_VALUE : SUCCESS;
}
