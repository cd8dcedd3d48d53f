package org.lm4j.train;

import java.util.HashMap;
import java.util.Map;
import org.lm4j.model.Translator;
import org.lm4j.model.TranslatorBatch;

/**
 * Workspaces of one number of pairs for lengths of every kind: lengths are rounded up to few, so
 * that little is padded and few workspaces are taken.
 */
final class TranslationBatches implements AutoCloseable {
  private final Translator translator;
  private final int rows;
  private final boolean training;
  private final Map<TranslatorBatch.Extent, TranslatorBatch> batches = new HashMap<>();

  /** For a translator, which stays the caller's. */
  TranslationBatches(Translator translator, int rows, boolean training) {
    this.translator = translator;
    this.rows = rows;
    this.training = training;
  }

  /** The translator. */
  Translator translator() {
    return translator;
  }

  /** Pairs {@code B} of each. */
  int rows() {
    return rows;
  }

  /** The workspace for these pairs. */
  TranslatorBatch of(int[][] sources, int[][] targets) {
    int source = 1;
    int target = 1;
    for (int i = 0; i < sources.length; i++) {
      source = Math.max(source, sources[i].length);
      target = Math.max(target, targets[i].length + 1);
    }
    TranslatorBatch.Extent extent =
        new TranslatorBatch.Extent(
            TranslatorBatch.rounded(source), TranslatorBatch.rounded(target), rows);
    return batches.computeIfAbsent(extent, key -> translator.batch(key, training));
  }

  @Override
  public void close() {
    batches.values().forEach(TranslatorBatch::close);
  }
}
