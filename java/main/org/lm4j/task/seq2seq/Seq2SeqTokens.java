package org.lm4j.task.seq2seq;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.model.ModelFiles;
import org.lm4j.text.Level;
import org.lm4j.text.LineTokens;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.sentence.SentenceVocabulary;

/** Converts lines to tokens of a {@link Seq2SeqNetwork} and back. */
public final class Seq2SeqTokens {
  private final Side source;
  private final Side target;

  /**
   * The source or the target side.
   *
   * @param level the level of the tokens
   * @param vocabulary the tokens, special ones first
   */
  public record Side(Level level, SentenceVocabulary vocabulary) {
    /**
     * Returns the tokens of these lines.
     *
     * @param minCount how often a token must occur
     */
    public static Side build(Level level, Collection<String> lines, int minCount) {
      List<List<String>> cut = new ArrayList<>();
      for (String line : lines) {
        cut.add(LineTokens.split(level, line));
      }
      return new Side(level, SentenceVocabulary.build(cut, minCount));
    }

    /** Returns the tokens of a line, none of them start or end. */
    public List<String> split(String line) {
      return LineTokens.split(level, line);
    }

    /** Returns the ids of a line's tokens; text that looks like a special token is unknown. */
    public int[] encode(String line) {
      int[] ids = vocabulary.encode(split(line));
      Arrays.setAll(ids, i -> Math.max(ids[i], SentenceVocabulary.UNKNOWN_ID));
      return ids;
    }

    /** Returns the line of these ids. */
    public String line(int[] ids) {
      return LineTokens.join(level, vocabulary.decode(ids));
    }
  }

  /** Creates a converter from its two sides. */
  public Seq2SeqTokens(Side source, Side target) {
    this.source = source;
    this.target = target;
  }

  /**
   * Reads the vocabularies of a saved translator.
   *
   * @throws org.lm4j.InputException if a file is missing, damaged, or contradicts another
   */
  public static Seq2SeqTokens read(ModelFiles files) {
    Seq2SeqConfig config = files.config(Seq2SeqConfig.class);
    return new Seq2SeqTokens(
        side(
            files,
            ModelFiles.VOCABULARY,
            config.sides().sourceLevel(),
            config.sides().sourceVocabulary()),
        side(
            files,
            ModelFiles.TARGET_VOCABULARY,
            config.sides().targetLevel(),
            config.sides().targetVocabulary()));
  }

  private static Side side(ModelFiles files, String name, String level, int size) {
    Vocabulary vocabulary = files.vocabulary(name, size);
    try {
      return new Side(Level.of(level), SentenceVocabulary.of(vocabulary));
    } catch (InputException e) {
      throw new InputException(files.path().resolve(name) + ": " + e.getMessage(), e);
    }
  }

  /** Writes both vocabularies; the levels are the configuration's. */
  public void save(ModelFiles files) {
    files.saveVocabulary(ModelFiles.VOCABULARY, source.vocabulary().vocabulary());
    files.saveVocabulary(ModelFiles.TARGET_VOCABULARY, target.vocabulary().vocabulary());
  }

  /** Returns the source side. */
  public Side source() {
    return source;
  }

  /** Returns the target side. */
  public Side target() {
    return target;
  }
}
