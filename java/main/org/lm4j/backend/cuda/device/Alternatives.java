package org.lm4j.backend.cuda.device;

import java.util.HashMap;
import java.util.Map;

/**
 * The alternatives for descriptors with which cuDNN refuses a call: its owner describes the same
 * object again in another way, under the same address, so that commands that name it stay as they
 * are.
 */
public final class Alternatives {
  private final Map<Long, Runnable> byDescriptor = new HashMap<>();

  Alternatives() {}

  /** Registers what describes {@code descriptor} in another way; it is run at most once. */
  public void put(long descriptor, Runnable describe) {
    byDescriptor.put(descriptor, describe);
  }

  /** Forgets a descriptor that is given back. */
  public void remove(long descriptor) {
    byDescriptor.remove(descriptor);
  }

  /**
   * Has a descriptor described in another way.
   *
   * @return whether there was one
   */
  boolean use(long descriptor) {
    Runnable describe = byDescriptor.remove(descriptor);
    if (describe == null) {
      return false;
    }
    describe.run();
    return true;
  }
}
