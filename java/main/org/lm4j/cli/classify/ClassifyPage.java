package org.lm4j.cli.classify;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.lm4j.chart.MarkedTexts;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.cli.plot.TrainingCurve;
import org.lm4j.cli.report.ClassFigures;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.io.AtomicFile;
import org.lm4j.task.classify.LabelledTexts;
import org.lm4j.task.classify.TextClassifierEvaluation;

/** The page of {@code lm classify eval}. */
final class ClassifyPage {
  private static final int MOST_ERRORS = 25;
  private static final int LONGEST = 60; // characters of a label

  private ClassifyPage() {}

  static void write(
      Path file,
      Path model,
      LabelledTexts texts,
      List<String> labels,
      TextClassifierEvaluation evaluation) {
    Page page = Page.of("Test of " + ModelFacts.name(model));
    page.kind("Text classifier").foot(ModelFacts.madeBy("lm classify eval"));
    TrainingCurve.identify(page, model).fact("Tested on", Names.isolated(texts.source()));
    ClassFigures figures = new ClassFigures(evaluation.confusion(), labels, "class", "texts");
    figures.addFigures(page);
    page.figure("Loss", Numbers.rounded(evaluation.score().loss(), 4), "nats per text");
    figures.addFigure(page, evaluation.calibration());
    figures.addTo(page);
    figures.addCalibration(page, evaluation.calibration());
    errors(page, texts, labels, evaluation);
    TrainingCurve.add(page, model);
    AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
  }

  private static void errors(
      Page page, LabelledTexts texts, List<String> labels, TextClassifierEvaluation evaluation) {
    MarkedTexts errors = MarkedTexts.of("Errors of which the model was most certain");
    for (TextClassifierEvaluation.Answer answer : evaluation.confidentErrors(MOST_ERRORS)) {
      String text = texts.all().get(answer.text()).text().replace("\t", " ⇄ ");
      errors.add(
          Names.shortened(labels.get(answer.actual()), LONGEST),
          "",
          "",
          text,
          "answered %s with probability %s"
              .formatted(
                  Names.isolated(Names.shortened(labels.get(answer.predicted()), LONGEST)),
                  ClassFigures.percent(answer.probability())));
    }
    page.heading("Errors").texts(errors);
    if (errors.isEmpty()) {
      page.paragraph("There are none.");
    }
  }
}
