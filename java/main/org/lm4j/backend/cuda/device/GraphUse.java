package org.lm4j.backend.cuda.device;

/** What becomes of a step that comes again and again. */
public enum GraphUse {
  /** It is recorded as a CUDA graph, and replayed. */
  ON,
  /** It is issued call by call each time. */
  OFF,
  /** Its recording is broken on purpose, to try what happens then. */
  BROKEN
}
