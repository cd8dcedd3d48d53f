package org.lm4j.cli.frame;

import java.util.Set;

/**
 * Names that options had before: they still work, but help, completion and suggestions show the
 * present ones alone. An option lists its present name first.
 */
public final class OldNames {
  private static final Set<String> NAMES =
      Set.of("--one-way", "--word-embedding", "--dimension", "--vocabulary");

  private OldNames() {}

  /** Whether a name is kept only for what was written with it. */
  public static boolean isOld(String name) {
    return NAMES.contains(name);
  }
}
