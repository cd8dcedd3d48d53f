package org.lm4j.cli.inspect;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.io.Json;
import org.lm4j.task.inspect.CellNumbers;
import org.lm4j.task.inspect.WorkedExample;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** {@code lm inspect --step}: a cell in numbers small enough to follow by hand. */
final class StepOptions implements HelpValues {
  private static final int INPUT = 3;
  private static final int HIDDEN = 2;

  /** The options that only {@code --gradients} reads. */
  private static final List<String> OF_GRADIENTS =
      List.of(
          "--model",
          "--corpus",
          "--untrained",
          "--windows",
          "--layers",
          "--layer",
          "--vocab-size",
          "--gain",
          "--init-range",
          "--forget-bias",
          "--clip",
          "--page",
          "--threads",
          "--precision",
          "--blas");

  @Option(
      names = "--step",
      description = {
        "Show time steps of one cell in numbers: inputs, weights, gates, states, and the gradient"
            + " of every array by backpropagation and by numeric differences.",
        "The exit code is 1 if they do not agree. Computes on --device reference."
      })
  private boolean step;

  @Option(
      names = "--input",
      paramLabel = "N",
      description = "Width of the input of --step [{step-input}].")
  private @Nullable Integer input;

  @Option(names = "--json", description = "Print what --step shows as one JSON object.")
  private boolean json;

  @Override
  public Map<String, String> helpValues() {
    return Map.of("step-input", Integer.toString(INPUT), "step-hidden", Integer.toString(HIDDEN));
  }

  /** Returns whether this is what to inspect. */
  boolean given() {
    return step;
  }

  /**
   * Requires that the other options are those of what is inspected.
   *
   * @throws InputException if one is not
   */
  void requireSense(ParseResult parsed) {
    if (!step) {
      for (String name : List.of("--input", "--json")) {
        if (parsed.hasMatchedOption(name)) {
          throw new InputException(name + " goes with --step.");
        }
      }
      return;
    }
    for (String name : OF_GRADIENTS) {
      if (parsed.hasMatchedOption(name)) {
        throw new InputException(name + " goes with --gradients, not with --step.");
      }
    }
    DeviceOptions.Device reference = DeviceOptions.Device.REFERENCE;
    if (parsed.matchedOptionValue("--device", reference) != reference) {
      throw new InputException("--step computes in float64, on --device reference alone.");
    }
  }

  /**
   * Computes and prints the example.
   *
   * @param cell of the layer
   * @param hidden width of the layer, or null for the default
   * @param steps number of time steps
   * @return the exit code
   */
  int run(CommandSpec spec, Cell cell, @Nullable Integer hidden, int steps, long seed) {
    RnnSpec shape =
        new RnnSpec(cell, input == null ? INPUT : input, hidden == null ? HIDDEN : hidden, 1, 0);
    WorkedExample example;
    try (Backend backend = new ReferenceBackend()) {
      example = WorkedExample.of(backend, CellNumbers.draw(shape, steps, seed));
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
    return print(example, seed, json, spec.commandLine().getOut());
  }

  /** Prints the example; returns the exit code. */
  static int print(WorkedExample example, long seed, boolean json, PrintWriter out) {
    StepTables tables = new StepTables(example, seed);
    if (json) {
      out.println(Json.line(tables.values()));
    } else {
      tables.print(out);
    }
    out.flush();
    return example.passes() ? ExitCodes.OK : ExitCodes.FAILURE;
  }
}
