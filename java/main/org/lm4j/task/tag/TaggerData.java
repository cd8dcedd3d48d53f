package org.lm4j.task.tag;

import java.util.List;
import org.lm4j.InputException;
import org.lm4j.text.token.Sha256;
import org.lm4j.train.Unit;
import org.lm4j.train.batch.BatchTask;

/**
 * Sentences whose tags are to be learned.
 *
 * @param training at least one
 * @param validation held out; may be none
 * @param name of the training data, as messages call them
 */
public record TaggerData(
    List<ConllSentence> training,
    List<ConllSentence> validation,
    ConllColumns columns,
    String name) {
  private static final Unit TAGS = new Unit("tags", false);

  /**
   * Holds out the last sentences: sentences depend on those before, so a random one would be a poor
   * test between its neighbours.
   *
   * @param part the fraction of sentences held out, in [0, 1)
   * @throws InputException if none is left to train on
   */
  public static TaggerData holdOut(
      List<ConllSentence> sentences, double part, ConllColumns columns, String name) {
    int held = (int) Math.round(part * sentences.size());
    int kept = sentences.size() - held;
    if (kept == 0) {
      throw new InputException(
          "%s holds %d sentences: with %d held out there is none to train on"
              .formatted(name, sentences.size(), held));
    }
    return new TaggerData(
        sentences.subList(0, kept), sentences.subList(kept, sentences.size()), columns, name);
  }

  /** Returns the identity of the data, which a resumed run checks. */
  BatchTask.Data known() {
    String heldOut = validation.isEmpty() ? null : hash(validation);
    return new BatchTask.Data(TAGS, name, hash(training), heldOut);
  }

  private static String hash(List<ConllSentence> sentences) {
    Sha256 digest = new Sha256();
    for (ConllSentence sentence : sentences) {
      sentence.rows().forEach(row -> digest.add(String.join("\t", row) + "\n"));
      digest.add("\n");
    }
    return digest.hex();
  }
}
