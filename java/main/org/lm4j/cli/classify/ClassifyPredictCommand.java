package org.lm4j.cli.classify;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.lm4j.InputException;
import org.lm4j.cli.frame.InputLines;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.classify.LabelledPairs;
import org.lm4j.task.classify.LabelledTexts;
import org.lm4j.task.classify.TextClassifierConfig;
import org.lm4j.task.classify.TextClassifierNetwork;
import org.lm4j.task.classify.TextClassifierScorer;
import org.lm4j.task.classify.TextClassifierText;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.Words;
import org.lm4j.train.Finite;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lm classify predict}: classifies texts. */
@Command(
    name = "predict",
    customSynopsis = "lm classify predict --model DIR [FILE] [OPTIONS]",
    description = {
      "Classify texts, one per line; by a classifier of pairs, two texts with a tab between "
          + "them.",
      "Prints a line for each, separated by tabs: the class, then the probability of each class,"
          + " in the order that a first line names. An empty line gives an empty line."
    },
    footer = {
      "Examples:",
      "  echo 'a gorgeous , witty , seductive movie .' | \\",
      "    lm classify predict --model models/polarity",
      "  lm classify predict --model models/polarity reviews.txt > classes.tsv"
    })
public final class ClassifyPredictCommand extends Subcommand implements Runnable {
  private static final int TEXTS = 1000; // classified together

  @Mixin private ModelFolder folder;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      converter = PathConverters.Source.class,
      description = "The texts; - is the standard input [-].")
  private String file = "-";

  @Mixin private DeviceOptions device;

  @Override
  public void run() {
    ModelFiles files = new ModelFiles(folder.path(), ModelKind.CLASSIFIER);
    TextClassifierConfig config = files.config(TextClassifierConfig.class);
    Vocabulary vocabulary = files.vocabulary(ModelFiles.VOCABULARY, config.words());
    List<String> labels = files.labels(config.classes());
    try (Backend backend = device.open(err());
        TextClassifierNetwork classifier = TextClassifierNetwork.open(files, backend)) {
      PrintWriter out = results();
      List<String> names = labels.stream().map(Visible::name).toList();
      out.println("class\t" + String.join("\t", names));
      InputLines lines = new InputLines(file, TEXTS);
      Set<String> known = Set.copyOf(labels);
      boolean[] noted = new boolean[1];
      lines.read(
          (line, number) -> {
            if (config.readsPairs()) {
              if (!Words.in(line).isEmpty()) {
                LabelledPairs.requirePair(line, lines.place(number), known);
              }
              return;
            }
            if (number == 1 && LabelledTexts.isHeader(line)) {
              notes().accept(lines.place(1) + " seems to be a header; it is read as a text");
            }
            noted[0] = isText(line, lines.place(number), known, noted[0]);
          },
          texts -> print(classifier, vocabulary, names, texts));
      out.flush();
    }
  }

  /**
   * Returns whether a line is only a text.
   *
   * @param noted whether a line that may be something else was noted before
   * @return whether one is now
   * @throws InputException if it has a label beside its text
   */
  private boolean isText(String line, String place, Set<String> labels, boolean noted) {
    LabelledTexts.Beside beside = LabelledTexts.beside(line, labels);
    if (beside == LabelledTexts.Beside.LABEL) {
      throw new InputException(
          place
              + ": a line of a table, a label and a text with a tab between them; give texts alone");
    }
    String note =
        switch (beside) {
          case TAB -> " has a tab, which is read as a space; a line is one text";
          case PERHAPS_LABEL -> " begins with a label; it is read as a part of the text";
          case QUOTES -> " is in double quotes, which are read as a part of the text";
          case NOTHING, LABEL -> "";
        };
    if (note.isEmpty() || noted) {
      return noted;
    }
    notes().accept(place + note);
    return true;
  }

  private void print(
      TextClassifierNetwork classifier,
      Vocabulary vocabulary,
      List<String> labels,
      List<String> waiting) {
    if (waiting.isEmpty()) {
      return;
    }
    TextClassifierText texts = new TextClassifierText(vocabulary);
    waiting.stream().filter(text -> !Words.in(text).isEmpty()).forEach(texts::add);
    double[][] answers = new double[texts.size()][];
    TextClassifierScorer.score(
        classifier,
        texts,
        (text, probabilities) -> {
          Finite.scores(probabilities);
          answers[text] = probabilities;
        });
    PrintWriter out = results();
    int next = 0;
    for (String text : waiting) {
      if (Words.in(text).isEmpty()) {
        out.println();
        continue;
      }
      double[] probabilities = answers[next++];
      out.print(labels.get(TextClassifierScorer.highest(probabilities)));
      for (double probability : probabilities) {
        out.printf(Locale.ROOT, "\t%.4f", probability);
      }
      out.println();
    }
    out.flush();
  }
}
