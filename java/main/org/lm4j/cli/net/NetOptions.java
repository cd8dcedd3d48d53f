package org.lm4j.cli.net;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Asked;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.task.net.ImageClassifier;
import org.lm4j.task.net.ImageSplit;
import org.lm4j.task.net.LabelledImages;
import org.lm4j.task.net.NetConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of net and pictures that training and tuning share. */
final class NetOptions implements HelpValues {
  @Mixin private ImageOptions pictures;

  @Option(
      names = "--valid-fraction",
      paramLabel = "X",
      converter = Converters.Fraction.class,
      description =
          "Part of the pictures held out, drawn at random by the seed [{valid-fraction}].")
  private @Nullable Double validFraction;

  @Option(
      names = "--valid-count",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = "The same as a number of pictures.")
  private @Nullable Integer validCount;

  @Option(names = "--hidden", paramLabel = "N", description = "Hidden units [{hidden}].")
  private @Nullable Integer hidden;

  @Option(
      names = "--loss",
      paramLabel = "NAME",
      converter = Choices.Losses.class,
      completionCandidates = Choices.Losses.class,
      description = "Loss: ${COMPLETION-CANDIDATES} [{loss}].")
  private @Nullable String loss;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      converter = Converters.Fraction.class,
      description = "Probability of dropping a hidden unit while training [{dropout}].")
  private @Nullable Double dropout;

  @Override
  public Map<String, String> helpValues() {
    NetConfig usual = NetConfig.defaults();
    return Map.of(
        "valid-fraction", HelpValues.number(ImageClassifier.HELD_OUT),
        "hidden", Integer.toString(usual.hidden()),
        "loss", usual.loss(),
        "dropout", HelpValues.number(usual.dropout()));
  }

  /** Returns the pictures, in two parts. */
  ImageSplit split(long seed) {
    if (validFraction != null && validCount != null) {
      throw new InputException("give --valid-fraction or --valid-count, not both.");
    }
    LabelledImages images = pictures.read();
    return validCount != null
        ? ImageSplit.draw(images, validCount, seed)
        : ImageSplit.drawPart(
            images, validFraction != null ? validFraction : ImageClassifier.HELD_OUT, seed);
  }

  /** Returns the net for these pictures. */
  NetConfig config(LabelledImages images, double reg) {
    NetConfig usual = NetConfig.of(images);
    return config(
        new NetConfig(
            usual.kind(),
            usual.form(),
            usual.hidden(),
            usual.classes(),
            usual.loss(),
            usual.dropout(),
            reg));
  }

  /** Returns a net like {@code like} but for the options given. */
  NetConfig config(NetConfig like) {
    return Asked.valid(
        () ->
            new NetConfig(
                like.kind(),
                like.form(),
                hidden == null ? like.hidden() : hidden,
                like.classes(),
                loss == null ? like.loss() : loss,
                dropout == null ? like.dropout() : dropout,
                like.reg()));
  }
}
