package org.lm4j.cli.vqa;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.chart.BarChart;
import org.lm4j.chart.HeatMap;
import org.lm4j.chart.Names;
import org.lm4j.chart.Page;
import org.lm4j.cli.plot.TrainingCurve;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.task.scenes.Scene;
import org.lm4j.task.scenes.SceneObject;
import org.lm4j.task.vqa.Question;
import org.lm4j.task.vqa.VqaScorer;

/** The page of {@code lm vqa ask}: answers to questions, and the attention of each hop. */
final class VqaPage {
  private static final int BARS = 5;

  private final VqaModel model;
  private final int rows;
  private final int columns;
  private final @Nullable Scene scene;
  private final Page page;

  /**
   * Creates a page without questions.
   *
   * @param scene what is to be drawn into the cells, or null
   * @throws InputException if a scene is not on a grid as the model's
   */
  VqaPage(VqaModel model, String image, @Nullable Scene scene) {
    this.model = model;
    this.rows = model.config().image().rows();
    this.columns = model.config().image().columns();
    this.scene = scene;
    if (scene != null && (rows != Scene.GRID || columns != Scene.GRID)) {
      throw new InputException(
          "--scenes go with grids of %d x %d cells, not of %d x %d."
              .formatted(Scene.GRID, Scene.GRID, rows, columns));
    }
    this.page = Page.of("Questions about " + Names.isolated(image));
    page.kind("Visual question answering").foot(ModelFacts.madeBy("lm vqa ask"));
    TrainingCurve.identify(page, model.files().path());
  }

  /** Adds a question. */
  void add(Question question, VqaScorer.Answer answer) {
    List<Integer> ranked = answer.ranked();
    int best = ranked.getFirst();
    String probability =
        String.format(Locale.ROOT, "%.1f %%", 100 * answer.probabilities().get(best));
    page.heading(question.text());
    page.figure(
        question.text(), model.labels().get(best), "answered with probability " + probability);
    if (model.config().grid() > 0) {
      for (int k = 0; k < answer.looks().size(); k++) {
        page.chart(
            map("Attention, hop %d of %d".formatted(k + 1, answer.looks().size()), answer, k));
      }
    }
    BarChart bars = BarChart.of("Most likely answers", "probability");
    ranked.stream()
        .limit(BARS)
        .forEach(i -> bars.add(model.labels().get(i), answer.probabilities().get(i)));
    page.chart(bars);
  }

  private HeatMap map(String title, VqaScorer.Answer answer, int hop) {
    double[][] weights = new double[rows][columns];
    for (int i = 0; i < rows * columns; i++) {
      weights[i / columns][i % columns] = answer.looks().get(hop).get(i);
    }
    double most =
        answer.looks().stream().flatMap(List::stream).mapToDouble(each -> each).max().orElse(1);
    HeatMap map = HeatMap.of(title, weights).axes("column", "row").range(0, Math.max(most, 1e-9));
    if (scene != null) {
      for (SceneObject object : scene.objects()) {
        HeatMap.Shape shape = HeatMap.Shape.valueOf(object.shape().name());
        map.mark(object.row(), object.column(), shape, object.colour().hex());
      }
    }
    return map;
  }

  /** Returns the page, to be stored as UTF-8. */
  String html() {
    page.heading("The model");
    TrainingCurve.add(page, model.files().path());
    return page.html();
  }
}
