package org.lm4j.cli.vqa;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.lm4j.chart.BarChart;
import org.lm4j.chart.MarkedTexts;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.cli.plot.TrainingCurve;
import org.lm4j.cli.report.ClassFigures;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.io.AtomicFile;
import org.lm4j.metric.Calibration;
import org.lm4j.metric.ConfusionMatrix;
import org.lm4j.task.vqa.Question;
import org.lm4j.train.TrainingTask;

/** The page of {@code lm vqa eval}: accuracy by kind, confused answers, confident errors. */
final class VqaEvalPage {
  private static final int MOST_ERRORS = 25;
  private static final int MOST_KINDS = 40;

  private final VqaModel model;
  private final List<String> answers; // those of the model, then those it does not know
  private final List<Given> given = new ArrayList<>();

  private record Given(Question question, int actual, int predicted, double probability) {
    boolean isCorrect() {
      return actual == predicted;
    }
  }

  VqaEvalPage(VqaModel model) {
    this.model = model;
    this.answers = new ArrayList<>(model.labels());
  }

  /** Takes the answer to a question. */
  void add(Question question, int predicted, double probability) {
    int actual = answers.indexOf(question.answer());
    if (actual < 0) {
      actual = answers.size();
      answers.add(question.answer());
    }
    given.add(new Given(question, actual, predicted, probability));
  }

  void write(Path file, Path questions, TrainingTask.Validation score) {
    ConfusionMatrix matrix = new ConfusionMatrix(answers.size());
    Calibration calibration = new Calibration();
    Map<String, long[]> kinds = new TreeMap<>();
    for (Given each : given) {
      matrix.add(each.actual(), each.predicted());
      calibration.add(Math.clamp(each.probability(), 0, 1), each.isCorrect());
      long[] counts = kinds.computeIfAbsent(each.question().kind(), kind -> new long[2]);
      counts[0]++;
      counts[1] += each.isCorrect() ? 1 : 0;
    }
    Path folder = model.files().path();
    Page page = Page.of("Test of " + ModelFacts.name(folder));
    page.kind("Visual question answering").foot(ModelFacts.madeBy("lm vqa eval"));
    TrainingCurve.identify(page, folder).fact("Tested on", Names.isolated(questions.toString()));
    ClassFigures figures = new ClassFigures(matrix, answers, "answer", "questions");
    figures.addFigures(page);
    if (Double.isFinite(score.loss())) {
      page.figure("Loss", Numbers.rounded(score.loss(), 4), "nats per question");
    }
    figures.addFigure(page, calibration);
    if (kinds.size() > 1 || !kinds.containsKey("")) {
      page.chart(byKind(kinds));
    }
    figures.addTo(page);
    figures.addCalibration(page, calibration);
    page.heading("Errors").texts(errors());
    TrainingCurve.add(page, folder);
    AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
  }

  private static BarChart byKind(Map<String, long[]> kinds) {
    BarChart bars = BarChart.of("Accuracy by kind of question", "share answered correctly");
    kinds.entrySet().stream()
        .sorted(Comparator.comparingLong(kind -> -kind.getValue()[0]))
        .limit(MOST_KINDS)
        .forEach(
            kind ->
                bars.add(
                    (kind.getKey().isEmpty() ? "(no kind)" : kind.getKey())
                        + ", "
                        + Numbers.count(kind.getValue()[0])
                        + " questions",
                    (double) kind.getValue()[1] / kind.getValue()[0]));
    return bars;
  }

  private MarkedTexts errors() {
    MarkedTexts errors = MarkedTexts.of("Errors of which the model was most certain");
    given.stream()
        .filter(each -> !each.isCorrect())
        .sorted(Comparator.comparingDouble(each -> -each.probability()))
        .limit(MOST_ERRORS)
        .forEach(
            each ->
                errors.add(
                    each.question().image(),
                    each.question().text() + " ",
                    answers.get(each.predicted()),
                    "",
                    "expected %s; answered with probability %s"
                        .formatted(
                            Names.isolated(each.question().answer()),
                            ClassFigures.percent(each.probability()))));
    return errors;
  }
}
