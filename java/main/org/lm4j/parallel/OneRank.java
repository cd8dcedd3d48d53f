package org.lm4j.parallel;

import java.lang.foreign.MemorySegment;

/** The communicator of a job that is one process: each exchange is a copy. */
public final class OneRank implements Communicator {
  /** The only one, since it has no state. */
  public static final OneRank INSTANCE = new OneRank();

  private OneRank() {}

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int size() {
    return 1;
  }

  @Override
  public String description() {
    return "one process";
  }

  @Override
  public void allToAll(MemorySegment send, MemorySegment receive) {
    receive.copyFrom(send);
  }

  @Override
  public void allGather(MemorySegment send, MemorySegment receive) {
    receive.copyFrom(send);
  }

  @Override
  public void broadcast(MemorySegment bytes) {
    // It is there already.
  }

  @Override
  public void barrier() {
    // There is nobody to wait for.
  }

  @Override
  public void finish() {
    // There is nobody to wait for.
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
