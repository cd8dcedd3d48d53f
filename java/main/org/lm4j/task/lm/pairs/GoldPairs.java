package org.lm4j.task.lm.pairs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.lm4j.InputException;
import org.lm4j.io.TextLines;

/**
 * Pairs of words in a sentence, as in "Colorless green recurrent networks dream hierarchically"
 * (Gulordava et al., 2018): {@code NAME.text} has a sentence on each line, {@code NAME.gold} the
 * place of a word in it, the right form and the wrong one. Each form is read after the words before
 * that place; those after it are not read.
 *
 * <p>A line of {@code NAME.gold} has columns with tabs between them: either pattern, number of the
 * construction, number of the sentence (0 for the original one), index of the word from 0, part of
 * speech, morphology, right form, wrong form and others; or index, right form, wrong form and the
 * number of attractors, as for the sentences of Linzen et al. (2016).
 */
final class GoldPairs {
  private static final String GOLD = ".gold";
  private static final String TEXT = ".text";

  private GoldPairs() {}

  /** A line of the gold file. */
  private record Gold(
      String uid, String phenomenon, String id, int index, String good, String bad) {}

  /**
   * Returns the file {@code NAME.gold} that belongs to {@code NAME.text}.
   *
   * @throws InputException if there is none
   */
  static Path gold(Path text) {
    return beside(text, TEXT, GOLD);
  }

  private static Path beside(Path file, String ending, String other) {
    String name = file.getFileName().toString();
    int at = name.toLowerCase(Locale.ROOT).lastIndexOf(ending);
    Path path = file.resolveSibling(name.substring(0, at) + other + name.substring(at + 5));
    if (!Files.exists(path)) {
      throw new InputException(
          "%s needs %s beside it, which does not exist".formatted(file, path.getFileName()));
    }
    return path;
  }

  /**
   * Reads the pairs of {@code NAME.gold} and the text beside it.
   *
   * @throws InputException if a file cannot be read, the files have not the same number of lines,
   *     or a line is malformed
   */
  static void read(Path gold, Consumer<MinimalPair> taker) {
    Path text = beside(gold, GOLD, TEXT);
    List<String> sentences = new ArrayList<>();
    TextLines.read(text, (line, _) -> sentences.add(line));
    List<Gold> lines = new ArrayList<>();
    TextLines.read(
        gold,
        (line, number) -> lines.add(parse(line, TextLines.place(gold, number), gold, number)));
    if (sentences.size() != lines.size()) {
      throw new InputException(
          "%s has %,d lines, and %s has %,d; each sentence needs a line in both"
              .formatted(text, sentences.size(), gold, lines.size()));
    }
    for (int i = 0; i < lines.size(); i++) {
      Gold line = lines.get(i);
      String[] words = sentences.get(i).strip().split(" +", -1);
      if (line.index() >= words.length) {
        throw new InputException(
            "%s: word %d is wanted, but the sentence in %s has %d"
                .formatted(
                    TextLines.place(gold, i + 1), line.index(), text.getFileName(), words.length));
      }
      String beginning = String.join(" ", Arrays.asList(words).subList(0, line.index()));
      taker.accept(
          MinimalPair.ofWords(
              line.uid(), line.phenomenon(), line.id(), beginning, line.good(), line.bad()));
    }
  }

  private static Gold parse(String line, String place, Path file, int number) {
    String[] cells = line.split("\t", -1);
    if (cells.length >= 8) {
      String kind = cells[2].equals("0") ? "original" : "nonce";
      return new Gold(
          cells[0],
          kind,
          cells[1] + "_" + cells[2],
          index(cells[3], place),
          word(cells[6], place),
          word(cells[7], place));
    }
    if (cells.length != 3 && cells.length != 4) {
      throw new InputException(
          "%s: %d columns; a line has index, right form, wrong form and number of attractors, or at"
                  .formatted(place, cells.length)
              + " least 8 columns, of which the fourth is the index, the seventh and eighth the forms");
    }
    return new Gold(
        cells.length == 4 ? cells[3] + " attractors" : PairFiles.stem(file),
        "",
        String.valueOf(number),
        index(cells[0], place),
        word(cells[1], place),
        word(cells[2], place));
  }

  private static int index(String cell, String place) {
    try {
      int index = Integer.parseInt(cell);
      if (index >= 0) {
        return index;
      }
    } catch (NumberFormatException _) {
      // reported below
    }
    throw new InputException(
        "%s: '%s' is not the index of a word, which is a whole number from 0"
            .formatted(place, cell));
  }

  private static String word(String cell, String place) {
    String word = cell.strip();
    if (word.isEmpty() || word.indexOf(' ') >= 0) {
      throw new InputException(
          "%s: '%s' is not one word, as each form has to be".formatted(place, cell));
    }
    return word;
  }
}
