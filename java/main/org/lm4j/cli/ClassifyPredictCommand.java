package org.lm4j.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.io.TextLines;
import org.lm4j.model.ClassifierConfig;
import org.lm4j.model.ClassifierText;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.SequenceClassifier;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.Words;
import org.lm4j.train.TextScorer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lm classify predict}: puts texts into classes. */
@Command(
    name = "predict",
    sortOptions = false,
    customSynopsis = "lm classify predict --model DIR [FILE] [OPTIONS]",
    description = {
      "Put texts into classes, a text a line.",
      "Prints a line for each, separated by tabs: the class, then the probability of each class,"
          + " in the order that a first line names. An empty line stays one.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  echo 'a gorgeous , witty , seductive movie .' | \\",
      "    lm classify predict --model models/polarity",
      "  lm classify predict --model models/polarity reviews.txt > classes.tsv"
    })
final class ClassifyPredictCommand implements Callable<Integer> {
  private static final int TEXTS = 1000; // classified together

  @Spec private CommandSpec spec;

  @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model folder.")
  private Path folder;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      converter = PathConverters.Source.class,
      description = "The texts; - is the standard input [-].")
  private String file = "-";

  @Mixin private DeviceOptions device;

  @Override
  public Integer call() {
    ModelFiles files = new ModelFiles(folder, ModelKind.CLASSIFIER);
    ClassifierConfig config = files.config(ClassifierConfig.class);
    Vocabulary vocabulary = files.vocabulary(ModelFiles.VOCABULARY, config.words());
    List<String> labels = files.labels(config.classes());
    try (Backend backend = device.open(spec.commandLine().getErr());
        SequenceClassifier classifier = SequenceClassifier.open(files, backend)) {
      PrintWriter out = Lm.results(spec);
      out.println("class\t" + String.join("\t", labels));
      List<String> waiting = new ArrayList<>();
      try {
        read(
            text -> {
              waiting.add(text);
              if (waiting.size() == TEXTS) {
                print(classifier, vocabulary, labels, waiting);
                waiting.clear();
              }
            });
      } catch (InputException e) { // what was read before it is answered
        print(classifier, vocabulary, labels, waiting);
        out.flush();
        throw e;
      }
      print(classifier, vocabulary, labels, waiting);
      out.flush();
    }
    return ExitCodes.OK;
  }

  private void read(Consumer<String> taker) {
    String name = file.equals("-") ? "the standard input" : file;
    TextLines.Reader reader = (line, number) -> taker.accept(line);
    if (!file.equals("-")) {
      TextLines.read(Path.of(file), reader);
      return;
    }
    try {
      TextLines.read(new BufferedInputStream(System.in), name, reader);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the standard input: " + e.getMessage(), e);
    }
  }

  private void print(
      SequenceClassifier classifier,
      Vocabulary vocabulary,
      List<String> labels,
      List<String> waiting) {
    if (waiting.isEmpty()) {
      return;
    }
    ClassifierText texts = new ClassifierText(vocabulary);
    waiting.stream().filter(text -> !Words.in(text).isEmpty()).forEach(texts::add);
    double[][] answers = new double[texts.size()][];
    TextScorer.score(classifier, texts, (text, probabilities) -> answers[text] = probabilities);
    PrintWriter out = Lm.results(spec);
    int next = 0;
    for (String text : waiting) {
      if (Words.in(text).isEmpty()) {
        out.println();
        continue;
      }
      double[] probabilities = answers[next++];
      out.print(labels.get(TextScorer.highest(probabilities)));
      for (double probability : probabilities) {
        out.printf(Locale.ROOT, "\t%.4f", probability);
      }
      out.println();
    }
  }
}
