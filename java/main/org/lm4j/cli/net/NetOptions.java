package org.lm4j.cli.net;

import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.BatchDefaults;
import org.lm4j.cli.frame.Choices;
import org.lm4j.cli.frame.Converters;
import org.lm4j.model.ModelKind;
import org.lm4j.task.net.ImageSplit;
import org.lm4j.task.net.LabelledImages;
import org.lm4j.task.net.NetConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** What net on what pictures: common to training and tuning. */
final class NetOptions {
  private static final double HELD_OUT = 0.1;

  /** Rates for inputs in [-1, 1] and mean losses. */
  static final BatchDefaults DEFAULTS =
      new BatchDefaults("pictures", 50, 10, 1e-3, 0.01, 0.05, 0.5);

  private static final int HIDDEN = 100;
  private static final String LOSS = "softmax";

  @Mixin private ImageOptions pictures;

  @Option(
      names = "--valid-fraction",
      paramLabel = "X",
      converter = Converters.Fraction.class,
      description = "Part of the pictures held out, drawn at random by the seed [0.1].")
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
      description = "Hidden units [100].")
  private @Nullable Integer hidden;

  @Option(
      names = "--loss",
      paramLabel = "NAME",
      converter = Choices.Losses.class,
      completionCandidates = Choices.Losses.class,
      description = "${COMPLETION-CANDIDATES} [softmax].")
  private @Nullable String loss;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      converter = Converters.Fraction.class,
      description = "Probability of dropping a hidden unit while training [0].")
  private @Nullable Double dropout;

  /** Tells a net's own defaults. */
  static final class Help extends BatchDefaults.Help {
    /** For picocli. */
    Help() {
      super(DEFAULTS);
    }

    @Override
    public CommandSpec transform(CommandSpec spec) {
      super.transform(spec);
      if (spec.findOption("--rates") != null) {
        spec.remove(spec.findOption("--learning-rate")); // what is tuned is not given
      }
      return spec;
    }
  }

  /** The pictures, in two parts. */
  ImageSplit split(long seed) {
    if (validFraction != null && validCount != null) {
      throw new InputException("give --valid-fraction or --valid-count, not both.");
    }
    LabelledImages images = pictures.read();
    double fraction = validFraction != null ? validFraction : HELD_OUT;
    int held = validCount != null ? validCount : (int) Math.round(fraction * images.count());
    return ImageSplit.draw(images, held, seed);
  }

  /** The net for these pictures. */
  NetConfig config(LabelledImages images, double reg) {
    return config(
        new NetConfig(
            ModelKind.NET.label(),
            images.form().channels(),
            images.form().height(),
            images.form().width(),
            HIDDEN,
            images.classes().size(),
            LOSS,
            0,
            reg));
  }

  /** A net like {@code like} but for the options given. */
  NetConfig config(NetConfig like) {
    try {
      return new NetConfig(
          ModelKind.NET.label(),
          like.channels(),
          like.height(),
          like.width(),
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
