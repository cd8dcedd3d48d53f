package org.lm4j.serve.engine;

/** Counts what an engine does. Used by its thread. */
final class Tally {
  long steps;
  long generated;
  long read;
  long reused;

  /** Returns the counts, with what the engine is doing. */
  EngineFigures figures(int running, StateCache cache) {
    return new EngineFigures(running, steps, generated, read, reused, cache.size(), cache.bytes());
  }
}
