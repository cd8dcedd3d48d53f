package org.lm4j.cli.embed;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.report.Tables;
import org.lm4j.compute.Backend;
import org.lm4j.io.Json;
import org.lm4j.task.embed.AnalogyQuestions;
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
  private static final int AT_ONCE = 64;

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

  @Option(names = "--json", description = "Print one JSON object, or one a section.")
  private boolean json;

  @Parameters(paramLabel = "A B C", arity = "0..3", description = "Three words.")
  private List<String> words = new ArrayList<>();

  @Override
  public void run() {
    if (file == null ? words.size() != 3 : !words.isEmpty()) {
      throw new InputException("give three words, or a file of questions with --file.");
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
        ask(AnalogyQuestions.read(file, lowerCase), space, out);
      }
      out.flush();
    }
  }

  private void ask(List<AnalogyQuestions.Section> sections, KeyedVectors space, PrintWriter out) {
    long right = 0;
    long asked = 0;
    long all = 0;
    for (AnalogyQuestions.Section section : sections) {
      List<int[]> known = known(section, space);
      long rightHere = right(known, space);
      line(out, Visible.name(section.name()), rightHere, known.size(), section.questions().size());
      right += rightHere;
      asked += known.size();
      all += section.questions().size();
    }
    line(out, "all", right, asked, all);
  }

  private void line(PrintWriter out, String name, long right, long asked, long all) {
    if (json) {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("section", name);
      values.put("right", right);
      values.put("asked", asked);
      values.put("all", all);
      out.println(Json.line(values));
      return;
    }
    out.printf(
        Locale.ROOT,
        "%s %6.2f %%  %,d of %,d right, %,d with a word that has no vector%n",
        Tables.cell(name, 30),
        asked == 0 ? 0 : 100.0 * right / asked,
        right,
        asked,
        all - asked);
  }

  private static List<int[]> known(AnalogyQuestions.Section section, KeyedVectors space) {
    List<int[]> known = new ArrayList<>();
    for (List<String> question : section.questions()) {
      int[] rows = question.stream().mapToInt(space.table()::row).toArray();
      if (Arrays.stream(rows).allMatch(row -> row >= 0)) {
        known.add(rows);
      }
    }
    return known;
  }

  private static long right(List<int[]> questions, KeyedVectors space) {
    long right = 0;
    for (int from = 0; from < questions.size(); from += AT_ONCE) {
      List<int[]> some = questions.subList(from, Math.min(questions.size(), from + AT_ONCE));
      List<List<KeyedVectors.Neighbour>> answers = space.analogies(some, 1);
      for (int i = 0; i < some.size(); i++) {
        String wanted = space.table().words().get(some.get(i)[3]);
        right += answers.get(i).stream().anyMatch(a -> a.word().equals(wanted)) ? 1 : 0;
      }
    }
    return right;
  }
}
