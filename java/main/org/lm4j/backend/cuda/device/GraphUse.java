package org.lm4j.backend.cuda.device;

/** The treatment of a repeated step. */
public enum GraphUse {
  /** It is recorded as a CUDA graph, and replayed. */
  ON,
  /** It is issued call by call each time. */
  OFF,
  /** Its recording is broken on purpose, to try what happens then. */
  BROKEN
}
