package org.lm4j.train;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The plan of a run. Saved in the checkpoint, so that resuming needs no options.
 *
 * @param recipe what is computed
 * @param length when it ends
 * @param cadence how often it validates and saves
 * @param origin how it began; null in a checkpoint from before this was kept
 * @param began values of what else was decided when it began, by the names of its options; null in
 *     a checkpoint from before this was kept
 */
public record RunPlan(
    Recipe recipe,
    RunLength length,
    Cadence cadence,
    @Nullable Origin origin,
    @Nullable Map<String, String> began) {
  /** Creates a plan of a run that began with nothing else. */
  public RunPlan(Recipe recipe, RunLength length, Cadence cadence, @Nullable Origin origin) {
    this(recipe, length, cadence, origin, null);
  }
}
