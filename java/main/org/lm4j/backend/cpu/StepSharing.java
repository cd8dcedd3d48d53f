package org.lm4j.backend.cpu;

/**
 * Decides how many threads share the steps of a decoder or of training, by the time that steps have
 * taken. Threads that wait for each other at every layer are faster than one only while each has a
 * processor: where another program takes one, a wait lasts as long as the system's time slices, and
 * one thread alone is several times as fast. The results have the same bits either way.
 *
 * <p>Steps are timed in windows of some milliseconds. Now and then a window is computed in the
 * other way, soon if steps have become much slower, and the faster way is kept. The trials become
 * rare as long as they change nothing, and end early where they are slow, so that they cost about
 * one percent.
 */
final class StepSharing {
  static final int LEAST_STEPS = 16; // of a window
  static final long WINDOW_NANOS = 4_000_000;

  private static final int LONG_WINDOWS = 5; // as long as this, where there are fewer steps
  private static final int FIRST_WAIT = 4; // windows before a trial
  private static final int MOST_WAIT = 256;
  private static final double SLOWER = 1.5; // than the window before, which calls for a trial
  private static final int SOON = 16; // such a trial comes after this part of the usual wait
  private static final double LOST = 2; // times as slow, which ends a trial
  private static final double FASTER = 0.95; // which a change is worth

  private final int most;
  private final long longest;
  private long shortest = Long.MAX_VALUE; // step so far
  private boolean shared;
  private boolean trial; // whether this window is one
  private int wait = FIRST_WAIT;
  private int remaining = FIRST_WAIT; // windows before the next trial
  private boolean slowed; // since the last trial
  private double last; // nanoseconds of a step in the last window that was none
  private int steps;
  private long nanos;

  /** Starts with steps that {@code most} threads share. */
  StepSharing(int most) {
    this(most, Long.MAX_VALUE);
  }

  /**
   * Starts with steps that {@code most} threads share.
   *
   * @param longest nanoseconds; as long as every step takes longer, one thread is not tried
   */
  StepSharing(int most, long longest) {
    this.most = most;
    this.longest = longest;
    this.shared = most > 1;
  }

  /** Returns the number of threads for the next step: 1 or all. */
  int parts() {
    return shared == trial ? 1 : most;
  }

  /** Adds a step that took {@code duration} nanoseconds with {@link #parts} threads. */
  void add(long duration) {
    if (most == 1) {
      return;
    }
    shortest = Math.min(shortest, duration);
    if (shortest > longest) {
      return;
    }
    steps++;
    nanos += duration;
    double mean = (double) nanos / steps;
    boolean whole = nanos >= (steps < LEAST_STEPS ? LONG_WINDOWS : 1) * WINDOW_NANOS;
    boolean lost = trial && nanos >= WINDOW_NANOS && mean > LOST * last;
    if (!whole && !lost) {
      return;
    }
    steps = 0;
    nanos = 0;
    if (trial) {
      compare(mean);
    } else {
      remaining--;
      slowed |= last > 0 && mean > SLOWER * last;
      trial = remaining <= 0 || (slowed && wait - remaining >= wait / SOON);
      last = mean;
    }
  }

  /** Ends a trial whose steps took {@code mean} nanoseconds. */
  private void compare(double mean) {
    trial = false;
    slowed = false;
    if (mean < FASTER * last) {
      shared = !shared;
      last = mean;
      wait = FIRST_WAIT;
    } else {
      wait = Math.min(2 * wait, MOST_WAIT);
    }
    remaining = wait;
  }
}
