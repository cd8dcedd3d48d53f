// The threads of a block as fibers of one host thread. A fiber runs one thread of the block after
// the other; only when one must wait for others does the next fiber start. So a kernel that never
// waits is a plain loop.
//
// Fibers are made by ucontext and change over by setjmp and longjmp, which save no signal mask and
// so make no system call.
#include "block.h"

#include <algorithm>
#include <csetjmp>
#include <memory>
#include <vector>

#include <ucontext.h>

#include "device.h"

Index threadIdx, blockIdx, blockDim, gridDim;

namespace {

constexpr size_t STACK_BYTES = 64 * 1024;

struct Fiber {
  std::unique_ptr<char[]> stack{new char[STACK_BYTES]};
  ucontext_t context;
  jmp_buf state;
  unsigned thread = 0;
  Meeting waits = Meeting::NONE;
};

struct Block {
  std::vector<std::unique_ptr<Fiber>> fibers;
  const std::function<void()> *kernel = nullptr;
  unsigned threads = 0;
  unsigned started = 0;
  unsigned ended = 0;
  size_t used = 0;  // fibers of this block
  Fiber *current = nullptr;
  jmp_buf scheduler;
  Fiber *holders[MAX_THREADS];  // of threads that have waited and not ended, else null
  unsigned long long left[MAX_THREADS];
};

Block block;

void body() {
  if (_setjmp(block.current->state) == 0) {
    _longjmp(block.scheduler, 1);  // ready
  }
  for (;;) {
    while (block.started < block.threads) {
      Fiber *own = block.current;
      own->thread = block.started++;
      threadIdx.x = own->thread;
      (*block.kernel)();
      block.holders[own->thread] = nullptr;
      block.ended++;
    }
    Fiber *own = block.current;
    own->waits = Meeting::NONE;
    if (_setjmp(own->state) == 0) {
      _longjmp(block.scheduler, 1);  // no thread left to start
    }
  }
}

Fiber *make_fiber() {
  auto fiber = std::make_unique<Fiber>();
  Fiber *made = fiber.get();
  block.fibers.push_back(std::move(fiber));
  getcontext(&made->context);
  made->context.uc_stack.ss_sp = made->stack.get();
  made->context.uc_stack.ss_size = STACK_BYTES;
  made->context.uc_link = nullptr;
  makecontext(&made->context, body, 0);
  block.current = made;
  if (_setjmp(block.scheduler) == 0) {
    setcontext(&made->context);
  }
  return made;
}

void resume(Fiber *fiber) {
  block.current = fiber;
  threadIdx.x = fiber->thread;
  if (_setjmp(block.scheduler) == 0) {
    _longjmp(fiber->state, 1);
  }
}

// Resumes threads [from, to) if all of them wait at a barrier of this kind.
bool released(unsigned from, unsigned to, Meeting meeting) {
  for (unsigned i = from; i < to; i++) {
    if (block.holders[i] == nullptr || block.holders[i]->waits != meeting) {
      return false;
    }
  }
  for (unsigned i = from; i < to; i++) {
    block.holders[i]->waits = Meeting::NONE;
  }
  for (unsigned i = from; i < to; i++) {
    resume(block.holders[i]);
  }
  return true;
}

// Runs what waits to its end. A warp that has ended whole is missed by no one but the block.
const char *finish_waiting() {
  while (block.ended < block.threads) {
    bool moved = false;
    for (unsigned warp = 0; warp < block.threads; warp += WARP_SIZE) {
      while (released(warp, warp + WARP_SIZE, Meeting::WARP)) {
        moved = true;
      }
    }
    if (!released(0, block.threads, Meeting::BLOCK) && !moved) {
      return "threads wait for others that have ended or wait elsewhere";
    }
  }
  return nullptr;
}

}  // namespace

void meet(Meeting meeting) {
  Fiber *own = block.current;
  own->waits = meeting;
  block.holders[own->thread] = own;
  if (_setjmp(own->state) == 0) {
    _longjmp(block.scheduler, 1);
  }
}

void leave(unsigned long long value) { block.left[threadIdx.x] = value; }

unsigned long long left_by(unsigned thread) { return block.left[thread]; }

const char *run_grid(unsigned blocks, unsigned threads, const std::function<void()> &thread) {
  block.kernel = &thread;
  block.threads = threads;
  gridDim.x = blocks;
  blockDim.x = threads;
  for (unsigned i = 0; i < blocks; i++) {
    blockIdx.x = i;
    block.started = 0;
    block.ended = 0;
    block.used = 0;
    std::fill_n(block.holders, threads, nullptr);
    while (block.started < threads) {
      if (block.used == block.fibers.size()) {
        make_fiber();
      }
      resume(block.fibers[block.used++].get());
    }
    if (const char *fault = finish_waiting()) {
      block.fibers.clear();  // their stacks hold threads that will never end
      return fault;
    }
  }
  return nullptr;
}
