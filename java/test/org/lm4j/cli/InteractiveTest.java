package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.task.lm.Generator;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/** Tests prompts from files, conversations, and texts without a limit of {@code lm generate}. */
class InteractiveTest {
  private static final String LINE = "  public int size() {";

  @TempDir private Path folder;

  private static Commands.Outcome generate(String input, String... more) {
    List<String> arguments = new ArrayList<>(List.of("generate", "--model", "models/java-source"));
    arguments.addAll(List.of(more));
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      return lm(arguments.toArray(String[]::new));
    } finally {
      System.setIn(before);
    }
  }

  private static String text(String input, String... more) {
    Commands.Outcome outcome = generate(input, more);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome.out();
  }

  @Test
  void aPromptFileIsReadWhole() throws IOException {
    String prompt = LINE + "\n    return \"\\n\";\n".repeat(20);
    Path file = Files.writeString(folder.resolve("prompt"), prompt);
    String expected = text("", "--prompt", LINE, "--length", "30");
    assertThat(text("", "--prompt-file", file.toString(), "--length", "9")).startsWith(prompt);
    Files.writeString(file, LINE);
    assertThat(text("", "--prompt-file", file.toString(), "--length", "30")).isEqualTo(expected);
    assertThat(text(LINE, "--prompt-file", "-", "--length", "30")).isEqualTo(expected);
    Files.write(file, new byte[] {'a', (byte) 0xff, 'b'});
    assertRefused(generate("", "--prompt-file", file.toString()), "is not UTF-8 text");
    assertRefused(generate("", "--prompt-file", "-", "--prompt", "a"), "not by both");
    assertRefused(generate("", "--prompt-file", folder.resolve("none").toString()), "none");
  }

  /** What follows a line is what follows the whole text before it. */
  @Test
  void aConversationIsOneTextUntilABlankLine() {
    String[] greedy = {"--greedy", "--length", "25", "--no-prompt"};
    String first = text("", with(greedy, "--prompt", LINE)).replaceAll("\n$", "");
    String second =
        text("", with(greedy, "--prompt", LINE + first + (first.endsWith("\n") ? "" : "\n") + "}"));
    String fresh = text("", with(greedy, "--prompt", "}"));
    assertThat(second).isNotEqualTo(fresh); // the state matters
    assertThat(text(LINE + "\n}\n\n}", with(greedy, "--interactive")))
        .isEqualTo(first + "\n" + second + fresh);
  }

  private static String[] with(String[] first, String... more) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    assertRefused(generate("", "--interactive", "--json"), "leave out --json");
    assertRefused(generate("", "--interactive", "--prompt-file", "-"), "in place of -");
    assertRefused(generate("", "--interactive", "--length", "0"), "never ends");
    assertRefused(generate("", "--repetition-penalty", "0"), "is not from 0.1 to 10");
  }

  @Test
  void aTextWithoutALimitEndsAtAStopText() {
    assertThat(text("", "--length", "0", "--stop", "}\\n\\n", "--seed", "4"))
        .isEqualTo(text("", "--length", "99999", "--stop", "}\\n\\n", "--seed", "4"))
        .hasSizeGreaterThan(30);
  }

  /** All logits are the bias, whatever was read, so that the picks can be computed by hand. */
  @Test
  void picksFollowThePenalizedLogits() {
    Vocabulary vocabulary = Vocabulary.of(Level.CHAR, List.of("a", "b", "c", "d"));
    LanguageModelConfig config = new LanguageModelConfig(Cell.RNN_TANH, 4, 2, 2, 1, 0, false);
    try (Backend backend = new ReferenceBackend();
        LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false);
        Generator generator = new Generator(model, vocabulary)) {
      double[] bias = {2, 1.5, 1.1, -0.1};
      model.parameters().all().stream()
          .filter(parameter -> parameter.name().equals(LanguageModelNetwork.DECODER_BIAS))
          .forEach(
              parameter -> {
                for (int i = 0; i < bias.length; i++) {
                  parameter.value().set(i, bias[i]);
                }
              });
      SamplingOptions options = new SamplingOptions(1, 0, 1, 0, 2, true);
      Generator.Request request = new Generator.Request(6, options, 1, 0, List.of());
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      // c is read: 2 1.5 0.55 -0.1, a: 1 1.5 0.55 -0.1, b: 1 0.75 0.55 -0.1, and a from there on
      generator.generate(new int[] {2}, request, text);
      assertThat(text.toString(StandardCharsets.UTF_8)).isEqualTo("abaaaa");
      int[] asked = {0};
      Generator.Request endless =
          new Generator.Request(Generator.Request.ENDLESS, options, 1, 0, List.of());
      assertThat(
              generator.generate(new int[] {2}, endless, text, () -> asked[0]++ == 2000).tokens())
          .isEqualTo(2000);
    }
  }
}
