package org.lm4j.task.lm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.model.HostCopies;
import org.lm4j.model.Model;
import org.lm4j.model.ModelKind;
import org.lm4j.nn.EncoderConfig;
import org.lm4j.task.caption.CaptionConfig;
import org.lm4j.task.caption.CaptionDecoder;
import org.lm4j.task.caption.CaptionerNetwork;
import org.lm4j.task.classify.TextClassifierConfig;
import org.lm4j.task.classify.TextClassifierNetwork;
import org.lm4j.task.classify.TextClassifierText;
import org.lm4j.task.classify.TextClassifierWorkspaces;
import org.lm4j.task.net.ImageFormat;
import org.lm4j.task.net.NetConfig;
import org.lm4j.task.net.TwoLayerNet;
import org.lm4j.task.seq2seq.Seq2SeqConfig;
import org.lm4j.task.seq2seq.Seq2SeqGenerator;
import org.lm4j.task.seq2seq.Seq2SeqNetwork;
import org.lm4j.task.tag.ConllColumns;
import org.lm4j.task.tag.ConllSentence;
import org.lm4j.task.tag.IntList;
import org.lm4j.task.tag.TaggerConfig;
import org.lm4j.task.tag.TaggerNetwork;
import org.lm4j.task.tag.TaggerText;
import org.lm4j.task.tag.TaggerVocabulary;
import org.lm4j.task.tag.TaggerWorkspaces;
import org.lm4j.task.vqa.VqaBatch;
import org.lm4j.task.vqa.VqaConfig;
import org.lm4j.task.vqa.VqaNetwork;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** Threads that share a model get, of every kind of it, the numbers each would get alone. */
@Tag("slow")
class SharedModelTest {
  private static final int THREADS = 4;
  private static final int ROUNDS = 4;
  private static final int TASKS = 3;

  /** Computes one thread's results with its own window and state. */
  interface Reading extends AutoCloseable {
    Object of(int task);

    @Override
    void close();
  }

  /** A model, and how to read with it. */
  record Shared(Model model, Supplier<Reading> reader) {}

  interface Maker {
    Shared on(Backend backend);
  }

  @TestFactory
  Stream<DynamicTest> threadsGetTheirOwn() {
    Map<String, Supplier<Backend>> backends = new LinkedHashMap<>();
    backends.put("cpu", () -> new CpuBackend(null, 2));
    backends.put("reference", ReferenceBackend::new);
    backends.put("cuda, on fake libraries", CudaOnFakes::open);
    return makers().entrySet().stream()
        .flatMap(
            maker ->
                backends.entrySet().stream()
                    .map(
                        backend ->
                            DynamicTest.dynamicTest(
                                maker.getKey() + ", " + backend.getKey(),
                                () -> check(backend.getValue(), maker.getValue()))));
  }

  /** Returns each kind of model except language models, see {@link org.lm4j.task.lm.SharedUse}. */
  static Map<String, Maker> makers() {
    Map<String, Maker> makers = new LinkedHashMap<>();
    makers.put("captioner", SharedModelTest::captioner);
    makers.put("translator", SharedModelTest::translator);
    makers.put("classifier", SharedModelTest::classifier);
    makers.put("question answerer", SharedModelTest::answerer);
    makers.put("tagger", SharedModelTest::tagger);
    makers.put("net", SharedModelTest::net);
    return makers;
  }

