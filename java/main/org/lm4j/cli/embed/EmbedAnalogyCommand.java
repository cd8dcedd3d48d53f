package org.lm4j.cli.embed;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.options.PageOption;
import org.lm4j.cli.report.Tables;
import org.lm4j.compute.Backend;
import org.lm4j.io.Json;
import org.lm4j.task.embed.AnalogyQuestions;
import org.lm4j.task.embed.AnalogyScore;
import org.lm4j.task.embed.KeyedVectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lm embed analogy}: answers analogies. */
@Command(
    name = "analogy",
    customSynopsis =
        "lm embed analogy (--model DIR | --vectors FILE) (A B C | --file FILE) [OPTIONS]",
    description = {
      "Find what is to C as B is to A: the words nearest to B - A + C, other than these three.",
      "With --file, ask all questions of a file and report how many were answered right. Its lines are"
          + " of four words, A B C and the answer; a line ': NAME' begins a section."
    },
    footer = {
      "Examples:",
      "  lm embed analogy --model models/words man king woman",
      "  lm embed analogy --model models/words --file questions-words.txt --lower-case"
    })
public final class EmbedAnalogyCommand extends Subcommand implements Runnable {
  @Mixin private VectorSource source;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "Questions with answers, as questions-words.txt of word2vec.")
  private @Nullable Path file;

  @Option(names = "--lower-case", description = "Take the file's words in lower case.")
  private boolean lowerCase;

  @Option(names = "--count", paramLabel = "N", description = "How many words to print [{default}].")
  private int count = 5;

  @Mixin
  private PageOption page =
      new PageOption("Draw the answers to the file's questions by section, as a page.");

  @Option(names = "--json", description = "Print one JSON object, or one a section.")
  private boolean json;

  @Parameters(paramLabel = "A B C", arity = "0..3", description = "Three words.")
  private List<String> words = new ArrayList<>();

  @Override
  public void run() {
    if (file == null ? words.size() != 3 : !words.isEmpty()) {
      throw new InputException("give three words, or a file of questions with --file.");
    }
    if (file == null && page.file() != null) {
      throw new InputException("--page goes with --file.");
    }
    PrintWriter out = out();
    try (Backend backend = source.device().open(err());
        KeyedVectors space = new KeyedVectors(backend, source.read(backend))) {
      if (file == null) {
        int[] rows =
            words.stream().mapToInt(word -> VectorSource.row(space.table(), word)).toArray();
        List<KeyedVectors.Neighbour> nearest = space.analogy(rows[0], rows[1], rows[2], count);
        if (json) {
          out.println(Json.line(Map.of("words", words, "nearest", nearest)));
        } else {
          EmbedNearestCommand.print(nearest, out);
        }
      } else {
        AnalogyScore score = AnalogyScore.of(AnalogyQuestions.read(file, lowerCase), space);
        print(score, out);
        if (page.file() != null) {
          new EmbedPage(source.path(), space, "lm embed analogy")
              .writeAnalogies(page.file(), score);
        }
      }
      out.flush();
    }
  }

  private void print(AnalogyScore score, PrintWriter out) {
    for (AnalogyScore.Section section : score.sections()) {
      line(out, Visible.name(section.name()), section);
    }
    line(out, "all", score.all());
  }

  private void line(PrintWriter out, String name, AnalogyScore.Section counts) {
    if (json) {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("section", name);
      values.put("right", counts.correct());
      values.put("asked", counts.asked());
      values.put("all", counts.questions());
      out.println(Json.line(values));
      return;
    }
    out.printf(
        Locale.ROOT,
        "%s %6.2f %%  %,d of %,d right, %,d with a word that has no vector%n",
        Tables.cell(name, 30),
        counts.asked() == 0 ? 0 : 100 * counts.accuracy(),
        counts.correct(),
        counts.asked(),
        counts.questions() - counts.asked());
  }
}
