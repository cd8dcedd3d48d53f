package org.lm4j.backend.cpu.job;

/**
 * A loop over {@code count} items, which the team divides into one slice per thread. Subclasses
 * hold the arguments as fields, set anew for each run, so that a run allocates nothing.
 */
public abstract class SlicedJob implements WorkerTeam.Task {
  /** The least work worth waking a helper for: about a microsecond. */
  private static final long WORTH_SHARING = 16_384;

  private final WorkerTeam team;
  private long count;
  private long grain = 1;

  /** Creates a job whose items a team shares. */
  public SlicedJob(WorkerTeam team) {
    this.team = team;
  }

  /** Processes the items {@code [from, to)}. */
  protected abstract void slice(long from, long to);

  /**
   * Processes the items {@code [from, to)} in thread {@code part} of the team, for jobs with memory
   * per thread.
   */
  protected void slice(int part, long from, long to) {
    slice(from, to);
  }

  /**
   * Runs over {@code things} items, divided only at multiples of {@code multiple}.
   *
   * @param work of all together, in loop rounds of the cheapest kind
   */
  protected final void start(long things, long multiple, long work) {
    count = things;
    grain = multiple;
    long blocks = (things + multiple - 1) / multiple;
    long parts = Math.min(Math.min(team.size(), blocks), work / WORTH_SHARING + 1);
    team.runApart((int) Math.max(1, parts), this);
  }

  @Override
  public final void run(int part, int parts) {
    long from = cut(part, parts);
    long to = cut(part + 1, parts);
    if (from < to) {
      slice(part, from, to);
    }
  }

  private long cut(int part, int parts) {
    long blocks = (count + grain - 1) / grain;
    return Math.min(count, blocks * part / parts * grain);
  }
}
