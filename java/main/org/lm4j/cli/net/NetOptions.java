package org.lm4j.cli.net;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.task.net.ImageSplit;
import org.lm4j.task.net.LabelledImages;
import org.lm4j.task.net.NetConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What net on what pictures: common to training and tuning. */
final class NetOptions implements HelpValues {
  private static final double HELD_OUT = 0.1;

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

  @Option(
      names = "--hidden",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Hidden units [{hidden}].")
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
        "valid-fraction", HelpValues.number(HELD_OUT),
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
    double fraction = validFraction != null ? validFraction : HELD_OUT;
    int held = validCount != null ? validCount : (int) Math.round(fraction * images.count());
    return ImageSplit.draw(images, held, seed);
  }

  /** Returns the net for these pictures. */
  NetConfig config(LabelledImages images, double reg) {
    NetConfig usual = NetConfig.defaults();
    return config(
        new NetConfig(
            usual.kind(),
            images.form(),
            usual.hidden(),
            images.classes().size(),
            usual.loss(),
            usual.dropout(),
            reg));
  }

  /** Returns a net like {@code like} but for the options given. */
  NetConfig config(NetConfig like) {
    try {
      return new NetConfig(
          like.kind(),
          like.form(),
          hidden == null ? like.hidden() : hidden,
          like.classes(),
          loss == null ? like.loss() : loss,
          dropout == null ? like.dropout() : dropout,
          like.reg());
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }
}
