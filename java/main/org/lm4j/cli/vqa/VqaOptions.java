package org.lm4j.cli.vqa;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Asked;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.cli.options.RecurrentOptions;
import org.lm4j.data.Features;
import org.lm4j.task.vqa.Vqa;
import org.lm4j.task.vqa.VqaConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options of a model that answers questions. Unset options are null, so that a resumed run can
 * detect what was given.
 */
final class VqaOptions implements HelpValues {
  @Option(
      names = "--grid",
      paramLabel = "ROWSxCOLS",
      description = "How the cells of an image lie, row by row [a square, or one row].")
  private @Nullable String grid;

  @Mixin private RecurrentOptions reader = new RecurrentOptions(texts());

  @Option(
      names = "--seen",
      paramLabel = "N",
      description = "Width of the layer above the features of a cell [{seen}].")
  private @Nullable Integer seen;

  @Option(
      names = "--attention",
      paramLabel = "N",
      description = "Width in which question and cells are compared [{attention}].")
  private @Nullable Integer attention;

  @Option(
      names = "--hops",
      paramLabel = "N",
      description =
          "Attention hops, each with a query that depends on the result of the one "
              + "before [{hops}].")
  private @Nullable Integer hops;

  @Option(
      names = "--decision",
      paramLabel = "N",
      description = "Hidden units of the layer before the answers [{decision}].")
  private @Nullable Integer decision;

  @Option(
      names = "--min-count",
      paramLabel = "N",
      description = "Words that occur less often count as <unk> [{min-count}].")
  private @Nullable Integer minCount;

  @Option(
      names = "--top-answers",
      paramLabel = "N",
      description = "Learn only the N most frequent answers [all].")
  private @Nullable Integer topAnswers;

  private static RecurrentOptions.Texts texts() {
    VqaConfig.Shape usual = VqaConfig.defaults().shape();
    return new RecurrentOptions.Texts(
        usual.reader().cell(),
        Integer.toString(usual.reader().embedding()),
        usual.reader().hidden(),
        usual.dropout(),
        "a word",
        "cells and the layer before the answers");
  }

  @Override
  public Map<String, String> helpValues() {
    VqaConfig.Shape usual = VqaConfig.defaults().shape();
    return Map.of(
        "seen", Integer.toString(usual.seen()),
        "attention", Integer.toString(usual.attention()),
        "hops", Integer.toString(usual.hops()),
        "decision", Integer.toString(usual.decision()),
        "min-count", Integer.toString(Vqa.MIN_COUNT));
  }

  /**
   * Returns the grid of image cells.
   *
   * @throws InputException if the features have not as many cells
   */
  private VqaConfig.Grid grid(Features features) {
    if (grid == null) {
      return VqaConfig.Grid.of(features);
    }
    if (!grid.matches("[1-9]\\d{0,4}x[1-9]\\d{0,4}")) {
      throw new InputException("--grid is to be as 7x7, not '" + grid + "'.");
    }
    int x = grid.indexOf('x');
    int rows = Integer.parseInt(grid.substring(0, x));
    int columns = Integer.parseInt(grid.substring(x + 1));
    if (!features.isGrid() || (long) rows * columns != features.cells()) {
      throw new InputException(
          "--grid "
              + grid
              + " does not fit features "
              + (features.isGrid() ? "of " + features.cells() + " cells." : "without a grid."));
    }
    return new VqaConfig.Grid(rows, columns);
  }

  /** Returns how often a word must occur. */
  int minCount() {
    return Asked.or(minCount, Vqa.MIN_COUNT);
  }

  /** Returns how many answers are learned at most. */
  int topAnswers() {
    return Asked.or(topAnswers, Integer.MAX_VALUE);
  }

  /** Returns what a new run depends on that its configuration does not hold. */
  Map<String, Object> begins() {
    return Map.of("--min-count", minCount(), "--top-answers", topAnswers());
  }

  /**
   * Returns a new model for images like these, but for its numbers of words and answers.
   *
   * @throws InputException if it makes no sense
   */
  VqaConfig config(Features features) {
    return config(VqaConfig.of(features, grid(features)));
  }

  /** Returns a model like {@code like} but for the options given. */
  private VqaConfig config(VqaConfig like) {
    VqaConfig.Shape shape = like.shape();
    return Asked.valid(
        () ->
            new VqaConfig(
                like.kind(),
                like.image(),
                like.vocabulary(),
                like.answers(),
                new VqaConfig.Shape(
                    new VqaConfig.Reader(
                        reader.cell(shape.reader().cell()),
                        reader.embedding(shape.reader().embedding()),
                        reader.hidden(shape.reader().hidden())),
                    Asked.or(seen, shape.seen()),
                    Asked.or(attention, shape.attention()),
                    Asked.or(hops, shape.hops()),
                    Asked.or(decision, shape.decision()),
                    reader.dropout(shape.dropout()))));
  }

  /** Returns whether what is asked for is what a run began with. */
  boolean isAsked(VqaConfig saved) {
    return config(saved).equals(saved)
        && (grid == null || grid.equals(saved.image().rows() + "x" + saved.image().columns()));
  }
}
