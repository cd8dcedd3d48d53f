package org.lm4j.cli.caption;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.lm4j.chart.BarChart;
import org.lm4j.chart.MarkedTexts;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.cli.plot.TrainingCurve;
import org.lm4j.cli.report.ClassFigures;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.io.AtomicFile;
import org.lm4j.task.caption.Bleu;
import org.lm4j.task.caption.CiderD;
import org.lm4j.task.caption.RougeL;
import org.lm4j.task.caption.ScoredCaption;

/**
 * The page of {@code lm caption eval}: the metrics, and captions that are none of the references.
 */
final class CaptionEvalPage {
  private static final int MOST = 40;
  private static final int MOST_REFERENCES = 5;

  private CaptionEvalPage() {}

  static void write(Path file, Path model, List<String> images, List<ScoredCaption> scored) {
    Page page = Page.of("Test of " + ModelFacts.name(model));
    page.kind("Image captions").foot(ModelFacts.madeBy("lm caption eval"));
    TrainingCurve.identify(page, model);
    double[] bleu = Bleu.score(scored);
    long exact = scored.stream().filter(each -> each.references().contains(each.words())).count();
    page.figure("BLEU-4", Numbers.rounded(bleu[Bleu.ORDERS - 1], 4), "of 1");
    page.figure("CIDEr-D", Numbers.rounded(CiderD.score(scored), 4), "of 10");
    page.figure("ROUGE-L", Numbers.rounded(RougeL.score(scored), 4), "of 1");
    page.figure(
        "Exact",
        ClassFigures.percent((double) exact / scored.size()),
        Numbers.count(exact) + " of " + Numbers.count(scored.size()) + " captions are a reference");
    BarChart bars = BarChart.of("BLEU by the longest sequence of words", "BLEU");
    for (int n = 1; n <= Bleu.ORDERS; n++) {
      bars.add("BLEU-" + n, bleu[n - 1]);
    }
    page.chart(bars).texts(differing(images, scored));
    TrainingCurve.add(page, model);
    AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
  }

  private static MarkedTexts differing(List<String> images, List<ScoredCaption> scored) {
    MarkedTexts texts = MarkedTexts.of("First captions that are none of the references");
    int shown = 0;
    for (int i = 0; i < scored.size() && shown < MOST; i++) {
      ScoredCaption each = scored.get(i);
      if (!each.references().contains(each.words())) {
        shown++;
        texts.add(
            images.get(i),
            "",
            each.words().isEmpty() ? "(nothing)" : String.join(" ", each.words()),
            "",
            "references: "
                + each.references().stream()
                    .limit(MOST_REFERENCES)
                    .map(words -> Names.isolated(String.join(" ", words)))
                    .collect(Collectors.joining("; ")));
      }
    }
    return texts;
  }
}
