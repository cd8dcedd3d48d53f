package org.lm4j.train;

/**
 * What a run is to do. Saved in the checkpoint, so that {@code --resume} needs to be told nothing.
 *
 * @param recipe what is computed
 * @param length when it ends
 * @param cadence how often it validates and saves
 */
public record RunPlan(Recipe recipe, RunLength length, Trainer.Cadence cadence) {}
