package org.lm4j.cli.options;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Names that options had in earlier versions, which still work. An option lists its present name
 * first; what follows still works, but help, completion and suggestions show the present name
 * alone.
 */
public final class OldNames {
  private static final String SHORT = "--lr"; // of --learning-rate, as much in use

  private OldNames() {}

  /** Returns the names of an option that are shown. */
  public static List<String> present(OptionSpec option) {
    List<String> names = new ArrayList<>();
    boolean named = false;
    for (String name : option.names()) {
      boolean word = name.startsWith("--");
      if (!word || !named || name.equals(SHORT)) {
        names.add(name);
      }
      named |= word;
    }
    return names;
  }
}
