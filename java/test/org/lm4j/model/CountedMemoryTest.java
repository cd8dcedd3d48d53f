package org.lm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.MemoryShortage;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.composed.CountingBackend;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.nn.EncoderConfig;
import org.lm4j.optim.Clipping;
import org.lm4j.optim.Optimizer;
import org.lm4j.task.caption.CaptionConfig;
import org.lm4j.task.caption.CaptionerNetwork;
import org.lm4j.task.lm.CarriedState;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.Window;
import org.lm4j.task.net.ImageFormat;
import org.lm4j.task.net.NetConfig;
import org.lm4j.task.net.TwoLayerNet;
import org.lm4j.task.seq2seq.Seq2SeqBatch;
import org.lm4j.task.seq2seq.Seq2SeqConfig;
import org.lm4j.task.seq2seq.Seq2SeqNetwork;
import org.lm4j.task.vqa.VqaBatch;
import org.lm4j.task.vqa.VqaConfig;
import org.lm4j.task.vqa.VqaNetwork;
import org.lm4j.tensor.MemoryBudget;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/** Tests that the memory counted in advance is the memory then allocated. */
class CountedMemoryTest {
  @TempDir private Path folder;

  /** Makes something, and leaves it open. */
  private interface Made extends Function<Backend, List<AutoCloseable>> {}

  @TestFactory
  Stream<DynamicTest> isWhatIsTaken() {
    Map<String, Made> made = new LinkedHashMap<>();
    for (Cell cell : Cell.values()) {
      made.put("language model, " + cell, on -> languageModel(on, cell, 50, 0));
    }
    made.put("language model, many tokens", on -> languageModel(on, Cell.LSTM, 5000, 0));
    made.put("language model, dropout", on -> languageModel(on, Cell.LSTM, 50, 0.3));
    made.put("captioner", CountedMemoryTest::captioner);
    made.put("translator", CountedMemoryTest::translator);
    made.put("question answerer", CountedMemoryTest::answerer);
    made.put("net", CountedMemoryTest::net);
    return made.entrySet().stream()
        .flatMap(
            one ->
                Stream.of("cpu", "reference")
                    .map(
                        name ->
                            DynamicTest.dynamicTest(
                                one.getKey() + ", " + name, () -> check(name, one.getValue()))));
  }

  private static void check(String name, Made made) throws Exception {
    try (Backend backend = name.equals("cpu") ? new CpuBackend(null, 2) : new ReferenceBackend()) {
      CountingBackend counting = new CountingBackend(backend);
      long before = MemoryBudget.allocated();
      List<AutoCloseable> counted = made.apply(counting);
      long besides = MemoryBudget.allocated() - before; // what is on the host anyway
      List<AutoCloseable> open = made.apply(backend);
      long taken = MemoryBudget.allocated() - before - 2 * besides;
      assertThat(open).hasSameSizeAs(counted);
      for (AutoCloseable one : open) {
        one.close();
      }
      assertThat(counting.bytes()).isBetween((long) (0.95 * taken), (long) (1.25 * taken));
    }
  }

  private static List<AutoCloseable> languageModel(
      Backend backend, Cell cell, int vocabulary, double dropout) {
    LanguageModelConfig config =
        new LanguageModelConfig(cell, vocabulary, 40, 70, 3, dropout, false);
    LanguageModelNetwork model = new LanguageModelNetwork(backend, config, true);
    Window window = model.window(20, 16, true);
    CarriedState state = model.newState(16);
    window.load(new int[320], new int[320]);
    window.train(state, new RandomKey(1, 1), 320);
    Optimizer optimizer = optimizer(backend, model);
    return List.of(window, state, optimizer, model);
  }

  private static Optimizer optimizer(Backend backend, Model model) {
    UpdateRule rule = new UpdateRule.Adam(0.9, 0.999, 1e-8, 0, false);
    return new Optimizer(backend, model.parameters(), rule, Clipping.NONE);
  }

  private static List<AutoCloseable> captioner(Backend backend) {
    CaptionConfig config =
        new CaptionConfig(
            "caption",
            300,
            new CaptionConfig.Image(4, 60),
            new CaptionConfig.WordGenerator("lstm", 30, 40, 20, 0.2),
            9);
    CaptionerNetwork captioner = new CaptionerNetwork(backend, config, true);
    return List.of(captioner.batch(12, 9, true), captioner.reader(6), captioner);
  }

  private static List<AutoCloseable> translator(Backend backend) {
    Seq2SeqConfig config =
        new Seq2SeqConfig(
            ModelKind.TRANSLATOR.label(),
            new Seq2SeqConfig.Sides("char", "char", 90, 80),
            new EncoderConfig("gru", 30, 40, 2, true, 0.1),
            20);
    Seq2SeqNetwork translator = new Seq2SeqNetwork(backend, config, true);
    return List.of(
        translator.batch(new Seq2SeqBatch.Extent(15, 12, 8), true),
        translator.reader(15, 4, 3),
        translator);
  }

  private static List<AutoCloseable> answerer(Backend backend) {
    VqaConfig config =
        new VqaConfig(
            "vqa",
            new VqaConfig.Image(2, 2, 40),
            60,
            50,
            new VqaConfig.Shape(new VqaConfig.Reader("lstm", 30, 50), 40, 30, 2, 60, 0.1));
    VqaNetwork answerer = new VqaNetwork(backend, config, true);
    VqaBatch batch = answerer.batch(20, true);
    batch.prepare(9);
    return List.of(batch, answerer);
  }

  private static List<AutoCloseable> net(Backend backend) {
    NetConfig config = new NetConfig("net", new ImageFormat(3, 8, 8), 70, 10, "softmax", 0.2, 0.1);
    TwoLayerNet net = new TwoLayerNet(backend, config, true);
    return List.of(net.batch(50), net);
  }

  /** A configuration of a few bytes asks for gigabytes; the file of the weights is small. */
  @Test
  void noModelIsMadeBeforeItsWeightsAreKnownToFit() {
    LanguageModelConfig small = new LanguageModelConfig(Cell.LSTM, 2, 4, 4, 1, 0, false);
    LanguageModelConfig large = new LanguageModelConfig(Cell.LSTM, 2, 4, 9000, 2, 0, false);
    Vocabulary vocabulary = Vocabulary.of(Level.CHAR, List.of("a", "b"));
    try (Backend backend = new CpuBackend(null, 2);
        LanguageModelNetwork model = new LanguageModelNetwork(backend, small, false)) {
      ModelFiles files = new ModelFiles(folder, ModelKind.LANGUAGE_MODEL);
      large.save(files, vocabulary);
      files.saveWeights(model);
      long before = MemoryBudget.allocated();
      System.setProperty("lm4j.memory", "50000000");
      try {
        assertThatThrownBy(() -> LanguageModelNetwork.open(files, backend, false))
            .isInstanceOf(InputException.class)
            .hasMessageContaining("model.safetensors")
            .hasMessageContaining("has shape");
        small.save(files, vocabulary);
        System.setProperty("lm4j.memory", "100");
        assertThatThrownBy(
                () ->
                    LanguageModelNetwork.open(
                        new ModelFiles(folder, ModelKind.LANGUAGE_MODEL), backend, false))
            .isInstanceOf(MemoryShortage.class)
            .hasMessageStartingWith("the model in " + folder + " needs ");
      } finally {
        System.clearProperty("lm4j.memory");
      }
      assertThat(MemoryBudget.allocated()).isEqualTo(before);
    }
  }
}