  /** Runs in a separate JVM, which a fault may end. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void closingWhileOthersComputeEndsThemInOneWay(String device) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xss8m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(ClosedKinds.class.getName(), device, "1"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("6 times closed while others compute");
  }

  private static void check(Supplier<Backend> open, Maker maker) {
    try (Backend backend = open.get()) {
      Shared shared = maker.on(backend);
      try (Model _ = shared.model) {
        List<Object> alone = new ArrayList<>();
        try (Reading reading = shared.reader.get()) {
          for (int task = 0; task < TASKS; task++) {
            alone.add(reading.of(task));
          }
        }
        assertThat(alone).doesNotHaveDuplicates();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          int first = i;
          all.add(
              CompletableFuture.runAsync(
                  () -> rounds(shared, alone, first), task -> Thread.ofPlatform().start(task)));
        }
        all.forEach(CompletableFuture::join);
      }
    }
  }

  private static void rounds(Shared shared, List<Object> alone, int first) {
    try (Reading reading = shared.reader.get()) {
      for (int i = first; i < first + ROUNDS; i++) {
        assertThat(reading.of(i % TASKS)).isEqualTo(alone.get(i % TASKS));
      }
    }
  }

  private static Tensor uniform(HostStorage storage, int task, int... dims) {
    Tensor tensor = new Tensor(storage, 0, Shape.of(dims), DType.F32);
    Random random = new Random(task);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.set(i, random.nextDouble());
    }
    return tensor;
  }

  private static HostStorage room(int floats) {
    return new HostStorage((long) floats * Float.BYTES);
  }

  private static List<Double> numbers(Backend backend, Tensor tensor) {
    try (HostCopies copies = new HostCopies(backend)) {
      List<Double> numbers = new ArrayList<>();
      for (double number : copies.of(tensor).toArray()) {
        numbers.add(number);
      }
      return numbers;
    }
  }

  private static Shared captioner(Backend backend) {
    CaptionerNetwork captioner =
        new CaptionerNetwork(
            backend,
            new CaptionConfig(
                "caption",
                11,
                new CaptionConfig.Image(4, 6),
                new CaptionConfig.WordGenerator("lstm", 9, 13, 7, 0),
                9),
            false);
    captioner.initialize(3);
    return new Shared(
        captioner,
        () ->
            new Reading() {
              private final CaptionDecoder reader = captioner.reader(2);

              @Override
              public Object of(int task) {
                double[] logits = new double[2 * 11];
                List<Double> all = new ArrayList<>();
                try (HostStorage storage = room(2 * 4 * 6)) {
                  reader.look(uniform(storage, task, 2, 4, 6));
                }
                for (int t = 0; t < 4; t++) {
                  reader.words().read(new int[] {1 + t, 2}, logits);
                  all.add(logits[t]);
                  all.add(reader.weights()[1][t]);
                }
                return all;
              }

              @Override
              public void close() {
                reader.close();
              }
            });
  }

  private static Shared translator(Backend backend) {
    Seq2SeqConfig config =
        new Seq2SeqConfig(
            ModelKind.TRANSLATOR.label(),
            new Seq2SeqConfig.Sides("char", "char", 11, 11),
            new EncoderConfig("gru", 9, 13, 2, true, 0),
            7);
    Seq2SeqNetwork translator = new Seq2SeqNetwork(backend, config, false);
    translator.initialize(3);
    return new Shared(
        translator,
        () ->
            new Reading() {
              private final Seq2SeqGenerator writer =
                  new Seq2SeqGenerator(translator, new Seq2SeqGenerator.Request(3, 6, 0));

              @Override
              public Object of(int task) {
                int[][] sources = {new Random(task).ints(5, 4, 11).toArray(), {4, 5, 6 + task}};
                return writer.translate(sources, done -> {}).toString();
              }

              @Override
              public void close() {
                writer.close();
              }
            });
  }

  private static Shared classifier(Backend backend) {
    List<String> lines = List.of("a bad film", "good", "a good film with a good end", "the end");
    TextClassifierText texts = new TextClassifierText(TextClassifierText.vocabulary(lines, 1));
    lines.forEach(line -> texts.add(line, 0));
    int words = TextClassifierText.vocabulary(lines, 1).size();
    TextClassifierNetwork classifier =
        new TextClassifierNetwork(
            backend,
            new TextClassifierConfig(
                "classifier",
                words,
                3,
                new EncoderConfig("lstm", 3, 4, 2, true, 0),
                "mean",
                false,
                null),
            false);
    classifier.initialize(4);
    return new Shared(
        classifier,
        () ->
            new Reading() {
              private final TextClassifierWorkspaces passes = classifier.passes(false);

              @Override
              public Object of(int task) {
                passes.load(texts, new int[] {task, task + 1});
                return numbers(backend, passes.scores());
              }

              @Override
              public void close() {
                passes.close();
              }
            });
  }

  private static Shared answerer(Backend backend) {
    VqaNetwork answerer =
        new VqaNetwork(
            backend,
            new VqaConfig(
                "vqa",
                new VqaConfig.Image(2, 2, 4),
                6,
                5,
                new VqaConfig.Shape(new VqaConfig.Reader("lstm", 3, 5), 4, 3, 2, 6, 0)),
            false);
    answerer.initialize(5);
    return new Shared(
        answerer,
        () ->
            new Reading() {
              private final VqaBatch batch = answerer.batch(2, false);

              @Override
              public Object of(int task) {
                batch.prepare(3 + task);
                try (HostStorage storage = room(2 * 4 * 4)) {
                  int[][] questions = {{1, 2, task}, {3, 4}};
                  batch.load(questions, uniform(storage, task, 2, 4, 4), new int[] {0, 1});
                }
                return numbers(backend, batch.scores());
              }

              @Override
              public void close() {
                batch.close();
              }
            });
  }

  private static Shared tagger(Backend backend) {
    ConllColumns columns = new ConllColumns(1, ConllColumns.LAST, List.of());
    List<ConllSentence> sentences = new ArrayList<>();
    for (String words : List.of("the cat", "an internationalised ox", "a hippopotamus sat")) {
      List<List<String>> rows =
          Stream.of(words.split(" ")).map(word -> List.of(word, "t" + word.length())).toList();
      sentences.add(new ConllSentence(rows, "x", 1));
    }
    TaggerVocabulary vocabulary = TaggerVocabulary.build(sentences, columns, 1);
    TaggerText text = new TaggerText(vocabulary);
    sentences.forEach(sentence -> text.add(sentence, columns, true));
    TaggerConfig config =
        new TaggerConfig(
            "tagger",
            new TaggerConfig.Sizes(
                vocabulary.words().size(),
                vocabulary.characters().size(),
                vocabulary.tags().size(),
                IntList.write(List.of())),
            new TaggerConfig.ColumnNumbers(1, ConllColumns.LAST, ""),
            new EncoderConfig("lstm", 3, 4, 1, true, 0),
            new TaggerConfig.Widths(2, 3, 2),
            false);
    TaggerNetwork tagger = new TaggerNetwork(backend, config, false);
    tagger.initialize(2);
    return new Shared(
        tagger,
        () ->
            new Reading() {
              private final TaggerWorkspaces passes = tagger.passes(false);

              @Override
              public Object of(int task) {
                passes.load(text, new int[] {task, (task + 1) % 3});
                return numbers(backend, passes.scores());
              }

              @Override
              public void close() {
                passes.close();
              }
            });
  }

  private static Shared net(Backend backend) {
    TwoLayerNet net =
        new TwoLayerNet(
            backend, new NetConfig("net", new ImageFormat(1, 2, 3), 7, 4, "softmax", 0, 0), false);
    net.initialize(2);
    return new Shared(
        net,
        () ->
            new Reading() {
              private final TwoLayerNet.Batch batch = net.batch(3);

              @Override
              public Object of(int task) {
                try (HostStorage storage = room(3 * net.config().inputs())) {
                  batch.load(uniform(storage, task, 3, net.config().inputs()), new int[3]);
                }
                return numbers(backend, batch.scores());
              }

              @Override
              public void close() {
                batch.close();
              }
            });
  }
}
