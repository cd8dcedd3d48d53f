package org.lm4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.io.Json;
import org.lm4j.serve.engine.Limits;
import org.lm4j.task.lm.Generator;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.adapt.Adaptation;
import org.lm4j.task.lm.adapt.AdaptedModel;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.task.lm.ngram.NgramOptions;
import org.lm4j.task.lm.ngram.NgramTraining;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.EncodedText;
import org.lm4j.text.Sources;
import org.lm4j.train.StagedFolder;
import tools.jackson.databind.JsonNode;

/** Models of every kind are served, with the texts and numbers that the library gives. */
class ServedKindsTest {
  private static final Path NETWORK = Path.of("models/java-source");
  private static final Limits LIMITS = new Limits(0, 200, 1 << 20, 60);
  private static final String MIXED = "java-source+mixed";
  private static final String LEARNING = "java-source+learning";
  private static final String LINE = "  public int get() {";

  @TempDir private static Path folder;
  private static final List<String> LOG = new ArrayList<>();
  private static Backend backend;
  private static final List<ServedModels> MODELS = new ArrayList<>();
  private static final List<TextServer> SERVERS = new ArrayList<>();

  @BeforeAll
  static void open() throws IOException {
    backend = new CpuBackend(null, 2);
    String text = "  public int get() {\n    return value;\n  }\n\n".repeat(30);
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), text);
    Sources sources = Sources.of(List.of(corpus.toString()), InputStream.nullInputStream(), corpus);
    CorpusSpec spec = CorpusSpec.of(ScoringModel.vocabulary(NETWORK));
    NgramTraining.train(
        new CorpusBuilder.Input(spec, sources, null, (_, _) -> {}),
        NgramOptions.defaults(),
        folder.resolve("grams"),
        StagedFolder.Existing.REPLACE,
        (_, _) -> {});
    mixed().save(folder.resolve("mixed.json"));
    learning().save(folder.resolve("learning.json"));
    for (String settings : List.of("mixed.json", "learning.json")) {
      List<Path> folders = List.of(NETWORK, folder.resolve("grams"));
      ServedModels models =
          new ServedModels(folders, folder.resolve(settings), backend, LIMITS, LOG::add);
      MODELS.add(models);
      SERVERS.add(new TextServer(ServerOptions.defaults().at("127.0.0.1", 0), models, LOG::add));
    }
  }

  @AfterAll
  static void close() {
    SERVERS.forEach(TextServer::close);
    MODELS.forEach(ServedModels::close);
    backend.close();
    assertThat(LOG).allMatch(line -> line.startsWith("reloaded "));
  }

  private static Adaptation mixed() {
    String grams = folder.resolve("grams").toString();
    return Adaptation.NONE.withMix(List.of(new Adaptation.Part(grams, 0.4)));
  }

  private static Adaptation learning() {
    return Adaptation.NONE
        .withUnigramCache(new Adaptation.UnigramCacheSettings(50, 0.2))
        .withDynamic(new Adaptation.Dynamic(Adaptation.Rule.SGD, 0.2, 0.001, 0, 5));
  }

  private static ApiClient client(String model) {
    return new ApiClient(SERVERS.get(model.equals(LEARNING) ? 1 : 0));
  }

  private static String scoring(String name, String text) {
    return """
        {"model": "%s", "prompt": %s, "max_tokens": 0, "echo": true, "logprobs": 2}"""
        .formatted(name, Json.line(text));
  }

  private static String generating(String name, int length, int seed) {
    return """
        {"model": "%s", "prompt": "  public", "max_tokens": %d, "seed": %d, "temperature": 0.9,
         "top_k": 20, "top_p": 0.95}"""
        .formatted(name, length, seed);
  }

  /** Opens the same model as the server's. */
  private static ScoringModel alone(String model) {
    return switch (model) {
      case MIXED -> AdaptedModel.open(NETWORK, mixed(), backend);
      case LEARNING -> AdaptedModel.open(NETWORK, learning(), backend);
      default -> ScoringModel.open(folder.resolve(model), backend);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"grams", MIXED, LEARNING})
  void aPromptHasTheLibrarysLogProbabilities(String name) {
    String text = LINE + "\n    return value;\n" + LINE;
    List<Double> expected = new ArrayList<>();
    try (ScoringModel model = alone(name)) {
      EncodedText tokens = EncodedText.of(model.vocabulary(), text);
      model.score(tokens, 1, (_, _, loss) -> expected.add(-loss), null);
    }
    for (int again = 0; again < 2; again++) { // nothing is learned from one request for another
      JsonNode choice = client(name).choice(scoring(name, text));
      assertThat(choice.get("text").stringValue()).isEqualTo(text);
      JsonNode scores = choice.get("logprobs").get("token_logprobs");
      assertThat(scores.size()).isEqualTo(text.length()).isEqualTo(expected.size() + 1);
      assertThat(scores.get(0).isNull()).isTrue();
      for (int i = 0; i < expected.size(); i++) {
        assertThat(scores.get(i + 1).doubleValue()).isCloseTo(expected.get(i), within(1e-4));
      }
      JsonNode top = choice.get("logprobs").get("top_logprobs").get(5);
      assertThat(top.size()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"grams", MIXED, LEARNING})
  void linesHaveTheLibrarysScores(String name) {
    double expected;
    try (ScoringModel model = alone(name);
        Stream<LineScore> scores =
            model.score(Stream.of(LINE, LINE), LineScoring.defaults().withEnd())) {
      expected =
          scores.toList().getLast().tokens().stream().mapToDouble(LineScore.Token::nats).sum();
    }
    String body = Json.line(Map.of("model", name, "lines", List.of(LINE, LINE), "end", true));
    JsonNode data = ApiClient.ok(client(name).post("/v1/score", body)).get("data");
    assertThat(data.get(1).get("nats").doubleValue()).isCloseTo(expected, within(1e-4));
  }

  /** Texts side by side, so that those that end leave their rows to others. */
  @ParameterizedTest
  @ValueSource(strings = {"grams", MIXED})
  void textsAreWhatTheLibraryGenerates(String name) {
    SamplingOptions options = new SamplingOptions(0.9, 20, 0.95, false);
    List<Future<JsonNode>> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int seed = 0; seed < 12; seed++) {
        String request = generating(name, 10 + 7 * (seed % 5), seed);
        answers.add(threads.submit(() -> client(name).choice(request)));
      }
    }
    try (ScoringModel model = alone(name);
        Generator generator = model.generator()) {
      int[] prompt = model.vocabulary().encode("  public");
      for (int seed = 0; seed < 12; seed++) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        int length = 10 + 7 * (seed % 5);
        generator.generate(
            prompt, new Generator.Request(length, options, seed, 0, List.of()), text);
        assertThat(answers.get(seed).resultNow().get("text").stringValue())
            .isEqualTo(text.toString(StandardCharsets.UTF_8));
      }
    }
  }

  @Test
  void whatAModelCannotDoIsSaid() {
    assertThat(client(LEARNING).refused(400, "/v1/completions", generating(LEARNING, 3, 1)))
        .isEqualTo(
            "java-source+learning learns from the text that it scores and generates none:"
                + " 'max_tokens' must be 0, with 'echo' and 'logprobs'");
    assertThat(
            client(MIXED)
                .refused(400, "/v1/embeddings", "{\"model\": \"grams\", \"input\": \"a\"}"))
        .isEqualTo("grams has no hidden state; recurrent networks have one");
    JsonNode list = ApiClient.ok(client(LEARNING).get("/v1/models")).get("data");
    List<String> kinds = new ArrayList<>();
    list.forEach(
        model ->
            kinds.add(
                model.get("id").stringValue()
                    + ": "
                    + model.get("kind").stringValue()
                    + ", "
                    + model.get("generates").booleanValue()));
    assertThat(kinds)
        .containsExactly(
            "java-source: recurrent network, true",
            "grams: n-gram model, true",
            "java-source+learning: adaptive model, false");
    assertThat(client(LEARNING).get("/metrics").body())
        .contains("lm4j_texts_running{model=\"grams\"}")
        .doesNotContain("lm4j_texts_running{model=\"" + LEARNING);
  }

  @Test
  void aListOfModelsHasTheSamplingOptionsOfTheirFolders() throws IOException {
    // A copy: the servers of the other tests look for changes of theirs by themselves.
    Path own = Files.createDirectories(folder.resolve("own/grams"));
    try (Stream<Path> files = Files.list(folder.resolve("grams"))) {
      for (Path each : files.toList()) {
        Files.copy(each, own.resolve(each.getFileName()));
      }
    }
    Path file = own.resolve("generation_config.json");
    Files.writeString(file, "{\"temperature\": 0.7, \"min_p\": 0.08}");
    try (ServedModels models = new ServedModels(List.of(own), null, backend, LIMITS, _ -> {});
        TextServer server =
            new TextServer(ServerOptions.defaults().at("127.0.0.1", 0), models, _ -> {})) {
      ApiClient client = new ApiClient(server);
      JsonNode sampling = ApiClient.ok(client.get("/v1/models/grams")).get("sampling");
      assertThat(sampling.get("temperature").doubleValue()).isEqualTo(0.7);
      assertThat(sampling.get("min_p").doubleValue()).isEqualTo(0.08);
      assertThat(sampling.get("top_k").intValue()).isZero();
      Files.delete(file);
      models.reload();
      assertThat(ApiClient.ok(client.get("/v1/models/grams")).has("sampling")).isFalse();
    }
  }

  @Test
  void aMixtureIsReloadedWhenItsSettingsChange() {
    ServedModels models = MODELS.getFirst();
    models.reload();
    assertThat(LOG).isEmpty();
    mixed().withTemperature(1.25).save(folder.resolve("mixed.json"));
    try {
      models.reload();
      assertThat(LOG).containsExactly("reloaded " + MIXED);
    } finally {
      mixed().save(folder.resolve("mixed.json"));
      models.reload();
    }
    assertThat(client(MIXED).choice("{\"model\": \"grams\", \"prompt\": \"  p\"}").get("text"))
        .isNotNull();
  }
}
