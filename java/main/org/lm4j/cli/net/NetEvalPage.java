package org.lm4j.cli.net;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lm4j.chart.ImageGrid;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.chart.Picture;
import org.lm4j.cli.plot.TrainingCurve;
import org.lm4j.cli.report.ClassFigures;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.io.AtomicFile;
import org.lm4j.metric.ConfusionMatrix;
import org.lm4j.task.net.LabelledImages;
import org.lm4j.train.TrainingTask;

/** The page of {@code lm net eval}: confusions, scores of classes, and pictures of errors. */
final class NetEvalPage {
  private static final int MOST = 60; // pictures
  private static final int COLUMNS = 12;

  private final LabelledImages images;
  private final List<Integer> shown = new ArrayList<>();
  private final List<Integer> answers = new ArrayList<>();

  NetEvalPage(LabelledImages images) {
    this.images = images;
  }

  /** Takes the answer to a picture. */
  void add(int index, int actual, int predicted) {
    if (actual != predicted && shown.size() < MOST) {
      shown.add(index);
      answers.add(predicted);
    }
  }

  void write(Path file, Path model, TrainingTask.Validation score, ConfusionMatrix matrix) {
    Page page = Page.of("Test of " + ModelFacts.name(model));
    page.kind("Two-layer net").foot(ModelFacts.madeBy("lm net eval"));
    TrainingCurve.identify(page, model).fact("Tested on", Names.isolated(images.source()));
    ClassFigures figures = new ClassFigures(matrix, images.classes(), "class", "pictures");
    figures.addFigures(page);
    page.figure("Loss", Numbers.rounded(score.loss(), 4), "mean per picture");
    figures.addTo(page);
    if (!shown.isEmpty()) {
      page.chart(errors());
    }
    TrainingCurve.add(page, model);
    AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
  }

  private ImageGrid errors() {
    ImageGrid grid = ImageGrid.of("First errors: correct class, answer", COLUMNS).side(72);
    int channels = images.form().channels() == 3 ? 3 : 1; // of others the first is shown
    int pixels = images.form().height() * images.form().width();
    for (int k = 0; k < shown.size(); k++) {
      int picture = shown.get(k);
      double[] values = new double[pixels * channels];
      for (int i = 0; i < values.length; i++) {
        values[i] = images.pixel(picture, i % channels * pixels + i / channels);
      }
      grid.add(
          name(images.label(picture)) + ", " + name(answers.get(k)),
          Picture.of(values, images.form().height(), images.form().width(), channels, 0, 255));
    }
    return grid;
  }

  private String name(int label) {
    return Names.isolated(images.classes().get(label));
  }
}
