package org.lm4j.task.tag;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.lm4j.InputException;

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
  /**
   * Holds out the last sentences: a text's sentences follow from those before, and are no test
   * between their neighbours.
   *
   * @param part of the sentences held out, in [0, 1)
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

  /** Of all that is trained on. */
  String hash() {
    return hash(training);
  }

  /** Of all that is held out. */
  String validationHash() {
    return hash(validation);
  }

  private static String hash(List<ConllSentence> sentences) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (ConllSentence sentence : sentences) {
        for (List<String> row : sentence.rows()) {
          digest.update(String.join("\t", row).getBytes(StandardCharsets.UTF_8));
          digest.update((byte) '\n');
        }
        digest.update((byte) '\n');
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
