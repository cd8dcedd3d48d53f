package org.lm4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.lm4j.compute.Backend;
import org.lm4j.metric.ConfusionMatrix;
import org.lm4j.model.ClassifierConfig;
import org.lm4j.model.ClassifierText;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.SequenceClassifier;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.TextScorer;
import org.lm4j.train.TextSetup;
import org.lm4j.train.TrainingTask;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lm classify eval}: how well a classifier knows the classes of texts. */
@Command(
    name = "eval",
    sortOptions = false,
    customSynopsis = "lm classify eval --model DIR --corpus FILE [OPTIONS]",
    description = {
      "Tell how well a classifier knows the classes of texts, of all those named.",
      "Prints loss, accuracy, for each class how many of its texts were found (recall) and how many"
          + " of those called so are (precision), and how often each class was taken for each"
          + " other.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  lm classify eval --model models/reviews --corpus test.tsv",
      "  lm classify eval --model models/polarity --files pos=other.pos neg=other.neg"
    })
final class ClassifyEvalCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model folder.")
  private Path folder;

  @Mixin private ClassifyTexts texts;
  @Mixin private DeviceOptions device;

  @Override
  public Integer call() {
    ModelFiles files = new ModelFiles(folder, ModelKind.CLASSIFIER);
    ClassifierConfig config = files.config(ClassifierConfig.class);
    Vocabulary vocabulary = files.vocabulary(ModelFiles.VOCABULARY, config.words());
    List<String> labels = files.labels(config.classes());
    ClassifierText encoded = TextSetup.encode(vocabulary, labels, texts.read().all());
    ConfusionMatrix matrix = new ConfusionMatrix(labels.size());
    TrainingTask.Validation score;
    try (Backend backend = device.open(spec.commandLine().getErr());
        SequenceClassifier classifier = SequenceClassifier.open(files, backend)) {
      score =
          TextScorer.score(
                  classifier,
                  encoded,
                  (text, probabilities) ->
                      matrix.add(encoded.label(text), TextScorer.highest(probabilities)))
              .checked();
    }
    print(score, matrix, labels);
    return ExitCodes.OK;
  }

  private void print(TrainingTask.Validation score, ConfusionMatrix matrix, List<String> labels) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, "texts     %,d%n", score.targets());
    out.printf(Locale.ROOT, "loss      %.4f%n", score.loss());
    out.printf(Locale.ROOT, "accuracy  %.2f %%%n%n", 100 * matrix.accuracy());
    out.printf("%-16s %9s %9s  taken for:", "class", "precision", "recall");
    labels.forEach(label -> out.printf(" %8s", label));
    out.println();
    for (int c = 0; c < labels.size(); c++) {
      out.printf(
          "%-16s %s %s           ",
          labels.get(c), percent(matrix.precision(c)), percent(matrix.recall(c)));
      for (int other = 0; other < labels.size(); other++) {
        out.printf(Locale.ROOT, " %8d", matrix.count(c, other));
      }
      out.println();
    }
    out.flush();
  }

  /** A part of what there is, or that there is nothing. */
  private static String percent(double part) {
    return Double.isNaN(part) ? "     none" : String.format(Locale.ROOT, "%7.2f %%", 100 * part);
  }
}
