package org.lm4j.cli.caption;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.BatchTraining;
import org.lm4j.cli.options.ValidFeatureOptions;
import org.lm4j.data.Features;
import org.lm4j.data.ImageNames;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.caption.CaptionConfig;
import org.lm4j.task.caption.CaptionData;
import org.lm4j.task.caption.CaptionFiles;
import org.lm4j.task.caption.CaptionGenerator;
import org.lm4j.task.caption.CaptionTask;
import org.lm4j.task.caption.Captioner;
import org.lm4j.task.caption.CaptionerNetwork;
import org.lm4j.task.caption.Captions;
import org.lm4j.text.sentence.SentenceVocabulary;
import org.lm4j.train.Run;
import org.lm4j.train.RunPlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm caption train}: trains a captioner on images and captions. */
@Command(
    name = "train",
    customSynopsis = "lm caption train --features FILE --captions FILE --model DIR [OPTIONS]",
    description = {
      "Train a captioner on features of images and their captions.",
      "With validation captions it validates each epoch, and the model folder holds the weights"
          + " with the lowest validation loss. At the end captions of some images are shown beside"
          + " what people wrote."
    },
    footer = {
      "Examples:",
      "  lm scenes --output scenes",
      "  lm caption train --features scenes/train.npz \\",
      "                   --captions scenes/train.captions.tsv \\",
      "                   --valid-features scenes/valid.npz \\",
      "                   --valid-captions scenes/valid.captions.tsv \\",
      "                   --model models/scenes",
      "  lm caption train --features flickr8k.npz --captions Flickr8k.token.txt \\",
      "                   --image-list Flickr_8k.trainImages.txt \\",
      "                   --valid-image-list Flickr_8k.devImages.txt --min-count 5 \\",
      "                   --hidden 512 --embedding 256 --dropout 0.5 \\",
      "                   --model models/flickr8k"
    })
public final class CaptionTrainCommand extends Subcommand implements Runnable {
  /** Returns the options that must be repeated to resume a run. */
  private static final List<String> DATA =
      List.of(
          "--features",
          "--names",
          "--captions",
          "--image-list",
          "--valid-features",
          "--valid-names",
          "--valid-captions",
          "--valid-image-list");

  private static final int SHOWN = 3; // images of each part

  /** Karpathy's names for the training images. */
  private static final Set<String> LEARNED = Set.of("train", "restval");

  private static final Set<String> HELD_OUT = Set.of("val");

  @Mixin private CaptionInput data;

  @Mixin private ValidFeatureOptions validFeatures;

  @Option(names = "--valid-captions", paramLabel = "FILE", description = "Captions to validate on.")
  private @Nullable Path validCaptions;

  @Option(
      names = "--valid-image-list",
      paramLabel = "FILE",
      description =
          "Validate on the images this file names; alone, on those of --features and --captions.")
  private @Nullable Path validList;

  @Option(
      names = "--min-count",
      paramLabel = "N",
      description = "How often a word must occur to be learned; others are <UNK> [{default}].")
  private int minCount = Captioner.MIN_COUNT;

  @Mixin private CaptionOptions options;
  @Mixin private BatchTraining training = new BatchTraining(CaptionConfig.TRAINING);

  @Override
  public void run() {
    RunPlan plan = training.plan(spec, Map.of("--min-count", minCount));
    ModelFiles files = new ModelFiles(training.folder(), ModelKind.CAPTION);
    CaptionConfig saved = training.resumes() ? files.config(CaptionConfig.class) : null;
    if (saved != null && !options.config(saved).equals(saved)) {
      throw training.otherRun("captioner and vocabulary");
    }
    Captions captions = data.readCaptions(spec, LEARNED);
    try (Features features = data.readFeatures();
        Features others = validFeatures.read()) {
      CaptionData.Source source = new CaptionData.Source(features, captions);
      CaptionData.Source heldOut = validation(others == null ? features : others);
      CaptionTask task =
          saved == null
              ? CaptionTask.begin(source, heldOut, options.config(features), minCount)
              : CaptionTask.resume(files, source, heldOut);
      training.run(
          spec,
          DATA,
          plan,
          task,
          run -> lines(run, task.training(), task.validation()),
          (run, finished) -> show(run.model(), task));
    }
  }

  private CaptionData.@Nullable Source validation(Features features) {
    if (validCaptions == null && validList == null) {
      if (validFeatures.given()) {
        throw new InputException("--valid-features needs --valid-captions too.");
      }
      return null;
    }
    Captions captions =
        validCaptions == null
            ? data.readAllCaptions(spec)
            : CaptionFiles.read(validCaptions, notes());
    captions =
        validList == null
            ? CaptionInput.ofSplits(captions, HELD_OUT, spec)
            : captions.of(ImageNames.read(validList));
    return new CaptionData.Source(features, captions);
  }

  private static List<String> lines(
      Run<CaptionerNetwork> run, CaptionData set, @Nullable CaptionData validation) {
    CaptionConfig config = run.model().config();
    String images =
        String.format(
            Locale.ROOT,
            "captions %,d of %,d images%s, %,d different words%s",
            set.count(),
            set.captions().images().size(),
            config.image().cells() > 0
                ? " of %d cells of %d features"
                    .formatted(config.image().cells(), config.image().features())
                : " of %,d features".formatted(config.image().features()),
            config.vocabulary(),
            validation == null ? "" : "; %,d held out".formatted(validation.count()));
    String model =
        String.format(
            Locale.ROOT,
            "model    %s %d, embedding %d, %s%s: %,d weights",
            config.generator().cell(),
            config.generator().hidden(),
            config.generator().embedding(),
            config.attends()
                ? "attention %d".formatted(config.generator().attention())
                : "no attention",
            config.generator().dropout() > 0 ? ", dropout " + config.generator().dropout() : "",
            run.model().parameters().count());
    return List.of(images, model);
  }

  private void show(CaptionerNetwork captioner, CaptionTask task) {
    PrintWriter out = out();
    show(out, "images learned from", captioner, task.vocabulary(), task.training());
    CaptionData validation = task.validation();
    if (validation != null) {
      show(out, "images held out", captioner, task.vocabulary(), validation);
    }
    out.flush();
  }

  private static void show(
      PrintWriter out,
      String heading,
      CaptionerNetwork captioner,
      SentenceVocabulary vocabulary,
      CaptionData set) {
    List<String> names = set.captions().images().stream().limit(SHOWN).toList();
    int[] rows =
        IntStream.range(0, names.size())
            .map(i -> set.features().row(names.get(i), set.captions().file().toString()))
            .toArray();
    List<List<CaptionGenerator.Written>> written =
        new CaptionGenerator(captioner, vocabulary, set.features())
            .write(
                rows,
                CaptionGenerator.Request.greedy(captioner.config().words()),
                false,
                done -> {});
    out.println(heading);
    for (int i = 0; i < names.size(); i++) {
      out.printf("  %s%n", names.get(i));
      out.printf("    written  %s%n", written.get(i).getFirst().text());
      out.printf("    given    %s%n", set.captions().of(names.get(i)).getFirst().text());
    }
  }
}
