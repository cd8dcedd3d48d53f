package org.lm4j.cli.tag;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.lm4j.chart.MarkedTexts;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.chart.Table;
import org.lm4j.cli.plot.TrainingCurve;
import org.lm4j.cli.report.ClassFigures;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.io.AtomicFile;
import org.lm4j.metric.ConfusionMatrix;
import org.lm4j.task.tag.SpanScore;
import org.lm4j.task.tag.TagConfusions;
import org.lm4j.train.TrainingTask;

/** The page of {@code lm tag eval}. */
final class TagPage {
  private static final int LONGEST = 60; // characters of a tag
  private static final int MOST_PAIRS = 12; // confusions with examples

  private final Path model;
  private final String corpus;

  /** Creates the page of a model folder and a file. */
  TagPage(Path model, Path corpus) {
    this.model = model;
    this.corpus = corpus.toString();
  }

  /**
   * Writes the page.
   *
   * @param spans of which all counts are 0 if the tags mark no spans
   */
  void write(Path file, TrainingTask.Validation score, TagConfusions confusions, SpanScore spans) {
    Page page = Page.of("Test of " + ModelFacts.name(model));
    page.kind("Tagger").foot(ModelFacts.madeBy("lm tag eval"));
    TrainingCurve.identify(page, model).fact("Tested on", Names.isolated(corpus));
    ClassFigures figures =
        new ClassFigures(confusions.matrix(), confusions.tags(), "tag", "tokens");
    if (spans.all().gold() > 0) {
      page.figure(
          "F1 of spans",
          ClassFigures.percent(spans.all().f1()),
          "precision %s, recall %s"
              .formatted(
                  ClassFigures.percent(spans.all().precision()),
                  ClassFigures.percent(spans.all().recall())));
    }
    figures.addFigures(page);
    page.figure("Loss", Numbers.rounded(score.loss(), 4), "nats per token");
    if (!spans.types().isEmpty()) {
      page.heading("How well spans are found");
      page.paragraph("A span counts as found if type, first token and last token are all correct.");
      page.table("By type", types(spans));
    }
    figures.addTo(page);
    examples(page, confusions);
    TrainingCurve.add(page, model);
    AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
  }

  private static Table types(SpanScore spans) {
    Table table = Table.of("type", "precision", "recall", "F1", "spans", "answered", "found");
    List<Map.Entry<String, SpanScore.Counts>> types =
        spans.types().entrySet().stream()
            .sorted(Map.Entry.comparingByValue((a, b) -> Long.compare(b.gold(), a.gold())))
            .toList();
    table = row(table, "all", spans.all());
    for (Map.Entry<String, SpanScore.Counts> type : types) {
      table =
          row(
              table,
              type.getKey().isEmpty() ? "(no type)" : Names.shortened(type.getKey(), LONGEST),
              type.getValue());
    }
    return table;
  }

  private static Table row(Table table, String name, SpanScore.Counts counts) {
    return table.row(
        name,
        ClassFigures.percent(counts.precision()),
        ClassFigures.percent(counts.recall()),
        ClassFigures.percent(counts.f1()),
        Numbers.count(counts.gold()),
        Numbers.count(counts.answered()),
        Numbers.count(counts.found()));
  }

  private static void examples(Page page, TagConfusions confusions) {
    MarkedTexts examples = MarkedTexts.of("Examples of the most frequent confusions");
    for (ConfusionMatrix.Confusion pair :
        confusions.matrix().confusions().stream().limit(MOST_PAIRS).toList()) {
      String wanted = confusions.tags().get(pair.actual());
      String given = confusions.tags().get(pair.predicted());
      for (TagConfusions.Example each : confusions.examples(pair)) {
        examples.add(
            Names.shortened(wanted, LONGEST),
            each.before(),
            each.word(),
            each.after(),
            "answered %s".formatted(Names.isolated(Names.shortened(given, LONGEST))));
      }
    }
    page.heading("Errors").texts(examples);
    if (examples.isEmpty()) {
      page.paragraph("There are none.");
    }
  }
}
