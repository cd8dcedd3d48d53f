package org.lm4j.data;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names of languages in English, in other widespread languages and in the language itself, and
 * their codes.
 */
final class LanguageNames {
  private static final List<String> SPOKEN =
      List.of("en", "de", "fr", "es", "it", "pt", "nl", "ru", "pl", "tr", "sv", "zh", "ja");

  private LanguageNames() {}

  /** Holds the table, which is built on first use. */
  private static final class Holder {
    private static final Map<String, String> CODES = codes();

    private static Map<String, String> codes() {
      Map<String, String> codes = new HashMap<>();
      for (String code : Locale.getISOLanguages()) {
        if (code.length() != 2) {
          continue;
        }
        Locale language = Locale.of(code);
        for (String spoken : SPOKEN) {
          add(codes, language.getDisplayLanguage(Locale.of(spoken)), code);
        }
        add(codes, language.getDisplayLanguage(language), code);
      }
      SPOKEN.forEach(code -> add(codes, code, code));
      return Map.copyOf(codes);
    }

    private static void add(Map<String, String> codes, String name, String code) {
      codes.putIfAbsent(name.toLowerCase(Locale.ROOT), code);
    }
  }

  /** Returns the code of the language a cell names, or null. */
  static @Nullable String code(String cell) {
    return Holder.CODES.get(cell.strip().toLowerCase(Locale.ROOT));
  }
}
