package org.lm4j.cli.score;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/**
 * Rows per word as neural-complexity prints them with {@code --words --nopp}: the word as the model
 * read it, numbers of line and word from 0, its length in characters, surprisal, entropy of the
 * prediction in its place and by how much that is below the entropy in the place before, at least
 * 0; all in bits. The end of a line has no row. Words of several tokens have no entropy of their
 * distribution: {@code nan}.
 */
final class NeuralComplexityWriter implements PresetWriter {
  private static final double LN2 = Math.log(2);

  private final Vocabulary vocabulary;
  private final LineScore.Space space;
  private final String separator;

  NeuralComplexityWriter(Vocabulary vocabulary, LineScore.Space space, String separator) {
    this.vocabulary = vocabulary;
    this.space = space;
    this.separator = separator;
  }

  @Override
  public String begin() {
    List<String> names = List.of("word", "sentid", "sentpos", "wlen", "surp", "entropy", "entred");
    return String.join(separator, names) + "\n";
  }

  @Override
  public void append(StringBuilder out, ScoredLine line) {
    int position = 0;
    double before = Double.NaN;
    for (LineScore.Word word : line.score().words(space)) {
      if (word.start() == word.end()) {
        continue;
      }
      boolean whole = vocabulary.level() == Level.WORD;
      String text = whole ? Preset.read(vocabulary, word.tokens().getFirst()) : word.text();
      double entropy = whole ? entropy(word.tokens().getFirst().prediction()) : Double.NaN;
      double reduction = Math.max(0, (position == 0 ? entropy : before) - entropy);
      String fall = reduction == 0 ? "0" : Digits.python(reduction); // Python's max(0, x)
      out.append(
          String.join(
              separator,
              text,
              String.valueOf(line.number() - 1),
              String.valueOf(position),
              String.valueOf(text.codePointCount(0, text.length())),
              Digits.python(word.bits()),
              Digits.python(entropy),
              fall));
      out.append('\n');
      before = entropy;
      position++;
    }
  }

  private static double entropy(LineScore.@Nullable Prediction prediction) {
    return prediction == null ? Double.NaN : prediction.entropy() / LN2;
  }
}
