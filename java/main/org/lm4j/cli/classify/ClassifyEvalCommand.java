package org.lm4j.cli.classify;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PageOption;
import org.lm4j.cli.report.ClassTable;
import org.lm4j.cli.report.Tables;
import org.lm4j.compute.Backend;
import org.lm4j.io.Json;
import org.lm4j.metric.ConfusionMatrix;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.classify.LabelledTexts;
import org.lm4j.task.classify.TextClassifierConfig;
import org.lm4j.task.classify.TextClassifierEvaluation;
import org.lm4j.task.classify.TextClassifierNetwork;
import org.lm4j.task.classify.TextClassifierTask;
import org.lm4j.task.classify.TextClassifierText;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.TrainingTask;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm classify eval}: evaluates a classifier on labelled texts. */
@Command(
    name = "eval",
    customSynopsis = "lm classify eval --model DIR --corpus FILE [OPTIONS]",
    description = {
      "Measure how well a classifier classifies texts, all of those named.",
      "Prints loss, accuracy, for each class how many of its texts were found (recall) and how many"
          + " of those called so are (precision), and how often each class was taken for each other;"
          + " of more than 20 classes the most frequent ones and their most frequent confusions."
    },
    footer = {
      "Examples:",
      "  lm classify eval --model models/reviews --corpus test.tsv",
      "  lm classify eval --model models/polarity --files pos=other.pos neg=other.neg",
      "  lm classify eval --model models/reviews --corpus test.tsv --page test.html"
    })
public final class ClassifyEvalCommand extends Subcommand implements Runnable {
  private static final int MOST_SQUARE = 20; // classes, of which all confusions are shown

  @Mixin private ModelFolder folder;

  @Mixin private ClassifyTexts texts;

  @Mixin
  private PageOption page =
      new PageOption(
          "Draw what is confused, how well each class is recognized, how far probabilities can be"
              + " trusted, and the errors of which the model was most certain, as a page.");

  @Option(names = "--json", description = "Print one JSON object in place of the tables.")
  private boolean json;

  @Mixin private DeviceOptions device;

  @Override
  public void run() {
    ModelFiles files = new ModelFiles(folder.path(), ModelKind.CLASSIFIER);
    TextClassifierConfig config = files.config(TextClassifierConfig.class);
    Vocabulary vocabulary = files.vocabulary(ModelFiles.VOCABULARY, config.words());
    List<String> labels = files.labels(config.classes());
    LabelledTexts labelled = texts.read(spec, config.readsPairs());
    TextClassifierText encoded = TextClassifierTask.encode(vocabulary, labels, labelled.all());
    TextClassifierEvaluation evaluation;
    try (Backend backend = device.open(err());
        TextClassifierNetwork classifier = TextClassifierNetwork.open(files, backend)) {
      evaluation = TextClassifierEvaluation.of(classifier, encoded);
    }
    print(evaluation.score(), evaluation.confusion(), labels);
    if (page.file() != null) {
      ClassifyPage.write(page.file(), folder.path(), labelled, labels, evaluation);
    }
  }

  private static Map<String, @Nullable Object> values(
      TrainingTask.Validation score, ConfusionMatrix matrix, List<String> labels) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("texts", score.targets());
    values.put("loss", score.loss());
    values.put("accuracy", matrix.accuracy());
    values.put("classes", new ClassTable(matrix, labels, "texts").values());
    List<Object> confusions = new ArrayList<>();
    for (ConfusionMatrix.Confusion confusion : matrix.confusions()) {
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("class", labels.get(confusion.actual()));
      each.put("taken_for", labels.get(confusion.predicted()));
      each.put("times", confusion.count());
      confusions.add(each);
    }
    values.put("confusions", confusions);
    return values;
  }

  private void print(TrainingTask.Validation score, ConfusionMatrix matrix, List<String> labels) {
    PrintWriter out = out();
    if (json) {
      out.println(Json.line(values(score, matrix, labels)));
      out.flush();
      return;
    }
    out.printf(Locale.ROOT, "texts     %,d%n", score.targets());
    out.printf(Locale.ROOT, "loss      %.4f%n", score.loss());
    out.printf(Locale.ROOT, "accuracy  %.2f %%%n%n", 100 * matrix.accuracy());
    if (labels.size() <= MOST_SQUARE) {
      printSquare(matrix, labels, out);
    } else {
      new ClassTable(matrix, labels, "texts").print(out);
      printConfusions(matrix, labels, out);
    }
    out.flush();
  }

  /** Prints each class, and how often it was taken for each other one. */
  private static void printSquare(ConfusionMatrix matrix, List<String> labels, PrintWriter out) {
    int width = Tables.width(labels, 16);
    ClassTable table = new ClassTable(matrix, labels, "texts");
    out.printf("%s %9s %9s  taken for:", Tables.cell("class", width), "precision", "recall");
    labels.forEach(label -> out.print(" " + Tables.right(label, 8)));
    out.println();
    for (int c = 0; c < labels.size(); c++) {
      out.print(table.row(c, width) + "           ");
      for (int other = 0; other < labels.size(); other++) {
        int column = Math.max(8, Tables.width(List.of(labels.get(other)), 0));
        out.print(" " + Tables.right(Long.toString(matrix.count(c, other)), column));
      }
      out.println();
    }
  }

  /** Prints the most frequent confusions. */
  private static void printConfusions(
      ConfusionMatrix matrix, List<String> labels, PrintWriter out) {
    List<ConfusionMatrix.Confusion> all = matrix.confusions();
    if (all.isEmpty()) {
      return;
    }
    List<ConfusionMatrix.Confusion> shown = all.subList(0, Math.min(Tables.MOST_ROWS, all.size()));
    int width = Tables.width(shown.stream().map(each -> labels.get(each.actual())).toList(), 16);
    out.printf("%n%s %9s  taken for%n", Tables.cell("class", width), "times");
    for (ConfusionMatrix.Confusion each : shown) {
      out.printf(
          Locale.ROOT,
          "%s %,9d  %s%n",
          Tables.cell(labels.get(each.actual()), width),
          each.count(),
          Tables.name(labels.get(each.predicted())));
    }
    if (all.size() > shown.size()) {
      out.println(Tables.more(all.size() - shown.size(), "confusions", "--json has all"));
    }
  }
}
