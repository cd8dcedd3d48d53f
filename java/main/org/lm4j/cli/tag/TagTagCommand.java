package org.lm4j.cli.tag;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.lm4j.InputException;
import org.lm4j.cli.frame.InputLines;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.tag.ConllBlock;
import org.lm4j.task.tag.ConllFile;
import org.lm4j.task.tag.TaggerConfig;
import org.lm4j.task.tag.TaggerNetwork;
import org.lm4j.task.tag.TaggerScorer;
import org.lm4j.task.tag.TaggerVocabulary;
import org.lm4j.text.Words;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lm tag tag}: tags the words of a text. */
@Command(
    name = "tag",
    customSynopsis = "lm tag tag --model DIR [FILE] [OPTIONS]",
    description = {
      "Tag each word of a text: one sentence per line, words separated by white space.",
      "Prints CoNLL columns: the word and its tag, a blank line after each sentence; an empty line"
          + " of the text gives a blank line alone. With --conll the text is in columns itself, and"
          + " each of its lines is printed with the tag behind it: comments, blank lines and the"
          + " like stay as they are."
    },
    footer = {
      "Examples:",
      "  echo 'He reckons the deficit will narrow .' | lm tag tag --model models/pos",
      "  lm tag tag --model models/chunks --conll test.txt > tagged.txt"
    })
public final class TagTagCommand extends Subcommand implements Runnable {
  private static final int SENTENCES = 1000; // tagged together

  @Mixin private ModelFolder folder;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      converter = PathConverters.Source.class,
      description = "The text; - is the standard input [-].")
  private String file = "-";

  @Option(
      names = "--conll",
      description = "Read CoNLL columns, words and features where they were in training.")
  private boolean conll;

  @Mixin private DeviceOptions device;

  @Override
  public void run() {
    ModelFiles files = new ModelFiles(folder.path(), ModelKind.TAGGER);
    TaggerConfig config = files.config(TaggerConfig.class);
    TaggerVocabulary vocabulary = TaggerVocabulary.read(files, config);
    if (!conll && !config.numbers().featureColumns().isEmpty()) {
      throw new InputException(
          "%s reads column %s beside the words: give a text in columns, with --conll."
              .formatted(folder.path(), config.numbers().featureColumns()));
    }
    InputLines lines = new InputLines(file, SENTENCES);
    try (Backend backend = device.open(err());
        TaggerNetwork tagger = TaggerNetwork.open(files, backend);
        TaggerScorer scorer = new TaggerScorer(tagger)) {
      TaggedOutput output = new TaggedOutput(tagger, vocabulary, scorer, results());
      if (conll) {
        tagColumns(lines, output);
      } else {
        LikeColumns like = new LikeColumns(vocabulary.tags());
        lines.read(
            (line, number) -> {
              requireShort(line, lines.place(number));
              like.see(line, lines.place(number));
            },
            some -> {
              like.noteOnce(err());
              output.lines(some);
            });
      }
    }
  }

  private static void tagColumns(InputLines lines, TaggedOutput output) {
    List<ConllBlock> waiting = new ArrayList<>();
    Consumer<ConllBlock> taker =
        block -> {
          output.require(block);
          waiting.add(block);
          if (waiting.size() == SENTENCES) {
            output.blocks(waiting);
            waiting.clear();
          }
        };
    try {
      if (lines.isStandardInput()) {
        ConllFile.readBlocks(System.in, lines.name(), taker);
      } else {
        ConllFile.readBlocks(Path.of(lines.file()), taker);
      }
    } catch (InputException e) { // what was read before it is answered
      output.blocks(waiting);
      throw e;
    }
    output.blocks(waiting);
  }

  private static void requireShort(String line, String place) {
    int words = Words.in(line).size();
    if (words > ConllFile.MOST_TOKENS) {
      throw new InputException(
          "%s: %,d words, more than the %,d a sentence may have; put each on a separate line."
              .formatted(place, words, ConllFile.MOST_TOKENS));
    }
  }

  /** Finds out whether lines that should be sentences are columns with tags in them. */
  private static final class LikeColumns {
    private static final int ENOUGH = 5;

    private final Set<String> tags;
    private int lines;
    private int alike; // end with a tag the model knows
    private String tab = ""; // the first line with a tab
    private boolean noted;

    LikeColumns(List<String> tags) {
      this.tags = Set.copyOf(tags);
    }

    void see(String line, String place) {
      if (noted || line.isBlank()) {
        return;
      }
      tab = tab.isEmpty() && line.strip().indexOf('\t') >= 0 ? place : tab;
      List<String> words = Words.in(line);
      lines++;
      alike += words.size() > 1 && tags.contains(words.getLast()) ? 1 : 0;
    }

    void noteOnce(PrintWriter err) {
      boolean columns = lines >= ENOUGH && alike == lines;
      if (!noted && (columns || !tab.isEmpty())) {
        noted = true;
        err.println(
            "note: "
                + (columns ? "each line ends with a tag" : tab + ": a tab, read as a space")
                + "; if the text is in CoNLL columns, add --conll");
        err.flush();
      }
    }
  }
}
