package org.lm4j.backend.reference;

import org.lm4j.compute.queue.QueuedBackend;

/** The oracle: float64, one operation at a time, plain loops. */
public final class ReferenceBackend extends QueuedBackend {
  /** Creates a backend, which holds nothing but the memory it allocates. */
  public ReferenceBackend() {
    this(new ReferenceOperations());
  }

  private ReferenceBackend(ReferenceOperations operations) {
    super(operations, operations.lock());
  }
}
