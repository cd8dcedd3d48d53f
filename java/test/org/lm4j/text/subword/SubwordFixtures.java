package org.lm4j.text.subword;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.lm4j.io.Json;

/** What the library Hugging Face Tokenizers made, by scripts/make-fixtures.py. */
public final class SubwordFixtures {
  private static final Map<?, ?> KINDS = Json.read(path("kinds.json"), Map.class);

  private SubwordFixtures() {}

  /** A tokenizer, and what the library makes of the lines with it. */
  public record Kind(
      String name, Map<String, ?> tokenizer, List<List<Integer>> ids, List<String> decoded) {
    @Override
    public String toString() {
      return name;
    }

    public SubwordTokenizer open() {
      return SubwordTokenizer.of(tokenizer, name);
    }
  }

  public static Path path(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(
                  SubwordFixtures.class.getResource("/org/lm4j/fixtures/subword/" + name))
              .toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Lines in twenty scripts. */
  @SuppressWarnings("unchecked")
  public static List<String> lines() {
    return (List<String>) Objects.requireNonNull(KINDS.get("lines"));
  }

  /** A tokenizer of each kind. */
  @SuppressWarnings("unchecked")
  public static List<Kind> kinds() {
    return ((List<Map<String, ?>>) Objects.requireNonNull(KINDS.get("kinds")))
        .stream()
            .map(
                kind ->
                    new Kind(
                        (String) Objects.requireNonNull(kind.get("name")),
                        (Map<String, ?>) Objects.requireNonNull(kind.get("tokenizer")),
                        (List<List<Integer>>) Objects.requireNonNull(kind.get("ids")),
                        (List<String>) Objects.requireNonNull(kind.get("decoded"))))
            .toList();
  }

  public static Kind kind(String name) {
    return kinds().stream().filter(kind -> kind.name.equals(name)).findFirst().orElseThrow();
  }
}
