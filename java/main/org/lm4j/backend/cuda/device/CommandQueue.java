package org.lm4j.backend.cuda.device;

/**
 * Records operations and sends them to the device when a result is needed, when a step ends, or
 * when there is no more room.
 */
public final class CommandQueue implements AutoCloseable {
  private static final int WORDS = 1 << 16;

  private final CommandList list = new CommandList(WORDS);
  private final ParameterRing ring;
  private final GraphCache graphs;
  private long changes;

  CommandQueue(ParameterRing ring, GraphCache graphs) {
    this.ring = ring;
    this.graphs = graphs;
  }

  /**
   * Begins a command after which {@link #take} may ask for parameters.
   *
   * @param kind one of {@link CommandList}'s
   * @param parameterBytes all that this command will take, at most {@link ParameterRing#SLOT_BYTES}
   */
  public CommandList begin(int kind, long parameterBytes) {
    if (!list.hasRoom() || !ring.hasRoom(parameterBytes)) {
      flush();
    }
    changes++;
    return list.begin(kind);
  }

  /** Takes back the command recorded last if it is the expected one, as the list does. */
  long takeBack(int kind, int any, long... expected) {
    long found = list.takeBack(kind, any, expected);
    changes -= found == 0 ? 0 : 1;
    return found;
  }

  /**
   * Returns a number that differs if anything was recorded or issued, or if memory may have been
   * written directly, between two calls.
   */
  long changes() {
    return changes;
  }

  /** Returns a place for parameters of the command just begun. */
  long take(long bytes) {
    return ring.take(bytes);
  }

  /** Returns a parameter that is one number. */
  long scalar(double value) {
    long at = ring.take(Double.BYTES);
    ring.put(at, value);
    return at;
  }

  /** Returns the ring in which parameters are written. */
  ParameterRing ring() {
    return ring;
  }

  /** Sends everything recorded to the device; does not wait for it. */
  public void flush() {
    changes++;
    if (list.isEmpty()) {
      return;
    }
    try {
      ring.submit();
      graphs.run(list);
    } finally {
      list.clear(); // what failed is not tried again
    }
  }

  @Override
  public void close() {
    graphs.close();
    ring.close();
  }
}
