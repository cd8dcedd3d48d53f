package org.lm4j.serve.engine;

/**
 * The limits of an engine.
 *
 * @param rows most texts that are computed side by side, at least 1; 0 where a server may choose
 * @param queue most texts that wait for a row
 * @param cacheBytes of states that are kept for prompts that come again; 0 for none
 * @param seconds most time of a text from its submission
 */
public record Limits(int rows, int queue, long cacheBytes, double seconds) {
  private static final long LOGIT_BYTES = 64L << 20;
  private static final int BYTES_OF_A_LOGIT = 20; // the logits of a row, and what a sampler keeps
  private static final int MOST_ROWS = 1024;

  /** Returns these limits, with {@code most} rows where they leave the number open by 0. */
  public Limits orRows(int most) {
    return rows > 0 ? this : new Limits(most, queue, cacheBytes, seconds);
  }

  /** Returns the number of rows whose logits and samplers fit into 64 MiB, at most 1,024. */
  public static int rowsFor(int vocabulary) {
    long fit = LOGIT_BYTES / ((long) vocabulary * BYTES_OF_A_LOGIT);
    return (int) Math.max(1, Math.min(MOST_ROWS, fit));
  }
}
