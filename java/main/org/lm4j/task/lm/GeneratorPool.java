package org.lm4j.task.lm;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/**
 * The generators of a model that any number of threads use: each keeps weights in the form that is
 * fastest to read, so one that is idle is used again.
 */
final class GeneratorPool implements AutoCloseable {
  private final Deque<Generator> idle = new ArrayDeque<>(); // its own monitor guards it
  private final Supplier<Generator> maker;
  private boolean closed;

  GeneratorPool(Supplier<Generator> maker) {
    this.maker = maker;
  }

  /**
   * Returns a generator that no other thread uses.
   *
   * @throws IllegalStateException if the model is closed
   */
  Generator take() {
    synchronized (idle) {
      if (closed) {
        throw new IllegalStateException("the language model is closed");
      }
      if (!idle.isEmpty()) {
        return idle.pop();
      }
    }
    return maker.get();
  }

  /** Takes a generator back. */
  void giveBack(Generator generator) {
    synchronized (idle) {
      if (!closed) {
        idle.push(generator);
        return;
      }
    }
    generator.close();
  }

  @Override
  public void close() {
    synchronized (idle) {
      closed = true;
      idle.forEach(Generator::close);
      idle.clear();
    }
  }
}
