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
    return list.begin(kind);
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
