package org.lm4j.cli.seq2seq;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.chart.Names;
import org.lm4j.cli.frame.InputLines;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PageOption;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.cli.report.Tables;
import org.lm4j.compute.Backend;
import org.lm4j.decode.BeamSearch;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.seq2seq.PairFile;
import org.lm4j.task.seq2seq.Seq2SeqConfig;
import org.lm4j.task.seq2seq.Seq2SeqGenerator;
import org.lm4j.task.seq2seq.Seq2SeqNetwork;
import org.lm4j.task.seq2seq.Seq2SeqTokens;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lm seq2seq translate}: translates each line. */
@Command(
    name = "translate",
    customSynopsis = "lm seq2seq translate --model DIR [FILE|-] [OPTIONS]",
    description = {
      "Write a line for each line of a file, or of standard input.",
      "An empty line gives an empty line. "
          + "Unknown tokens are read as <unk>. A line may have"
          + " at most 10,000 tokens."
    },
    footer = {
      "Examples:",
      "  echo 'March 5th, 1998' | lm seq2seq translate --model models/dates",
      "  lm seq2seq translate --model models/words input.txt --beam 5 \\",
      "                       --length-power 1 \\",
      "                       --scores",
      "  lm seq2seq translate --model models/dates dates.txt --page attention.html"
    })
public final class Seq2SeqTranslateCommand extends Subcommand implements Runnable {
  private static final int CHUNK = 512; // lines sorted by length and translated together
  private static final int MOST_TOKENS = 10_000; // of a source: attention takes its square

  @Mixin private ModelFolder folder;

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      converter = PathConverters.Source.class,
      description = "Lines to translate; - is standard input [-].")
  private String input = "-";

  @Mixin private TranslationOptions search;

  @Option(
      names = "--scores",
      description = "After each line a tab and the logarithm of its probability.")
  private boolean scores;

  @Mixin
  private PageOption drawing =
      new PageOption("Draw the attention for the first " + Seq2SeqPage.MOST + " lines.");

  @Option(
      names = {"--attention-table", "--weights"},
      paramLabel = "FILE.tsv",
      converter = PathConverters.Output.class,
      description = "Write the attention as a table, one weight a line.")
  private @Nullable Path weights;

  @Mixin private DeviceOptions device;

  private long lines;
  private boolean quotesNoted;

  @Override
  public void run() {
    ModelFiles files = new ModelFiles(folder.path(), ModelKind.TRANSLATOR);
    Seq2SeqConfig config = files.config(Seq2SeqConfig.class);
    Seq2SeqTokens tokens = Seq2SeqTokens.read(files);
    if ((drawing.file() != null || weights != null) && !config.attends()) {
      throw new InputException(
          "the model in "
              + folder.path()
              + " has no attention that could be shown; leave out --page and --weights.");
    }
    Seq2SeqPage maps =
        drawing.file() == null && weights == null ? null : new Seq2SeqPage(folder.path());
    try (Backend backend = device.open(err());
        Seq2SeqNetwork translator = Seq2SeqNetwork.open(files, backend);
        Seq2SeqGenerator writer = new Seq2SeqGenerator(translator, search.request())) {
      InputLines read = new InputLines(input, CHUNK);
      read.read(
          (line, number) -> {
            requireSource(line, read.place(number), tokens);
            noteOther(line, number, read);
          },
          chunk -> translate(chunk, writer, tokens, maps));
    } catch (InputException e) {
      if (lines > 0) { // what was translated before a bad line is shown too
        write(maps);
      }
      throw e;
    }
    write(maps);
  }

  private void write(@Nullable Seq2SeqPage maps) {
    if (maps != null && drawing.file() != null) {
      maps.write(drawing.file());
    }
    if (maps != null && weights != null) {
      maps.writeTable(weights);
    }
  }

  private static void requireSource(String line, String place, Seq2SeqTokens tokens) {
    if (line.indexOf('\t') >= 0) {
      throw new InputException(
          place + ": a tab, which no source has; of a table of pairs give the sources alone");
    }
    int length = tokens.source().encode(line).length;
    if (length > MOST_TOKENS) {
      throw new InputException(
          "%s: a source of %,d tokens, and at most %,d are translated at once; divide the line"
              .formatted(place, length, MOST_TOKENS));
    }
  }

  /** Notes once that a line has the form of a table, unlike a source. */
  private void noteOther(String line, int number, InputLines read) {
    if (number == 1 && PairFile.isHeader(line)) {
      notes().accept(read.place(1) + " seems to be a header; it is translated");
    }
    if (!quotesNoted && PairFile.isQuoted(line)) {
      quotesNoted = true;
      notes().accept(read.place(number) + " is in double quotes, which are read as a part of it");
    }
  }

  private void translate(
      List<String> chunk,
      Seq2SeqGenerator writer,
      Seq2SeqTokens tokens,
      @Nullable Seq2SeqPage maps) {
    List<int[]> sources = new ArrayList<>();
    for (String line : chunk) {
      int[] ids = tokens.source().encode(line);
      if (ids.length > 0) {
        sources.add(ids);
      }
    }
    List<List<BeamSearch.Found>> found =
        writer.translate(sources.toArray(int[][]::new), done -> {});
    PrintWriter out = results();
    int next = 0;
    for (String line : chunk) {
      lines++;
      int[] ids = tokens.source().encode(line);
      if (ids.length == 0) {
        out.println();
        continue;
      }
      BeamSearch.Found best = found.get(next++).getFirst();
      out.print(Tables.oneLine(tokens.target().line(best.ids())));
      out.println(scores ? String.format(Locale.ROOT, "\t%.6g", best.logProbability()) : "");
      if (maps != null && (weights != null || lines <= Seq2SeqPage.MOST)) {
        maps.add(
            lines,
            "%d: %s → %s"
                .formatted(
                    lines, Names.isolated(line), Names.isolated(tokens.target().line(best.ids()))),
            tokens.source().split(line),
            tokens.target().vocabulary().decode(best.ids()),
            writer.look(ids, best));
      }
    }
    out.flush();
  }
}
