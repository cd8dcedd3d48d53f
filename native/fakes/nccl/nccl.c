/*
 * A fake NCCL: the functions that lm4j calls, between processes of one machine. What they sum goes
 * through shared memory, in the order of the ranks, as soon as it is called, with all that its
 * stream has to do before.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "fakes.h"

#define API __attribute__((visibility("default")))

#ifndef FAKE_VERSION
#define FAKE_VERSION 23007
#endif

enum {
  SUCCESS = 0, UNHANDLED_CUDA = 1, SYSTEM = 2, INTERNAL = 3, INVALID_ARGUMENT = 4, INVALID_USAGE = 5,
  REMOTE = 6, IN_PROGRESS = 7
};
enum { FLOAT32 = 7, SUM = 0 };
enum { MOST_RANKS = 16, CHUNK = 1 << 16 /* floats */, PATIENCE = 60 /* seconds */ };

#define ALIVE 0x0cc1

typedef struct {
  char internal[128];
} unique_id;

/* What the processes share, all zero at first. */
typedef struct {
  atomic_int arrived, meeting; /* processes at this meeting, and its number */
  atomic_int broken;           /* a process is lost */
  int pids[MOST_RANKS], devices[MOST_RANKS];
  size_t counts[MOST_RANKS];
  float data[MOST_RANKS][CHUNK];
} common;

typedef struct {
  int alive, ranks, rank;
  common *shared;
  atomic_int error; /* of work on a stream */
} communicator;

static long long live;
static char last[256];
static char created[128]; /* the name of the shared memory that this process has created last */

/* Removes what a process has created that ends before all have joined. */
__attribute__((destructor)) static void remove_created(void) {
  if (created[0] != 0) {
    shm_unlink(created);
  }
}

/* Communicators made and not destroyed. */
API long long fake_nccl_live(void) { return live; }

static int fail(int status, const char *why) {
  snprintf(last, sizeof last, "%s\n", why);
  return status;
}

