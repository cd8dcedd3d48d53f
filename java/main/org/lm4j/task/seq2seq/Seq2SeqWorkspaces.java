package org.lm4j.task.seq2seq;

import java.util.HashMap;
import java.util.Map;

/**
 * Workspaces of one number of pairs for lengths of every kind: lengths are rounded up to few, so
 * that little is padded and few workspaces are taken.
 */
final class Seq2SeqWorkspaces implements AutoCloseable {
  private final Seq2SeqNetwork translator;
  private final int rows;
  private final boolean training;
  private final Map<Seq2SeqBatch.Extent, Seq2SeqBatch> batches = new HashMap<>();

  /** For a translator, which stays the caller's. */
  Seq2SeqWorkspaces(Seq2SeqNetwork translator, int rows, boolean training) {
    this.translator = translator;
    this.rows = rows;
    this.training = training;
  }

  /** The translator. */
  Seq2SeqNetwork translator() {
    return translator;
  }

  /** Pairs {@code B} of each. */
  int rows() {
    return rows;
  }

  /** The workspace for these pairs. */
  Seq2SeqBatch of(int[][] sources, int[][] targets) {
    int source = 1;
    int target = 1;
    for (int i = 0; i < sources.length; i++) {
      source = Math.max(source, sources[i].length);
      target = Math.max(target, targets[i].length + 1);
    }
    Seq2SeqBatch.Extent extent =
        new Seq2SeqBatch.Extent(Seq2SeqBatch.rounded(source), Seq2SeqBatch.rounded(target), rows);
    return batches.computeIfAbsent(extent, key -> translator.batch(key, training));
  }

  @Override
  public void close() {
    batches.values().forEach(Seq2SeqBatch::close);
  }
}
