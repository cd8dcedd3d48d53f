package org.lm4j.cli.frame;

import java.util.List;
import java.util.Locale;
import org.lm4j.train.Recipe;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What differs between the kinds of models that learn from batches of examples.
 *
 * @param unit what the examples are called, in the plural
 * @param batch examples in a batch
 * @param epochs passes over the examples
 * @param adam base learning rate of adam, adamw and rmsprop
 * @param adagrad of adagrad
 * @param momentum of momentum and nesterov
 * @param sgd of sgd
 */
public record BatchDefaults(
    String unit,
    int batch,
    double epochs,
    double adam,
    double adagrad,
    double momentum,
    double sgd) { // one for each default
  private static final double CLIP = 5;

  /** What recipes default to. */
  public RecipeOptions.Defaults recipe() {
    return new RecipeOptions.Defaults(batch, this::rate, CLIP);
  }

  private double rate(String optimizer) {
    return switch (optimizer) {
      case "sgd" -> sgd;
      case "momentum", "nesterov" -> momentum;
      case "adagrad" -> adagrad;
      case "adam", "adamw", "rmsprop" -> adam;
      default -> Recipe.OptimizerChoice.defaultLearningRate(optimizer); // refuses it
    };
  }

  /**
   * Makes the help tell these defaults, and removes what only windows of text have. Subclassed with
   * a constructor without arguments, as picocli needs it.
   */
  public abstract static class Help implements IModelTransformer {
    private final BatchDefaults defaults;

    public Help(BatchDefaults defaults) {
      this.defaults = defaults;
    }

    @Override
    public CommandSpec transform(CommandSpec spec) {
      spec.remove(spec.findOption("--bptt"));
      String unit = defaults.unit();
      String examples = unit.substring(0, 1).toUpperCase(Locale.ROOT) + unit.substring(1);
      describe(spec, "--batch", "%s in a batch [%d].".formatted(examples, defaults.batch()));
      describe(
          spec,
          "--learning-rate",
          "Base learning rate [adam, adamw, rmsprop: %s; adagrad: %s; momentum, nesterov: %s; sgd: %s]. The loss is the mean over a batch."
              .formatted(
                  plain(defaults.adam()),
                  plain(defaults.adagrad()),
                  plain(defaults.momentum()),
                  plain(defaults.sgd())));
      describe(spec, "--clip", "Limit of the norm of all gradients together, 0 for none [5].");
      if (spec.findOption("--epochs") != null) {
        describe(
            spec,
            "--epochs",
            "Passes over the %s, 0.5 is half a one [%s; with --resume: as planned]."
                .formatted(unit, plain(defaults.epochs())));
      }
      return spec;
    }

    private static String plain(double value) {
      return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    /** Says something else of an option, which stays in its place among the others. */
    protected static void describe(CommandSpec spec, String name, String description) {
      OptionSpec changed = spec.findOption(name);
      for (OptionSpec option : List.copyOf(spec.options())) {
        spec.remove(option); // added again, all of them, for the order is that of adding
        spec.addOption(
            option.equals(changed)
                ? OptionSpec.builder(option).description(description).build()
                : option);
      }
    }
  }
}
