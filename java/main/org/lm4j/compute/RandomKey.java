package org.lm4j.compute;

/**
 * The key of a random draw besides its position: the run's seed and the training step. The same
 * key, site and index give the same number on every backend and for any number of threads, so
 * nothing of a generator needs saving but the step.
 *
 * @param seed chosen by the user, once per run
 * @param step counts optimizer steps from 0
 */
public record RandomKey(long seed, long step) {}
