package org.lm4j.cli.caption;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.BeamOptions;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PageOption;
import org.lm4j.compute.Backend;
import org.lm4j.data.Features;
import org.lm4j.io.Json;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.caption.Bleu;
import org.lm4j.task.caption.CaptionConfig;
import org.lm4j.task.caption.CaptionGenerator;
import org.lm4j.task.caption.CaptionTask;
import org.lm4j.task.caption.CaptionWords;
import org.lm4j.task.caption.CaptionerNetwork;
import org.lm4j.task.caption.Captions;
import org.lm4j.task.caption.CiderD;
import org.lm4j.task.caption.RougeL;
import org.lm4j.task.caption.ScoredCaption;
import org.lm4j.task.scenes.WordCells;
import org.lm4j.text.sentence.SentenceVocabulary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm caption eval}: evaluates how well a captioner describes images. */
@Command(
    name = "eval",
    customSynopsis = "lm caption eval --model DIR --features FILE --captions FILE [OPTIONS]",
    description = {
      "Measure how well a captioner describes images.",
      "Describes each image that has captions and compares with them: BLEU-1 to 4, ROUGE-L and"
          + " CIDEr-D, counted as coco-caption counts, and how many captions are word for word one"
          + " of those given."
    },
    footer = {
      "Examples:",
      "  lm caption eval --model models/scenes --features scenes/test.npz \\",
      "                  --captions scenes/test.captions.tsv \\",
      "                  --words scenes/test.words.tsv",
      "  lm caption eval --model models/flickr8k --features flickr8k.npz \\",
      "                  --captions Flickr8k.token.txt \\",
      "                  --image-list Flickr_8k.testImages.txt --beam 5"
    })
public final class CaptionEvalCommand extends Subcommand implements Runnable {
  @Mixin private ModelFolder folder;

  @Mixin private CaptionInput data;

  @Option(
      names = "--words",
      paramLabel = "FILE",
      description =
          "Cells that words name (image, tab, caption, tab, a cell or - for each word): reports how"
              + " often attention is strongest there.")
  private @Nullable Path wordsFile;

  @Mixin private BeamOptions search;

  @Mixin
  private PageOption page =
      new PageOption("Draw the metrics, and captions that are none of those given, as a page.");

  @Option(names = "--json", description = "Print one JSON object in place of the table.")
  private boolean json;

  @Mixin private DeviceOptions device;

  /** Counts how often attention was strongest in the cell that a word names. */
  private record Looked(long words, long right) {
    double part() {
      return words == 0 ? 0 : (double) right / words;
    }
  }

  @Override
  public void run() {
    ModelFiles files = new ModelFiles(folder.path(), ModelKind.CAPTION);
    CaptionConfig config = files.config(CaptionConfig.class);
    if (wordsFile != null && !config.attends()) {
      throw new InputException(folder.path() + " has no attention: leave out --words.");
    }
    SentenceVocabulary vocabulary = CaptionTask.vocabulary(files, config);
    WordCells cells = wordsFile == null ? null : WordCells.read(wordsFile);
    Captions captions = data.readCaptions(spec, Set.of("test"));
    List<String> images = List.copyOf(captions.images());
    try (Features features = data.readFeatures();
        Backend backend = device.open(err());
        CaptionerNetwork captioner = CaptionerNetwork.open(files, backend)) {
      int[] rows =
          images.stream()
              .mapToInt(image -> features.row(image, captions.of(image).getFirst().place()))
              .toArray();
      CaptionGenerator.Request request =
          new CaptionGenerator.Request(
              search.beam(), config.words(), search.lengthPower(), null, 0);
      List<CaptionGenerator.Written> written;
      try (CountingProgress progress = CountingProgress.of(spec, "described", rows.length)) {
        written =
            new CaptionGenerator(captioner, vocabulary, features)
                .write(rows, request, cells != null, progress::done).stream()
                    .map(List::getFirst)
                    .toList();
      }
      List<ScoredCaption> scored = scored(images, captions, written);
      print(scored, looked(images, written, cells, config.image().cells()));
      if (page.file() != null) {
        CaptionEvalPage.write(page.file(), folder.path(), images, scored);
      }
    }
  }

  private static List<ScoredCaption> scored(
      List<String> images, Captions captions, List<CaptionGenerator.Written> written) {
    List<ScoredCaption> scored = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      List<List<String>> references =
          captions.of(images.get(i)).stream()
              .map(caption -> CaptionWords.of(caption.text()))
              .toList();
      scored.add(new ScoredCaption(written.get(i).words(), references));
    }
    return scored;
  }

  private @Nullable Looked looked(
      List<String> images,
      List<CaptionGenerator.Written> written,
      @Nullable WordCells cells,
      int grid) {
    if (cells == null) {
      return null;
    }
    long words = 0;
    long right = 0;
    for (int i = 0; i < images.size(); i++) {
      List<Integer> named = cells.of(images.get(i), written.get(i).words());
      if (named == null) {
        continue; // not a caption of the file, so the cells of its words are unknown
      }
      for (int w = 0; w < named.size(); w++) {
        int cell = named.get(w);
        if (cell >= grid) {
          throw new InputException(
              "%s names cell %d, but there are %d".formatted(wordsFile, cell, grid));
        }
        if (cell >= 0) {
          words++;
          right += strongest(written.get(i).weights().get(w)) == cell ? 1 : 0;
        }
      }
    }
    return new Looked(words, right);
  }

  private static int strongest(double[] weights) {
    int best = 0;
    for (int i = 1; i < weights.length; i++) {
      best = weights[i] > weights[best] ? i : best;
    }
    return best;
  }

  private void print(List<ScoredCaption> scored, @Nullable Looked looked) {
    double[] bleu = Bleu.score(scored);
    double rouge = RougeL.score(scored);
    double cider = CiderD.score(scored);
    double exact = part(scored, each -> each.references().contains(each.words()));
    double first = part(scored, each -> each.references().getFirst().equals(each.words()));
    PrintWriter out = out();
    if (json) {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("images", scored.size());
      for (int n = 1; n <= Bleu.ORDERS; n++) {
        values.put("bleu_" + n, bleu[n - 1]);
      }
      values.put("rouge_l", rouge);
      values.put("cider_d", cider);
      values.put("exact", exact);
      values.put("exact_first", first);
      if (looked != null) {
        values.put("words_that_name_a_cell", looked.words());
        values.put("attention_on_named", looked.part());
      }
      out.println(Json.line(values));
      out.flush();
      return;
    }
    out.printf(Locale.ROOT, "images     %,d%n", scored.size());
    for (int n = 1; n <= Bleu.ORDERS; n++) {
      out.printf(Locale.ROOT, "BLEU-%d     %.4f%n", n, bleu[n - 1]);
    }
    out.printf(Locale.ROOT, "ROUGE-L    %.4f%nCIDEr-D    %.4f%n", rouge, cider);
    out.printf(
        Locale.ROOT,
        "exact      %.2f %% are one of the captions given, %.2f %% the first%n",
        100 * exact,
        100 * first);
    if (looked != null) {
      out.printf(
          Locale.ROOT,
          "attention  %.2f %% of %,d words that name a cell look there most%n",
          100 * looked.part(),
          looked.words());
    }
    out.flush();
  }

  private static double part(List<ScoredCaption> scored, Predicate<ScoredCaption> which) {
    return (double) scored.stream().filter(which).count() / scored.size();
  }
}
