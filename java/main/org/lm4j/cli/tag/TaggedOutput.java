package org.lm4j.cli.tag;

import java.io.PrintWriter;
import java.util.List;
import org.lm4j.cli.frame.Visible;
import org.lm4j.task.tag.ConllBlock;
import org.lm4j.task.tag.ConllColumns;
import org.lm4j.task.tag.ConllSentence;
import org.lm4j.task.tag.TaggerNetwork;
import org.lm4j.task.tag.TaggerScorer;
import org.lm4j.task.tag.TaggerText;
import org.lm4j.task.tag.TaggerVocabulary;
import org.lm4j.text.Words;

/** Tags sentences, some at a time, and prints them so that each line read has its line or lines. */
final class TaggedOutput {
  /** The tag of a row that is not a token; {@code O} would be read as an answer. */
  private static final String NO_TAG = "_";

  /** The tag that conlleval expects on a line that separates documents. */
  private static final String OUTSIDE = "O";

  private final TaggerNetwork tagger;
  private final TaggerVocabulary vocabulary;
  private final TaggerScorer scorer;
  private final PrintWriter out;

  TaggedOutput(
      TaggerNetwork tagger, TaggerVocabulary vocabulary, TaggerScorer scorer, PrintWriter out) {
    this.tagger = tagger;
    this.vocabulary = vocabulary;
    this.scorer = scorer;
    this.out = out;
  }

  /** Prints lines of words: for each word a line with its tag, then a blank line. */
  void lines(List<String> lines) {
    List<List<String>> sentences = lines.stream().map(Words::in).toList();
    TaggerText text = new TaggerText(vocabulary);
    sentences.stream().filter(words -> !words.isEmpty()).forEach(text::add);
    int[][] answers = scorer.answers(text);
    int next = 0;
    for (List<String> words : sentences) {
      for (int t = 0; t < words.size(); t++) {
        out.println(words.get(t) + " " + tag(answers[next][t]));
      }
      next += words.isEmpty() ? 0 : 1;
      out.println();
    }
    out.flush();
  }

  /**
   * Makes sure that a block has the columns that are read.
   *
   * @throws org.lm4j.InputException if it has not
   */
  void require(ConllBlock block) {
    ConllSentence sentence = block.sentence();
    if (sentence != null) {
      ConllColumns columns = tagger.config().columns();
      columns.requireWords(sentence, block.numbered());
      columns.requireInput(sentence);
    }
  }

  /** Prints blocks: each of their lines, those of the table with a column more. */
  void blocks(List<ConllBlock> blocks) {
    TaggerText text = new TaggerText(vocabulary);
    for (ConllBlock block : blocks) {
      if (block.sentence() != null) {
        text.add(block.sentence(), tagger.config().columns(), false);
      }
    }
    int[][] tags = scorer.answers(text);
    int next = 0;
    for (ConllBlock block : blocks) {
      int[] own = block.sentence() == null ? new int[0] : tags[next++];
      for (ConllBlock.Line line : block.lines()) {
        print(line, block.separator(), own);
      }
    }
    out.flush();
  }

  private void print(ConllBlock.Line line, String separator, int[] tags) {
    if (line.token() == ConllBlock.Line.NO_ROW) {
      out.println(line.text());
      return;
    }
    String row = line.text().stripTrailing();
    String column =
        line.token() >= 0 ? tag(tags[line.token()]) : row.startsWith("-") ? OUTSIDE : NO_TAG;
    out.println(row + separator + column);
  }

  private String tag(int id) {
    return Visible.name(vocabulary.tags().get(id));
  }
}
