package org.lm4j.serve.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.decode.Sampling;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.Score;
import org.lm4j.text.Vocabulary;

/** Texts that are computed side by side are those that the model generates alone. */
class TextEngineTest {
  private static final Path FOLDER = Path.of("models/java-source");
  private static final SamplingOptions WARM = new SamplingOptions(0.8, 20, 0.95, false);
  private static final TextRequest.Scoring ALL = new TextRequest.Scoring(true, true, 3);

  private static Backend backend;
  private static LanguageModelNetwork model;
  private static Vocabulary vocabulary;

  @BeforeAll
  static void open() {
    backend = new CpuBackend(null, 2);
    ModelFiles files = new ModelFiles(FOLDER, ModelKind.LANGUAGE_MODEL);
    vocabulary = LanguageModelConfig.vocabulary(files);
    model = LanguageModelNetwork.open(files, backend, false);
  }

  @AfterAll
  static void close() {
    model.close();
    backend.close();
  }

  private static TextEngine engine(int rows, int queue, long cache) {
    return new TextEngine(
        model, vocabulary, new Limits(rows, queue, cache, 60), "engine of a test");
  }

  private static TextRequest request(String prompt, int seed, int length, String... stops) {
    return new TextRequest(
        vocabulary.encode(prompt),
        0,
        WARM,
        seed,
        0,
        length,
        List.of(stops),
        TextRequest.Scoring.NONE,
        false,
        LogitChanges.NONE);
  }

  private static TextRequest scoring(TextRequest of, TextRequest.Scoring scoring) {
    return new TextRequest(
        of.prompt(),
        0,
        of.sampling(),
        of.seed(),
        0,
        of.length(),
        of.stops(),
        scoring,
        true,
        LogitChanges.NONE);
  }

  /** What a listener received. */
  private static class Received implements TextListener {
    final List<TextToken> tokens = new ArrayList<>();
    final StringBuilder text = new StringBuilder();
    final CompletableFuture<Ending> ended = new CompletableFuture<>();
    double[] hidden = {};

    @Override
    public void token(TextToken token) {
      tokens.add(token);
      text.append(token.text());
    }

    @Override
    public void end(Ending ending, String rest, double[] state) {
      text.append(rest);
      hidden = state;
      ended.complete(ending);
    }

    @Override
    public void failed(RuntimeException exception) {
      ended.completeExceptionally(exception);
    }
  }

  private static Received run(TextEngine engine, TextRequest request) {
    Received received = new Received();
    engine.submit(request, received);
    received.ended.join();
    return received;
  }

  @Test
  void textsSideBySideAreThoseOfTheModelAlone() {
    List<String> prompts = List.of("  public ", "class ", "/**\n", "import java", "x");
    List<Received> received = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    try (LanguageModel alone = LanguageModel.load(FOLDER, backend);
        TextEngine engine = engine(7, 100, 1 << 20)) {
      for (int i = 0; i < 30; i++) {
        String prompt = prompts.get(i % prompts.size());
        Received text = new Received();
        engine.submit(request(prompt, i, 10 + i, "void", "}\n"), text);
        received.add(text);
        Sampling sampling = new Sampling(WARM, i, 10 + i, List.of("void", "}\n"));
        expected.add(alone.generate(prompt, sampling));
      }
      received.forEach(text -> text.ended.join());
    }
    for (int i = 0; i < expected.size(); i++) {
      assertThat(received.get(i).text.toString()).isEqualTo(expected.get(i));
    }
    Stream<TextListener.Ending> endings = received.stream().map(text -> text.ended.join());
    assertThat(endings).contains(TextListener.Ending.STOP, TextListener.Ending.LENGTH);
  }

  @Test
  void aPromptThatComesAgainIsNotReadAgainAndGivesTheSameText() {
    try (TextEngine engine = engine(2, 10, 1 << 20)) {
      String text = run(engine, request("public static void ", 3, 40)).text.toString();
      long read = engine.figures().promptTokens();
      assertThat(run(engine, request("public static void ", 3, 40)).text.toString())
          .isEqualTo(text);
      assertThat(engine.figures().promptTokens()).isEqualTo(read + 1);
      assertThat(engine.figures().reusedTokens()).isEqualTo(18);
      Received longer = run(engine, request("public static void " + text, 3, 5));
      assertThat(engine.figures().reusedTokens()).isEqualTo(18 + 18 + text.length());
      try (TextEngine forgetful = engine(1, 10, 0)) {
        Received fresh = run(forgetful, request("public static void " + text, 3, 5));
        assertThat(longer.text.toString()).isEqualTo(fresh.text.toString());
        assertThat(forgetful.figures().cachedStates()).isZero();
      }
    }
  }

  @Test
  void logProbabilitiesAreThoseOfTheModel() {
    String text = "public static";
    try (LanguageModel alone = LanguageModel.load(FOLDER, backend);
        TextEngine engine = engine(3, 10, 1 << 20)) {
      Received received = run(engine, scoring(request(text, 1, 4), ALL));
      Score score = alone.score(text + received.text);
      assertThat(received.tokens).hasSize(text.length() + 4);
      assertThat(received.tokens.getFirst().logProbability()).isNaN();
      for (int i = 1; i < received.tokens.size(); i++) {
        TextToken token = received.tokens.get(i);
        assertThat(token.generated()).isEqualTo(i >= text.length());
        assertThat(token.logProbability())
            .isCloseTo(-score.tokens().get(i - 1).nats(), within(1e-5));
        assertThat(token.top()).hasSize(3);
        assertThat(token.top().getFirst().logProbability())
            .isGreaterThanOrEqualTo(token.logProbability());
      }
      assertThat(received.hidden).hasSize(160).doesNotContain(0.0);
      Received whole = run(engine, scoring(request(text, 1, 0), TextRequest.Scoring.NONE));
      assertThat(whole.tokens).isEmpty();
      assertThat(whole.hidden).isEqualTo(received.hidden);
    }
  }

