package org.lm4j.task.card;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;

/**
 * What a model folder does not know about its model, and its publisher says.
 *
 * @param name of the model; null for that of its folder
 * @param license identifier of its licence on the Hugging Face Hub, such as {@code apache-2.0};
 *     null if it is not known
 * @param languages codes of the languages of its text, such as {@code en}
 * @param datasets identifiers of data sets on the Hugging Face Hub that it was trained on
 * @param test what {@code lm eval} measured on a test text, as its JSON has it; null for none
 */
public record CardOptions(
    @Nullable String name,
    @Nullable String license,
    List<String> languages,
    List<String> datasets,
    @Nullable Map<String, @Nullable Object> test) {
  private static final Pattern LICENSE = Pattern.compile("[a-z0-9][a-z0-9.+-]*");
  private static final Pattern LANGUAGE = Pattern.compile("[a-z]{2,3}(-[A-Za-z0-9]+)*|code");
  private static final Pattern DATASET = Pattern.compile("\\w[\\w.-]*(/\\w[\\w.-]*)?");

  /** Nothing is said. */
  public static final CardOptions NONE = new CardOptions(null, null, List.of(), List.of(), null);

  /**
   * Checks the identifiers, which the Hub would refuse, and the test.
   *
   * @throws InputException if one is malformed, or the test has no figures
   */
  public CardOptions {
    if (license != null) {
      require(LICENSE, license, "a licence is an identifier such as apache-2.0, mit or cc0-1.0");
    }
    languages.forEach(code -> require(LANGUAGE, code, "a language is a code such as en or de"));
    datasets.forEach(
        id -> require(DATASET, id, "a data set has the form name or owner/name of the Hub"));
    if (test != null && ModelCard.testFigures(test).isEmpty()) {
      throw new InputException(
          "the test results have no loss, perplexity or accuracy; give an evaluation in JSON");
    }
    languages = List.copyOf(languages);
    datasets = List.copyOf(datasets);
  }

  private static void require(Pattern form, String value, String wanted) {
    if (!form.matcher(value).matches()) {
      throw new InputException("%s, not '%s'".formatted(wanted, value));
    }
  }
}
