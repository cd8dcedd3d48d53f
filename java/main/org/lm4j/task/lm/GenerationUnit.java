package org.lm4j.task.lm;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.TextUnit;

/**
 * What is generated as one text: a stretch of an endless stream, or a line or document up to its
 * end.
 *
 * @param segmentation how the text of the model was divided, or is to be
 */
public record GenerationUnit(Segmentation segmentation, Vocabulary vocabulary) {
  /** Returns whether a text ends at the end of its line or document. */
  public boolean hasEnd() {
    return !segmentation.isStream() && segmentation.symbols().end();
  }

  /**
   * Returns whether a text can begin without a prompt: something is read before its first token.
   */
  public boolean canBegin() {
    return segmentation.isStream() || segmentation.symbols().begin();
  }

  /**
   * Returns what a generator reads before it generates: in a line or document with a begin symbol
   * that first, then the prompt.
   *
   * @param text the beginning of the text; may be empty if there is a begin symbol
   * @throws InputException if there is nothing to read, or the prompt has text that the vocabulary
   *     lacks, and it has no {@code <unk>}
   */
  public int[] prompt(String text) {
    int[] ids = vocabulary.encode(text);
    if (segmentation.isStream()) {
      return ids;
    }
    if (!segmentation.symbols().begin()) {
      if (ids.length == 0) {
        throw InputException.naming(
            "the model reads nothing before the first token of a %s, as in its training: give the beginning by {prompt}."
                .formatted(segmentation.unit().label()));
      }
      return ids;
    }
    if (vocabulary.lineEnd() < 0) {
      throw new InputException(
          "the vocabulary has no line end, which is read before a %s."
              .formatted(segmentation.unit().label()));
    }
    int[] all = new int[ids.length + 1];
    all[0] = vocabulary.lineEnd();
    System.arraycopy(ids, 0, all, 1, ids.length);
    return all;
  }

  /** Returns where a text ends: the end of its line or document, besides others. */
  public List<String> stops(List<String> others) {
    List<String> stops = new ArrayList<>(others);
    if (hasEnd()) {
      stops.add(segmentation.unit() == TextUnit.LINE ? "\n" : "\n\n");
    }
    return stops;
  }
}
