package org.lm4j.cli.caption;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
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
import org.lm4j.cli.options.BeamOptions;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.FeatureOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PageOption;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.cli.report.Tables;
import org.lm4j.compute.Backend;
import org.lm4j.data.Features;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.Json;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.caption.CaptionConfig;
import org.lm4j.task.caption.CaptionGenerator;
import org.lm4j.task.caption.CaptionTask;
import org.lm4j.task.caption.CaptionerNetwork;
import org.lm4j.task.scenes.SceneFiles;
import org.lm4j.text.sentence.SentenceVocabulary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm caption generate}: describes images. */
@Command(
    name = "generate",
    customSynopsis = "lm caption generate --model DIR --features FILE [OPTIONS]",
    description = {
      "Describe images.",
      "Standard output gets a line for each image: its name, a tab, the caption. Unless a beam or a"
          + " temperature is given, the most likely word is taken each time."
    },
    footer = {
      "Examples:",
      "  lm caption generate --model models/scenes --features scenes/test.npz",
      "  lm caption generate --model models/scenes --features scenes/test.npz \\",
      "                      --image test-000003 --image test-000007 --beam 5 --json",
      "  lm caption generate --model models/scenes --features scenes/test.npz \\",
      "                      --count 12 \\",
      "                      --page captions.html --scenes scenes/test.scenes.tsv"
    })
public final class CaptionGenerateCommand extends Subcommand implements Runnable {
  @Mixin private ModelFolder folder;

  @Mixin private FeatureOptions source;

  @Option(
      names = "--image",
      paramLabel = "NAME",
      description = "An image to describe; may be given several times [all].")
  private List<String> images = new ArrayList<>();

  @Option(names = "--count", paramLabel = "N", description = "Describe the first N images only.")
  private @Nullable Integer count;

  @Mixin private BeamOptions search;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      description = "Draw each word at random; below 1 safer, above 1 wilder.")
  private @Nullable Double temperature;

  @Option(names = "--seed", paramLabel = "N", description = "Of the draws [{default}].")
  private long seed = 1;

  @Option(
      names = {"--max-length", "--max-words"},
      paramLabel = "N",
      description = "Most words of a caption [as trained].")
  private @Nullable Integer words;

  @Option(
      names = "--json",
      description =
          "Print a JSON object for each image: all captions found, and the attention for each "
              + "word.")
  private boolean json;

  @Option(
      names = {"--attention-table", "--weights"},
      paramLabel = "FILE.tsv",
      converter = PathConverters.Output.class,
      description =
          "Write the attention for each word of the best captions: image, number of the word,"
              + " word, and the weight of each cell.")
  private @Nullable Path weights;

  @Mixin
  private PageOption drawing =
      new PageOption("Draw the attention for each word of the best " + "captions.");

  @Option(
      names = "--scenes",
      paramLabel = "FILE",
      description = "Scenes of these images (PART.scenes.tsv), to draw under --page.")
  private @Nullable Path scenes;

  @Mixin private DeviceOptions device;

  @Override
  public void run() {
    if (temperature != null && search.beam() > 1) {
      throw new InputException("--temperature does not go with --beam.");
    }
    ModelFiles files = new ModelFiles(folder.path(), ModelKind.CAPTION);
    CaptionConfig config = files.config(CaptionConfig.class);
    if (weights != null && !config.attends()) {
      throw new InputException(folder.path() + " has no attention: there are no weights to write.");
    }
    SentenceVocabulary vocabulary = CaptionTask.vocabulary(files, config);
    PrintWriter err = err();
    try (Features features = source.read();
        Backend backend = device.open(err);
        CaptionerNetwork captioner = CaptionerNetwork.open(files, backend)) {
      List<CaptionPage.Described> all = describe(captioner, vocabulary, features);
      print(all);
      if (weights != null) {
        writeWeights(weights, all);
      }
      if (drawing.file() != null) {
        CaptionPage.write(
            drawing.file(),
            folder.path(),
            all,
            features.cells(),
            scenes == null ? Map.of() : SceneFiles.readScenes(scenes));
      }
    }
  }

  private List<CaptionPage.Described> describe(
      CaptionerNetwork captioner, SentenceVocabulary vocabulary, Features features) {
    List<String> chosen = images.isEmpty() ? features.names() : images;
    if (count != null) {
      chosen = chosen.subList(0, Math.min(count, chosen.size()));
    }
    int[] rows = chosen.stream().mapToInt(image -> features.row(image, "--image")).toArray();
    CaptionGenerator.Request request =
        new CaptionGenerator.Request(
            search.beam(),
            words == null ? captioner.config().words() : words,
            search.lengthPower(),
            temperature == null ? null : new SamplingOptions(temperature, 0, 1, false),
            seed);
    boolean attention =
        captioner.config().attends() && (json || weights != null || drawing.file() != null);
    int total = rows.length;
    List<CaptionPage.Described> all = new ArrayList<>();
    try (CountingProgress progress = CountingProgress.of(spec, "described", total)) {
      List<List<CaptionGenerator.Written>> written =
          new CaptionGenerator(captioner, vocabulary, features)
              .write(rows, request, attention, progress::done);
      for (int i = 0; i < total; i++) {
        all.add(new CaptionPage.Described(chosen.get(i), written.get(i)));
      }
    }
    return all;
  }

  private void print(List<CaptionPage.Described> all) {
    PrintWriter out = results();
    for (CaptionPage.Described each : all) {
      if (json) {
        out.println(Json.line(asJson(each)));
      } else {
        out.println(
            Visible.name(each.image()) + "\t" + Tables.oneLine(each.captions().getFirst().text()));
      }
    }
    out.flush();
  }

  private static Map<String, Object> asJson(CaptionPage.Described each) {
    List<Object> captions = new ArrayList<>();
    for (CaptionGenerator.Written caption : each.captions()) {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("text", caption.text());
      values.put("log_probability", caption.logProbability());
      values.put("ended", caption.ended());
      if (!caption.weights().isEmpty()) {
        values.put("words", marked(caption));
        values.put("weights", caption.weights());
      }
      captions.add(values);
    }
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("image", each.image());
    values.put("captions", captions);
    return values;
  }

  /** Returns the words, and the end if it was reached: as many as there are weights. */
  private static List<String> marked(CaptionGenerator.Written caption) {
    List<String> words = new ArrayList<>(caption.words());
    words.add(SentenceVocabulary.END);
    return words.subList(0, caption.weights().size());
  }

  private static void writeWeights(Path file, List<CaptionPage.Described> all) {
    StringBuilder lines = new StringBuilder();
    for (CaptionPage.Described each : all) {
      CaptionGenerator.Written best = each.captions().getFirst();
      List<String> words = marked(best);
      for (int i = 0; i < words.size(); i++) {
        lines.append(Visible.name(each.image())).append('\t').append(i + 1).append('\t');
        lines.append(Visible.name(words.get(i)));
        for (double weight : best.weights().get(i)) {
          lines.append('\t').append(String.format(Locale.ROOT, "%.6f", weight));
        }
        lines.append('\n');
      }
    }
    AtomicFile.writeBytes(file, lines.toString().getBytes(StandardCharsets.UTF_8));
  }
}
