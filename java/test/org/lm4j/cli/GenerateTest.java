package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.task.lm.Generator;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tests prompts and stop texts of {@code lm generate}, and which part of the text it prints. */
@Tag("slow")
class GenerateTest {
  @TempDir private Path folder;

  private Path model(String text, String... options) throws IOException {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), text);
    Path model = folder.resolve("model");
    Commands.Outcome trained = train(corpus, model, options);
    assertThat(trained.code()).as(trained.err()).isZero();
    return model;
  }

  private static Commands.Outcome generate(Path model, String... more) {
    List<String> arguments = new ArrayList<>(List.of("generate", "--model", model.toString()));
    arguments.addAll(List.of("--device", "reference", "--length", "3"));
    arguments.addAll(List.of(more));
    return lm(arguments.toArray(String[]::new));
  }

  /** picocli would read the arguments of a command from the file of that name. */
  @Test
  void aPromptThatBeginsWithAnAtSignIsNotAFile() throws IOException {
    Path named = Files.writeString(folder.resolve("arguments"), "--greedy\n");
    Path model = model(("@" + named + "\n").repeat(30));
    Commands.Outcome outcome = generate(model, "--prompt", "@" + named);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out()).startsWith("@" + named);
    assertRefused(lm("@" + named), "@" + named);
  }

  @Test
  void unknownCharactersOfAPromptAreReadAsUnk() throws IOException {
    Path model = model("§" + "the cat\n".repeat(30), "--min-count", "2");
    Commands.Outcome outcome = generate(model, "--prompt", "the Z§Z cat");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out()).startsWith("the Z§Z cat");
    assertThat(outcome.err())
        .isEqualTo(
            "lm: the model does not know 'Z' U+005A, '§' U+00A7; it reads <unk> there."
                + System.lineSeparator());
  }

  @Test
  void anEmptyStopTextIsRefusedBeforeAnyOutput() throws IOException {
    Path model = model("the cat\n".repeat(30));
    Commands.Outcome outcome = generate(model, "--prompt", "the", "--stop", "");
    assertRefused(outcome, "the stop text is empty");
    assertThat(outcome.out()).isEmpty();
  }

  /** More bytes than any array holds go through. */
  @Test
  void nothingOfTheTextIsKept() {
    int word = 1 << 24;
    Vocabulary vocabulary = Vocabulary.of(Level.WORD, List.of("<eos>", "a".repeat(word)));
    long[] written = {0};
    OutputStream sink =
        new OutputStream() {
          @Override
          public void write(int octet) {
            written[0]++;
          }

          @Override
          public void write(byte[] bytes, int from, int count) {
            written[0] += count;
          }
        };
    LanguageModelConfig config = new LanguageModelConfig(Cell.RNN_TANH, 2, 2, 2, 1, 0, false);
    int length = 140;
    try (Backend backend = new ReferenceBackend();
        LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false);
        Generator generator = new Generator(model, vocabulary)) {
      // All logits are alike; of equals the lowest id is taken, so <eos> has to be less likely.
      bias(model, -1);
      SamplingOptions greedy = new SamplingOptions(1, 0, 1, true);
      Generator.Request request = new Generator.Request(length, greedy, 1, 0, List.of());
      Generator.Result result = generator.generate(new int[] {0}, request, sink);
      assertThat(result).isEqualTo(new Generator.Result(length, false));
    }
    assertThat(written[0]).isEqualTo((long) length * word + length - 1);
    assertThat(written[0]).isGreaterThan(Integer.MAX_VALUE);
  }

  private static void bias(LanguageModelNetwork model, double ofFirst) {
    model.parameters().all().stream()
        .filter(parameter -> parameter.name().equals(LanguageModelNetwork.DECODER_BIAS))
        .forEach(parameter -> parameter.value().set(0, ofFirst));
  }

  /** Advice for want of memory names options that the command has. */
  @Test
  void adviceOnMemoryNamesOptionsOfTheCommand() {
    assertThat(exhausted(new OfBatches()))
        .contains("; make --batch smaller, or give Java more with LM4J_JAVA_OPTS");
    assertThat(exhausted(new OfNothing())).contains("; give Java more with LM4J_JAVA_OPTS");
  }

  private static String exhausted(Object command) {
    StringWriter err = new StringWriter();
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    int code =
        Lm.run(
            Lm.commandLine(nowhere, new PrintWriter(err), Terminal.none(), Needed.by(), command),
            "exhaust");
    assertThat(code).isEqualTo(ExitCodes.FAILURE);
    return err.toString();
  }

  @Command(name = "exhaust")
  static final class OfBatches implements Runnable {
    @Option(names = "--batch")
    private int batch;

    @Override
    public void run() {
      throw new OutOfMemoryError("Java heap space " + batch);
    }
  }

  @Command(name = "exhaust")
  static final class OfNothing implements Runnable {
    @Override
    public void run() {
      throw new OutOfMemoryError("Java heap space");
    }
  }
}