  @Test
  void aTextThatIsCancelledFreesItsRow() throws InterruptedException {
    try (TextEngine engine = engine(1, 10, 0)) {
      CountDownLatch begun = new CountDownLatch(1);
      Received endless =
          new Received() {
            @Override
            public void token(TextToken token) {
              super.token(token);
              begun.countDown();
            }
          };
      Runnable cancel = engine.submit(request("a", 1, Integer.MAX_VALUE), endless);
      begun.await();
      Received next = new Received();
      engine.submit(request("b", 1, 3), next);
      Received gone = new Received();
      engine.submit(request("c", 1, 3), gone).run();
      assertThat(gone.ended.join()).isEqualTo(TextListener.Ending.CANCELLED); // while it waited
      assertThat(engine.waiting()).isEqualTo(1);
      assertThat(next.ended).isNotDone();
      cancel.run();
      assertThat(endless.ended.join()).isEqualTo(TextListener.Ending.CANCELLED);
      assertThat(next.ended.join()).isEqualTo(TextListener.Ending.LENGTH);
    }
  }

  @Test
  void aRequestOfManyTextsLeavesRowsAndPlacesToOthers() {
    Object greedy = new Object();
    List<Runnable> cancels = new ArrayList<>();
    List<Received> endless = new ArrayList<>();
    try (TextEngine engine = engine(4, 8, 0)) {
      for (int i = 0; i < 4; i++) {
        Received text = new Received();
        endless.add(text);
        cancels.add(engine.submit(greedy, request("a", i, Integer.MAX_VALUE), text));
      }
      for (int i = 0; i < 5; i++) { // two rows are left to these, whatever waits
        assertThat(run(engine, request("b", i, 3)).tokens).hasSize(3);
      }
      assertThat(engine.figures().running()).isLessThanOrEqualTo(3);
      assertThat(engine.waiting()).isEqualTo(2);
      assertThatThrownBy(
              () -> {
                while (true) {
                  cancels.add(
                      engine.submit(greedy, request("a", 1, Integer.MAX_VALUE), new Received()));
                }
              })
          .isInstanceOf(BusyException.class);
      assertThat(engine.waiting()).isLessThan(8);
      assertThat(run(engine, request("b", 1, 3)).tokens).hasSize(3);
      cancels.forEach(Runnable::run);
      endless.forEach(
          text -> assertThat(text.ended.join()).isEqualTo(TextListener.Ending.CANCELLED));
      assertThat(run(engine, request("b", 1, 3)).tokens).hasSize(3);
    }
  }

  @Test
  void whatCannotWaitIsRefusedAndAListenerThatFailsEndsItsOwnTextAlone() {
    try (TextEngine engine = engine(1, 1, 0)) {
      Received good = new Received();
      Received bad =
          new Received() {
            @Override
            public void token(TextToken token) {
              throw new IllegalStateException("a listener failed");
            }
          };
      engine.submit(request("a", 1, 3_000), good);
      while (engine.waiting() > 0) {
        Thread.onSpinWait();
      }
      engine.submit(request("a", 1, 3), bad);
      assertThatThrownBy(() -> engine.submit(request("a", 1, 3), new Received()))
          .isInstanceOf(BusyException.class)
          .hasMessageContaining("1 texts are waiting");
      assertThat(good.ended.join()).isEqualTo(TextListener.Ending.LENGTH);
      assertThatThrownBy(bad.ended::join).hasMessageContaining("a listener failed");
      assertThat(run(engine, request("a", 1, 2)).tokens).hasSize(2);
      assertThatThrownBy(
              () ->
                  engine.submit(
                      new TextRequest(
                          new int[] {vocabulary.size()},
                          0,
                          WARM,
                          1,
                          0,
                          1,
                          List.of(),
                          TextRequest.Scoring.NONE,
                          false,
                          LogitChanges.NONE),
                      new Received()))
          .hasMessageContaining("is not in [0,");
    }
  }

  @Test
  void timeThatIsOverEndsAText() {
    try (TextEngine engine =
        new TextEngine(model, vocabulary, new Limits(1, 1, 0, 0.05), "engine of a test")) {
      Received endless = run(engine, request("a", 1, Integer.MAX_VALUE));
      assertThat(endless.ended.join()).isEqualTo(TextListener.Ending.TIME);
    }
  }

  @Test
  void closingCancelsAndFinishingWaits() {
    TextEngine engine = engine(1, 10, 0);
    Received text = new Received();
    engine.submit(request("a", 1, 2000), text);
    engine.finish();
    assertThat(text.ended.join()).isEqualTo(TextListener.Ending.LENGTH);
    assertThatThrownBy(() -> engine.submit(request("a", 1, 1), new Received()))
        .isInstanceOf(IllegalStateException.class);
    TextEngine other = engine(1, 10, 0);
    Received endless = new Received();
    other.submit(request("a", 1, Integer.MAX_VALUE), endless);
    other.close();
    assertThat(endless.ended.join()).isEqualTo(TextListener.Ending.CANCELLED);
  }
}
