package org.lm4j.parallel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Function;
import java.util.function.Supplier;
import org.lm4j.InputException;

/**
 * Opens what several processes work on together: the first one makes it, in a folder say, then the
 * others join.
 */
public final class SharedOpening {
  private static final long FAILED = -1;
  private static final long BAD_INPUT = -2;

  private SharedOpening() {}

  /**
   * Thrown in the other processes where the first one could not make it, and reports why itself.
   */
  public static final class NotMade extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean badInput;

    private NotMade(boolean badInput) {
      super("the first process could not begin");
      this.badInput = badInput;
    }

    /** Returns whether something that the user gave was the cause. */
    public boolean badInput() {
      return badInput;
    }
  }

  /**
   * Opens it; every process calls this, and returns once all have opened it.
   *
   * @param maker makes it; called in the first process
   * @param message what the others need to know of it
   * @param joiner opens it by that message; called in the others
   * @throws NotMade in the others if the maker throws in the first
   */
  public static <R> R open(
      Communicator ranks,
      Supplier<R> maker,
      Function<R, String> message,
      Function<String, R> joiner) {
    if (ranks.size() == 1) {
      return maker.get();
    }
    R made = ranks.rank() == 0 ? make(ranks, maker, message) : joiner.apply(receive(ranks));
    ranks.barrier();
    return made;
  }

  private static <R> R make(Communicator ranks, Supplier<R> maker, Function<R, String> message) {
    R made;
    try {
      made = maker.get();
    } catch (InputException e) {
      announce(ranks, BAD_INPUT);
      throw e;
    } catch (RuntimeException | Error e) {
      announce(ranks, FAILED);
      throw e;
    }
    byte[] text = message.apply(made).getBytes(UTF_8);
    announce(ranks, text.length);
    try (Arena arena = Arena.ofConfined()) {
      ranks.broadcast(arena.allocateFrom(ValueLayout.JAVA_BYTE, text));
    }
    return made;
  }

  private static void announce(Communicator ranks, long length) {
    try (Arena arena = Arena.ofConfined()) {
      ranks.broadcast(arena.allocateFrom(ValueLayout.JAVA_LONG, length));
    }
  }

  private static String receive(Communicator ranks) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocate(ValueLayout.JAVA_LONG);
      ranks.broadcast(length);
      long bytes = length.get(ValueLayout.JAVA_LONG, 0);
      if (bytes < 0) {
        throw new NotMade(bytes == BAD_INPUT);
      }
      MemorySegment text = arena.allocate(bytes);
      ranks.broadcast(text);
      return new String(text.toArray(ValueLayout.JAVA_BYTE), UTF_8);
    }
  }
}
