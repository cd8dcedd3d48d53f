package org.lm4j.cli.embed;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import org.lm4j.chart.BarChart;
import org.lm4j.chart.MarkedTexts;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.chart.Table;
import org.lm4j.chart.WordMap;
import org.lm4j.cli.plot.TrainingCurve;
import org.lm4j.cli.report.ClassFigures;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.data.VectorTable;
import org.lm4j.io.AtomicFile;
import org.lm4j.task.embed.AnalogyScore;
import org.lm4j.task.embed.KeyedVectors;
import org.lm4j.task.embed.PrincipalComponents;

/** The pages of word vectors: a map of words with their neighbours, and analogies. */
final class EmbedPage {
  private static final int DRAWN = 600; // words on the map
  private static final int SEARCHED = 1000; // words whose neighbours can be looked up
  private static final int LONGEST = 60; // characters of a word
  private static final int NEIGHBOURS = 10;
  private static final int MOST_TABLES = 12;
  private static final int MOST_ERRORS = 25;

  private final Path source;
  private final KeyedVectors space;
  private final String command;

  EmbedPage(Path source, KeyedVectors space, String command) {
    this.source = source;
    this.space = space;
    this.command = command;
  }

  /**
   * Writes the map of the most frequent words.
   *
   * @param asked rows of words that stand out
   * @param count how many neighbours of them to list
   */
  void writeMap(Path file, List<Integer> asked, int count) {
    VectorTable table = space.table();
    Page page = begin();
    page.figure("Words", Numbers.text(table.words().size()), "with a vector");
    page.figure("Dimensions", Numbers.text(table.dimension()), "of each vector");
    if (table.words().isEmpty() || table.dimension() < 2) {
      page.paragraph("There is nothing to draw: a map needs words and two dimensions.");
    } else {
      page.paragraph(
          "Words whose vectors point in similar directions are neighbours. The map shows the two"
              + " directions in which they vary most (principal component analysis); type a word to"
              + " find it and its nearest neighbours by cosine among all words.");
      page.chart(map(page, asked));
    }
    for (int row : asked.subList(0, Math.min(MOST_TABLES, asked.size()))) {
      Table neighbours = Table.of("word", "cosine");
      for (KeyedVectors.Neighbour each : space.nearest(row, count)) {
        neighbours = neighbours.row(name(each.word()), cosine(each.cosine()));
      }
      page.tableBeside("Nearest to " + Names.isolated(name(table.words().get(row))), neighbours);
    }
    end(page, file);
  }

  private static String name(String word) {
    return Names.shortened(word, LONGEST);
  }

  private static String cosine(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private WordMap map(Page page, List<Integer> asked) {
    VectorTable table = space.table();
    Set<Integer> chosen = new LinkedHashSet<>(asked);
    IntStream.range(0, Math.min(DRAWN, table.words().size())).forEach(chosen::add);
    List<Integer> drawn = List.copyOf(chosen);
    PrincipalComponents plane = PrincipalComponents.ofDirections(table, drawn, 2);
    page.figure(
        "Variance on the map",
        ClassFigures.percent(plane.share(0) + plane.share(1)),
        "of the words drawn, in two of " + table.dimension() + " dimensions");
    WordMap map =
        WordMap.of(
            "Map of " + Numbers.text(drawn.size()) + " words", axis(0, plane), axis(1, plane));
    for (int i = 0; i < drawn.size(); i++) {
      int row = drawn.get(i);
      String word = table.words().get(row);
      map.add(
          word,
          plane.coordinate(i, 0),
          plane.coordinate(i, 1),
          Names.isolated(name(word)) + ", word " + Numbers.text(row + 1) + " of the list",
          asked.contains(row));
    }
    IntStream.range(0, Math.min(SEARCHED, table.words().size())).forEach(chosen::add);
    List<Integer> searched = new ArrayList<>(chosen);
    List<List<KeyedVectors.Neighbour>> nearest = space.nearest(searched, NEIGHBOURS);
    for (int i = 0; i < nearest.size(); i++) {
      map.neighbours(
          table.words().get(searched.get(i)),
          nearest.get(i).stream()
              .map(each -> new WordMap.Neighbour(each.word(), each.cosine()))
              .toList());
    }
    return map;
  }

  private static String axis(int component, PrincipalComponents plane) {
    return "principal component %d (%s of the variance)"
        .formatted(component + 1, ClassFigures.percent(plane.share(component)));
  }

  /** Writes how many analogies of each section were answered correctly. */
  void writeAnalogies(Path file, AnalogyScore score) {
    Page page = begin();
    page.figure(
        "Accuracy",
        ClassFigures.percent(score.all().accuracy()),
        "of %s questions asked".formatted(Numbers.count(score.all().asked())));
    page.figure(
        "Not asked",
        Numbers.count(score.all().questions() - score.all().asked()),
        "of %s questions, since a word has no vector"
            .formatted(Numbers.count(score.all().questions())));
    BarChart bars = BarChart.of("Accuracy by section", "share answered correctly");
    Table table = Table.of("section", "accuracy", "correct", "asked", "questions");
    for (AnalogyScore.Section section : score.sections()) {
      bars.add(section.name(), section.accuracy());
      table =
          table.row(
              section.name(),
              ClassFigures.percent(section.accuracy()),
              Numbers.count(section.correct()),
              Numbers.count(section.asked()),
              Numbers.count(section.questions()));
    }
    page.tableBeside("By section", table).chart(bars);
    MarkedTexts wrong = MarkedTexts.of("Questions answered wrongly");
    for (AnalogyScore.Answer each : score.errors(MOST_ERRORS)) {
      List<String> words = each.question();
      wrong.add(
          each.section(),
          "%s is to %s as %s is to "
              .formatted(
                  Names.isolated(words.get(0)),
                  Names.isolated(words.get(1)),
                  Names.isolated(words.get(2))),
          each.answer().isEmpty() ? "(nothing)" : each.answer(),
          "",
          "expected " + Names.isolated(words.get(3)));
    }
    end(page.texts(wrong), file);
  }

  private Page begin() {
    Page page = Page.of("Word vectors of " + ModelFacts.name(source));
    page.kind("Word vectors").foot(ModelFacts.madeBy(command));
    return TrainingCurve.identify(page, source);
  }

  private void end(Page page, Path file) {
    TrainingCurve.add(page, source);
    AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
  }
}
