package org.lm4j.cli.embed;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.options.PageOption;
import org.lm4j.compute.Backend;
import org.lm4j.io.Json;
import org.lm4j.task.embed.KeyedVectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lm embed nearest}: finds the nearest neighbours of words. */
@Command(
    name = "nearest",
    customSynopsis = "lm embed nearest (--model DIR | --vectors FILE) WORD... [OPTIONS]",
    description =
        "Find the words nearest to given words, by the cosine of the angle between their "
            + "vectors.",
    footer = {
      "Examples:",
      "  lm embed nearest --model models/words king monday",
      "  lm embed nearest --model models/words --page words.html",
      "  lm embed nearest --vectors GoogleNews-vectors-negative300.bin --count 5 king"
    })
public final class EmbedNearestCommand extends Subcommand implements Runnable {
  @Mixin private VectorSource source;

  @Option(names = "--count", paramLabel = "N", description = "How many words to print [{default}].")
  private int count = 10;

  @Option(names = "--json", description = "Print one JSON object a word.")
  private boolean json;

  @Mixin
  private PageOption page =
      new PageOption(
          "Draw a map of the most frequent words, on which any can be searched for, as a page; WORD"
              + " may be left out.");

  @Parameters(paramLabel = "WORD", arity = "0..*", description = "Words to ask for.")
  private List<String> words = new ArrayList<>();

  @Override
  public void run() {
    if (words.isEmpty() && page.file() == null) {
      throw new InputException("give the words to ask for.");
    }
    PrintWriter out = out();
    List<Integer> rows = new ArrayList<>();
    try (Backend backend = source.device().open(err());
        KeyedVectors space = new KeyedVectors(backend, source.read(backend))) {
      for (String word : words) { // one by one: an unknown one loses no answer before it
        int row = VectorSource.row(space.table(), word);
        rows.add(row);
        if (json) {
          out.println(Json.line(Map.of("word", word, "nearest", space.nearest(row, count))));
        } else {
          out.println(Visible.name(word));
          print(space.nearest(row, count), out);
        }
        out.flush();
      }
      if (page.file() != null) {
        new EmbedPage(source.path(), space, "lm embed nearest")
            .writeMap(page.file(), rows.stream().distinct().toList(), count);
      }
    }
  }

  /** Prints one line for each neighbour. */
  static void print(List<KeyedVectors.Neighbour> neighbours, PrintWriter out) {
    for (KeyedVectors.Neighbour neighbour : neighbours) {
      out.printf(Locale.ROOT, "  %.4f  %s%n", neighbour.cosine(), Visible.name(neighbour.word()));
    }
  }
}
