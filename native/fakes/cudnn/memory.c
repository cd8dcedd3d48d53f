#include "memory.h"

#include "fakes.h"

static int resolve(const void **address, size_t bytes, const char *name) {
  if (*address == NULL || bytes == 0) {
    return 1;
  }
  *address = fake_memory((uint64_t)*address, bytes);
  if (*address == NULL) {
    fake_fault(name);
  }
  return *address != NULL;
}

#define RESOLVE(field, bytes) \
  resolve((const void **)&pass->field, bytes, "an RNN's " #field " reaches outside its memory")

int memory_resolve(rnn_pass *pass) {
  const rnn_shape *s = &pass->shape;
  size_t size = s->bf16 ? 2 : 4;
  size_t in = (size_t)s->T * s->B * s->D * size;
  size_t out = (size_t)s->T * s->B * s->H * size;
  size_t state = (size_t)s->L * s->B * s->H * size;
  size_t weights = rnn_weight_bytes(s);
  return RESOLVE(x, in) && RESOLVE(dx, in) && RESOLVE(y, out) && RESOLVE(dy, out)
         && RESOLVE(hx, state) && RESOLVE(hy, state) && RESOLVE(dhx, state) && RESOLVE(dhy, state)
         && RESOLVE(cx, state) && RESOLVE(cy, state) && RESOLVE(dcx, state) && RESOLVE(dcy, state)
         && RESOLVE(weights, weights) && RESOLVE(dweights, weights)
         && RESOLVE(work, rnn_work_bytes(s, pass->training))
         && RESOLVE(reserve, rnn_reserve_bytes(s, pass->training));
}
