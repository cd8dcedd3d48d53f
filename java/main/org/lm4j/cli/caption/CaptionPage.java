package org.lm4j.cli.caption;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lm4j.chart.GridStrip;
import org.lm4j.chart.Names;
import org.lm4j.chart.Page;
import org.lm4j.chart.Table;
import org.lm4j.cli.plot.TrainingCurve;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.io.AtomicFile;
import org.lm4j.task.caption.CaptionGenerator;
import org.lm4j.task.scenes.Scene;
import org.lm4j.task.scenes.SceneDrawing;
import org.lm4j.text.sentence.SentenceVocabulary;

/** Captions as a page: for each word a grid of the attention weights, over the picture. */
final class CaptionPage {
  private static final int PICTURE = 104; // pixels
  private static final int MOST = 60;

  private CaptionPage() {}

  /** An image and its generated captions, the best first. */
  record Described(String image, List<CaptionGenerator.Written> captions) {}

  /**
   * Writes the page.
   *
   * @param model the folder of the captioner
   * @param cells of the grid; 1 where there is none
   * @param scenes pictures by image; empty for none
   */
  static void write(
      Path file, Path model, List<Described> all, int cells, Map<String, Scene> scenes) {
    Page page =
        Page.of(
            all.size() == 1
                ? "Caption of " + Names.isolated(all.getFirst().image())
                : "Captions of %,d images".formatted(all.size()));
    page.kind("Image captions").foot(ModelFacts.madeBy("lm caption generate"));
    TrainingCurve.identify(page, model);
    boolean attended =
        all.stream().anyMatch(each -> !each.captions().getFirst().weights().isEmpty());
    if (attended) {
      page.paragraph(
          "Where the captioner looked before it wrote each word. The strongest cell is framed, with its"
              + " weight below; the weights of a word sum to 1.");
      int side = (int) Math.round(Math.sqrt(cells));
      int rows = side * side == cells ? side : 1;
      for (Described each : all.subList(0, Math.min(MOST, all.size()))) {
        page.chart(strip(each, rows, cells / rows, scenes));
      }
      if (all.size() > MOST) {
        page.paragraph("%d more images are not shown.".formatted(all.size() - MOST));
      }
    } else {
      Table table = Table.of("image", "caption");
      for (Described each : all) {
        table = table.row(each.image(), each.captions().getFirst().text());
      }
      page.paragraph("This captioner has no attention, so there is no map of where it looked.");
      page.table("Captions", table);
    }
    TrainingCurve.add(page, model);
    AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
  }

  private static GridStrip strip(Described each, int rows, int columns, Map<String, Scene> scenes) {
    CaptionGenerator.Written best = each.captions().getFirst();
    GridStrip strip =
        GridStrip.of(
            Names.isolated(each.image()) + ": " + Names.isolated(best.text()), rows, columns);
    Scene scene = scenes.get(each.image());
    if (scene != null) {
      strip.picture(SceneDrawing.svg(scene, PICTURE));
    }
    List<String> words = new ArrayList<>(best.words());
    words.add(SentenceVocabulary.END);
    for (int i = 0; i < best.weights().size(); i++) {
      strip.add(words.get(i), best.weights().get(i));
    }
    for (CaptionGenerator.Written other : each.captions().subList(1, each.captions().size())) {
      strip.note(
          "also found, log P %.2f: %s"
              .formatted(other.logProbability(), Names.isolated(other.text())));
    }
    return strip;
  }
}
