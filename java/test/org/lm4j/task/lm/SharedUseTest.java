package org.lm4j.task.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.text.Vocabulary;

/** A model and a backend are shared by threads, a generator and a window are not. */
@Tag("slow")
class SharedUseTest {
  private static final Generator.Request REQUEST =
      new Generator.Request(20, SamplingOptions.DEFAULT, 3, 0, List.of());

  private static LanguageModelNetwork model(Backend backend) {
    LanguageModelConfig config = new LanguageModelConfig(Cell.GRU, 256, 8, 12, 1, 0, false);
    LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false);
    model.initialize(Initialization.DEFAULT, 1);
    return model;
  }

  /** Runs in a separate JVM, which a fault may end. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference", "fake"})
  void threadsShareAModelAndWhatIsClosedEndsThem(String device) throws Exception {
    if (device.equals("fake")) {
      assertThat(CudaOnFakes.folder()).exists(); // or skipped
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xss8m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(SharedUse.class.getName(), device, "1", "5"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("all as alone", "5 times closed while others compute");
  }

  @Test
  void oneGeneratorForTwoThreadsIsRefusedAndItsTextStaysWhole() {
    try (Backend backend = new CpuBackend(null, 2);
        LanguageModelNetwork model = model(backend);
        Generator generator = new Generator(model, Vocabulary.bytes())) {
      String alone = text(generator);
      List<Throwable> refused = new ArrayList<>();
      ByteArrayOutputStream sink =
          new ByteArrayOutputStream() {
            @Override
            public void flush() throws IOException {
              refused.add(
                  CompletableFuture.supplyAsync(() -> text(generator))
                      .handle((result, failure) -> failure)
                      .join()
                      .getCause());
            }
          };
      assertThat(text(generator, sink)).isEqualTo(alone);
      assertThat(refused)
          .hasSize(20)
          .allSatisfy(
              failure ->
                  assertThat(failure)
                      .isInstanceOf(ConcurrentModificationException.class)
                      .hasMessageContaining("the generator is used by two threads at once"));
    }
  }

  private static String text(Generator generator) {
    return text(generator, new ByteArrayOutputStream());
  }

  private static String text(Generator generator, ByteArrayOutputStream sink) {
    generator.generate(new int[] {65}, REQUEST, sink);
    return sink.toString(StandardCharsets.ISO_8859_1);
  }

  @Test
  void aWindowThatAnotherThreadLoadedIsNotComputed() {
    try (Backend backend = new CpuBackend(null, 2);
        LanguageModelNetwork model = model(backend);
        Window window = model.window(4, 2, false);
        CarriedState state = model.newState(2)) {
      int[] ids = new int[8];
      window.load(ids, ids);
      CompletableFuture.runAsync(() -> window.load(ids, ids)).join();
      assertThatThrownBy(() -> window.evaluate(state))
          .isInstanceOf(ConcurrentModificationException.class);
      window.load(ids, ids);
      window.evaluate(state);
      assertThatThrownBy(() -> CompletableFuture.runAsync(() -> window.losses()).join())
          .hasCauseInstanceOf(ConcurrentModificationException.class);
    }
  }

  /** Closes in any order, and each object twice. */
  @Test
  void whatIsClosedSaysSo() {
    Backend backend = new CpuBackend(null, 2);
    LanguageModelNetwork model = model(backend);
    Generator generator = new Generator(model, Vocabulary.bytes());
    Window window = model.window(4, 2, false);
    CarriedState state = model.newState(2);
    model.close();
    assertClosed(() -> text(generator));
    assertClosed(() -> new Generator(model, Vocabulary.bytes()));
    window.load(new int[8], new int[8]);
    assertClosed(() -> window.evaluate(state));
    backend.close();
    assertClosed(() -> window.load(new int[8], new int[8]));
    assertClosed(() -> model.newState(1));
    for (int i = 0; i < 2; i++) {
      window.close();
      generator.close();
      state.close();
      backend.close();
      model.close();
    }
    assertClosed(() -> window.load(new int[8], new int[8]));
    assertClosed(() -> text(generator));
  }

  private static void assertClosed(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("is closed");
  }
}