/* Opens what an id names, created before if `flags` says so; NULL if it cannot be had. */
static common *open_shared(const char *name, int flags) {
  int file = shm_open(name, O_RDWR | flags, 0600);
  if (file < 0) {
    return NULL;
  }
  void *at = ftruncate(file, sizeof(common)) != 0
                 ? MAP_FAILED
                 : mmap(NULL, sizeof(common), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return at == MAP_FAILED ? NULL : at;
}

static int peers_live(const communicator *c) {
  for (int i = 0; i < c->ranks; i++) {
    int pid = c->shared->pids[i];
    if (pid != 0 && kill(pid, 0) != 0) {
      return 0;
    }
  }
  return 1;
}

/* Waits until all processes are here; REMOTE if one is lost meanwhile. */
static int meet(communicator *c) {
  common *s = c->shared;
  int meeting = atomic_load(&s->meeting);
  if (atomic_fetch_add(&s->arrived, 1) + 1 == c->ranks) {
    atomic_store(&s->arrived, 0);
    atomic_fetch_add(&s->meeting, 1);
    return atomic_load(&s->broken) ? REMOTE : SUCCESS;
  }
  const struct timespec nap = {0, 100000};
  for (int naps = 0; atomic_load(&s->meeting) == meeting; naps++) {
    if (naps > PATIENCE * 10000 || (naps % 100 == 99 && !peers_live(c))) {
      atomic_store(&s->broken, 1);
    }
    if (atomic_load(&s->broken)) {
      return fail(REMOTE, "a peer closed its connection");
    }
    nanosleep(&nap, NULL);
  }
  return SUCCESS;
}

API int ncclGetVersion(int *version) {
  FAKE_OBEY();
  *version = FAKE_VERSION;
  return SUCCESS;
}

API int ncclGetUniqueId(unique_id *id) {
  FAKE_OBEY();
  uint64_t number;
  if (getrandom(&number, sizeof number, 0) != sizeof number) {
    return fail(SYSTEM, "no random numbers");
  }
  remove_created(); /* of an id that nobody has joined by */
  memset(id, 0, sizeof *id);
  snprintf(id->internal, sizeof id->internal, "/lm4j-fake-nccl-%016llx",
           (unsigned long long)number);
  common *made = open_shared(id->internal, O_CREAT | O_EXCL);
  if (made == NULL) {
    return fail(SYSTEM, "no shared memory");
  }
  munmap(made, sizeof *made);
  memcpy(created, id->internal, sizeof created);
  return SUCCESS;
}

/* The processes have met: two of them may not be on one GPU. */
static int check_devices(const communicator *c) {
  for (int i = 0; i < c->ranks; i++) {
    for (int k = 0; k < i; k++) {
      if (c->shared->devices[i] == c->shared->devices[k]) {
        snprintf(last, sizeof last, "Duplicate GPU detected : rank %d and rank %d\n", k, i);
        return INVALID_USAGE;
      }
    }
  }
  return SUCCESS;
}

API int ncclCommInitRank(communicator **made, int ranks, unique_id id, int rank) {
  FAKE_OBEY();
  if (made == NULL || ranks < 1 || ranks > MOST_RANKS || rank < 0 || rank >= ranks) {
    return fail(INVALID_ARGUMENT, "no such rank");
  }
  if (fake_device() < 0) {
    return fail(UNHANDLED_CUDA, "no context is current");
  }
  common *shared = open_shared(id.internal, 0);
  if (shared == NULL) {
    return fail(SYSTEM, "nobody has created this id");
  }
  communicator *c = calloc(1, sizeof *c);
  c->alive = ALIVE;
  c->ranks = ranks;
  c->rank = rank;
  c->shared = shared;
  shared->pids[rank] = getpid();
  shared->devices[rank] = fake_device();
  int status = meet(c);
  if (rank == 0) {
    shm_unlink(id.internal); /* all have opened it, or never will */
  }
  status = status == SUCCESS ? check_devices(c) : status;
  if (status != SUCCESS) {
    munmap(shared, sizeof *shared);
    free(c);
    return status;
  }
  live++;
  *made = c;
  return SUCCESS;
}

typedef struct {
  communicator *c;
  float *at;
  size_t count;
} sum;

static int exchange(communicator *c, float *x, size_t count) {
  common *s = c->shared;
  int status = fake_order("ncclWork"); /* a failure on the GPU, after the call has returned */
  for (size_t from = 0; status == SUCCESS && from < count; from += CHUNK) {
    size_t n = count - from < CHUNK ? count - from : CHUNK;
    s->counts[c->rank] = count;
    memcpy(s->data[c->rank], x + from, n * sizeof(float));
    status = meet(c);
    for (int i = 0; status == SUCCESS && i < c->ranks; i++) {
      if (s->counts[i] != count) {
        fake_fault("ranks sum tensors of different sizes");
        return INTERNAL;
      }
    }
    for (size_t i = 0; status == SUCCESS && i < n; i++) {
      float all = s->data[0][i];
      for (int r = 1; r < c->ranks; r++) {
        all += s->data[r][i];
      }
      x[from + i] = all;
    }
    status = status == SUCCESS ? meet(c) : status;
  }
  return status;
}

static void add(void *data) {
  sum *work = data;
  float *x = fake_memory((uint64_t)work->at, work->count * sizeof(float));
  if (work->c->alive != ALIVE || x == NULL) {
    fake_fault("a sum reaches outside its memory, or its communicator is destroyed");
    return;
  }
  int status = exchange(work->c, x, work->count);
  if (status != SUCCESS) {
    atomic_store(&work->c->shared->broken, 1);
    atomic_store(&work->c->error, status);
  }
}

API int ncclAllReduce(const void *send, void *receive, size_t count, int type, int operation,
                      communicator *c, void *stream) {
  FAKE_OBEY();
  if (c == NULL || c->alive != ALIVE || send != receive || type != FLOAT32 || operation != SUM) {
    return fail(INVALID_ARGUMENT, "only sums of floats in place are known here");
  }
  if (fake_device() != c->shared->devices[c->rank]) {
    return fail(INVALID_USAGE, "another device is current than the communicator's");
  }
  if (fake_memory((uint64_t)receive, count * sizeof(float)) == NULL) {
    return fail(INVALID_ARGUMENT, "no memory of the device");
  }
  fake_note("ncclAllReduce %zu", count);
  sum work = {c, receive, count};
  if (fake_submit(stream, add, &work, sizeof work) != 0) {
    return UNHANDLED_CUDA;
  }
  fake_run(stream); /* the other processes wait, perhaps before they call anything else */
  return SUCCESS;
}

API int ncclCommGetAsyncError(communicator *c, int *error) {
  FAKE_OBEY();
  if (c == NULL || c->alive != ALIVE) {
    return fail(INVALID_ARGUMENT, "no such communicator");
  }
  *error = atomic_load(&c->error);
  return SUCCESS;
}

/* Destroyed objects stay allocated, so that their use is detected. */
API int ncclCommDestroy(communicator *c) {
  FAKE_OBEY();
  if (c == NULL || c->alive != ALIVE) {
    return fail(INVALID_ARGUMENT, "no such communicator");
  }
  int status = meet(c);
  munmap(c->shared, sizeof *c->shared);
  c->alive = 0;
  live--;
  return status;
}

API const char *ncclGetErrorString(int status) {
  switch (status) {
    case SUCCESS: return "no error";
    case UNHANDLED_CUDA: return "unhandled cuda error";
    case SYSTEM: return "unhandled system error";
    case INTERNAL: return "internal error";
    case INVALID_ARGUMENT: return "invalid argument";
    case INVALID_USAGE: return "invalid usage";
    case REMOTE: return "remote process exited or there was a network error";
    case IN_PROGRESS: return "NCCL operation in progress";
    default: return "unknown result code";
  }
}

API const char *ncclGetLastError(communicator *c) {
  (void)c; /* not needed */
  return last;
}
