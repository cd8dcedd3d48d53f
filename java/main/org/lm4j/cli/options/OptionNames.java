package org.lm4j.cli.options;

import java.util.Locale;
import java.util.Map;

/** Names the option of the command line that sets a parameter of the library. */
public final class OptionNames {
  /** The options whose spelling differs from their parameters'. */
  private static final Map<String, String> OTHERWISE =
      Map.of("vocabularySize", "--vocab-size", "folder", "--model");

  private OptionNames() {}

  /** Returns the option for a parameter: {@code --valid-fraction} for {@code validFraction}. */
  public static String of(String parameter) {
    String other = OTHERWISE.get(parameter);
    return other != null
        ? other
        : "--" + parameter.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }
}
