package org.lm4j.cli;

import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.data.LabelledImages;
import org.lm4j.model.NetConfig;
import org.lm4j.train.PictureSplit;
import org.lm4j.train.Recipe;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** What net on what pictures: common to training and tuning. */
final class NetOptions {
  private static final double HELD_OUT = 0.1;
  private static final int HIDDEN = 100;
  private static final String LOSS = "softmax";

  @Mixin private PictureOptions pictures;

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

  @Option(names = "--loss", paramLabel = "NAME", description = "softmax or svm [softmax].")
  private @Nullable String loss;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      converter = Converters.Fraction.class,
      description = "Probability of dropping a hidden unit while training [0].")
  private @Nullable Double dropout;

  /** Removes what only windows of text have, and tells a net's own defaults. */
  static final class Recipes implements IModelTransformer {
    @Override
    public CommandSpec transform(CommandSpec spec) {
      spec.remove(spec.findOption("--bptt"));
      describe(spec, "--batch", "Pictures in a batch [50].");
      if (spec.findOption("--rates") != null) {
        spec.remove(spec.findOption("--learning-rate")); // what is tuned is not given
      } else {
        describe(
            spec,
            "--learning-rate",
            "Base learning rate [adam, adamw, rmsprop: 0.001; adagrad: 0.01; momentum, nesterov:"
                + " 0.05; sgd: 0.5]. The loss is the mean over the pictures of a batch.");
      }
      describe(spec, "--clip", "Limit of the norm of all gradients together, 0 for none [5].");
      return spec;
    }

    private static void describe(CommandSpec spec, String name, String description) {
      OptionSpec old = spec.findOption(name);
      spec.remove(old);
      spec.addOption(OptionSpec.builder(old).description(description).build());
    }
  }

  /** Recipes of nets. */
  static RecipeOptions recipes() {
    return new RecipeOptions(new RecipeOptions.Defaults(NetOptions::rate, 5));
  }

  private static double rate(String optimizer) {
    return switch (optimizer) {
      case "sgd" -> 0.5;
      case "momentum", "nesterov" -> 0.05;
      case "adagrad" -> 0.01;
      case "adam", "adamw", "rmsprop" -> 1e-3;
      default -> Recipe.OptimizerChoice.defaultLearningRate(optimizer); // refuses it
    };
  }

  /** The pictures, in two parts. */
  PictureSplit split(long seed) {
    if (validFraction != null && validCount != null) {
      throw new InputException("give --valid-fraction or --valid-count, not both.");
    }
    LabelledImages images = pictures.read();
    double fraction = validFraction != null ? validFraction : HELD_OUT;
    int held = validCount != null ? validCount : (int) Math.round(fraction * images.count());
    return PictureSplit.draw(images, held, seed);
  }

  /** The net for these pictures. */
  NetConfig config(LabelledImages images, double reg) {
    return config(
        new NetConfig(
            NetConfig.KIND,
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
          NetConfig.KIND,
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
