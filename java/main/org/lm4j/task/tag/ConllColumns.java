package org.lm4j.task.tag;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.lm4j.InputException;
import org.lm4j.io.TextLines;

/**
 * The columns of a CoNLL file that are used. Columns are counted from 1, as in {@code cut -f}.
 *
 * @param word column of the words
 * @param tag column of the tags; {@link #LAST} for the last column
 * @param features additional input columns
 */
public record ConllColumns(int word, int tag, List<Integer> features) {
  private static final int FEW = 20; // tokens, from which tags are expected to repeat
  private static final Set<String> HEADER_WORDS =
      Set.of("token", "tokens", "word", "words", "form", "text");
  private static final Set<String> HEADER_TAGS =
      Set.of(
          "tag", "tags", "label", "labels", "ner", "ner_tag", "ner_tags", "pos", "upos", "chunk");

  /** The tag column if it is the last one. */
  public static final int LAST = 0;

  /**
   * Checks the numbers.
   *
   * @throws InputException if one is below 1, or tags are to be read as features
   */
  public ConllColumns {
    features = List.copyOf(features);
    if (word < 1 || tag < LAST || features.stream().anyMatch(column -> column < 1)) {
      throw new InputException("columns are counted from 1.");
    }
    if (word == tag) {
      throw new InputException("column " + word + " cannot hold the words and the tags.");
    }
    if (features.contains(tag)) {
      throw new InputException("column " + tag + " cannot hold the tags and a feature.");
    }
  }

  /**
   * Checks that all sentences of a file have the columns, including the tags.
   *
   * @throws InputException if one has not, a word or a tag is empty, the words would be the numbers
   *     of tokens, or the first line is a header
   */
  public void require(ConllFile.Contents contents) {
    ConllSentence first = contents.sentences().getFirst();
    requireWords(first, contents.numbered());
    contents.sentences().forEach(this::require);
    if (HEADER_WORDS.contains(lowerCase(words(first).getFirst()))
        && HEADER_TAGS.contains(lowerCase(tags(first).getFirst()))) {
      throw new InputException(
          "%s: a header ('%s', '%s'), not a token; remove the line"
              .formatted(
                  TextLines.place(first.source(), first.line()),
                  words(first).getFirst(),
                  tags(first).getFirst()));
    }
  }

  /**
   * Checks that tags repeat, so that they can be learned.
   *
   * @throws InputException if there are nearly as many tags as tokens
   */
  public void requireLearnable(List<ConllSentence> sentences) {
    Set<String> different = new HashSet<>();
    int tokens = 0;
    for (ConllSentence sentence : sentences) {
      different.addAll(tags(sentence));
      tokens += sentence.size();
    }
    if (tokens >= FEW && 2 * different.size() > tokens) {
      ConllSentence first = sentences.getFirst();
      throw new InputException(
          "%s has %,d different tags for %,d tokens, such as '%s'; is column %d that of the tags?"
              .formatted(
                  first.source(),
                  different.size(),
                  tokens,
                  tags(first).getFirst(),
                  tagColumn(first)));
    }
  }

  /**
   * Checks that the word column does not contain token numbers.
   *
   * @param numbered whether the first column of the file counts the tokens of each sentence
   * @throws InputException if they would be
   */
  public void requireWords(ConllSentence sentence, boolean numbered) {
    if (numbered && word == 1) {
      throw InputException.naming(
          "%s: column 1 holds the numbers of the tokens, as in CoNLL-U, not the words; with"
                  .formatted(TextLines.place(sentence.source(), sentence.line()))
              + " {wordColumn} 2 and {tagColumn} 4 a tagger learns the parts of speech of"
              + " CoNLL-U");
    }
  }

  private static String lowerCase(String cell) {
    return cell.toLowerCase(Locale.ROOT);
  }

  /**
   * Checks that a sentence has the columns, including the tags.
   *
   * @throws InputException if it has not, or what was read as a feature would be the tag
   */
  public void require(ConllSentence sentence) {
    requireInput(sentence);
    requireColumn(sentence, tagColumn(sentence), "the tags");
    int width = sentence.rows().getFirst().size();
    if (tag == LAST && (word == width || features.contains(width))) {
      throw new InputException(
          "%s: there is no tag column besides the input columns; the file has %d columns"
              .formatted(TextLines.place(sentence.source(), sentence.line()), width));
    }
    requireFilled(sentence, tagColumn(sentence), "tag");
  }

  /**
   * Checks that a sentence has the input columns: words and features.
   *
   * @throws InputException if it has not
   */
  public void requireInput(ConllSentence sentence) {
    requireColumn(sentence, word, "the words");
    for (int feature : features) {
      requireColumn(sentence, feature, "a feature");
    }
    requireFilled(sentence, word, "word");
  }

  private static void requireFilled(ConllSentence sentence, int column, String what) {
    int empty = sentence.column(column - 1).indexOf("");
    if (empty >= 0) {
      throw new InputException(
          "%s: the %s of token %d of the sentence that begins here is empty"
              .formatted(TextLines.place(sentence.source(), sentence.line()), what, empty + 1));
    }
  }

  private static void requireColumn(ConllSentence sentence, int column, String what) {
    int width = sentence.rows().getFirst().size();
    if (column > width) {
      throw new InputException(
          "%s: %d columns, but %s should be in column %d"
              .formatted(TextLines.place(sentence.source(), sentence.line()), width, what, column));
    }
  }

  private int tagColumn(ConllSentence sentence) {
    return tag == LAST ? sentence.rows().getFirst().size() : tag;
  }

  /** Returns the words of a sentence. */
  public List<String> words(ConllSentence sentence) {
    return sentence.column(word - 1);
  }

  /** Returns the tags of a sentence. */
  public List<String> tags(ConllSentence sentence) {
    return sentence.column(tagColumn(sentence) - 1);
  }

  /** Returns one feature of a sentence, counted from 0. */
  public List<String> feature(ConllSentence sentence, int index) {
    return sentence.column(features.get(index) - 1);
  }
}
