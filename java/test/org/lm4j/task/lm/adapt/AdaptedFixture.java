package org.lm4j.task.lm.adapt;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.nn.Parameter;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.LanguageModelWeights;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.CorpusStats;
import org.lm4j.text.token.TextCounts;
import org.lm4j.text.token.TokenFile;
import org.lm4j.text.token.TokenFileWriter;
import org.lm4j.text.token.TokenSequence;

/** A small model, its texts and what PyTorch computed; made by scripts/make-fixtures.py. */
record AdaptedFixture(Backend backend, SafetensorsFile file, LanguageModelConfig config)
    implements AutoCloseable {
  static final Vocabulary WORDS =
      Vocabulary.of(
          Level.WORD,
          List.of("w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "<unk>", "<eos>"));

  static AdaptedFixture open(String device) throws Exception {
    String name = "/org/lm4j/fixtures/adaptation-lstm-2.safetensors";
    Path path = Path.of(Objects.requireNonNull(AdaptedFixture.class.getResource(name)).toURI());
    SafetensorsFile file = SafetensorsFile.open(path);
    LanguageModelConfig config = LanguageModelWeights.infer(file, path, Cell.LSTM, 0.4);
    return new AdaptedFixture(Backends.open(device, new BackendOptions(2)), file, config);
  }

  /** Returns the model, which the caller closes. */
  LanguageModel model() {
    LanguageModelNetwork network = new LanguageModelNetwork(backend, config, false);
    for (Parameter parameter : network.parameters().all()) {
      backend.upload(file.tensor(parameter.name()), parameter.value());
    }
    return LanguageModel.of(network, WORDS);
  }

  AdaptedModel adapted(Adaptation adaptation) {
    return new AdaptedModel(model(), List.of(), adaptation, training());
  }

  Supplier<TokenFile> training() {
    return () -> tokens(ids("trained"));
  }

  int[] ids(String name) {
    return Arrays.stream(file.tensor(name).toArray()).mapToInt(id -> (int) id).toArray();
  }

  double[] expected(String name) {
    return file.tensor(name).toArray();
  }

  static TokenFile tokens(int[] ids) {
    TokenFileWriter writer = TokenFileWriter.scratch(WORDS.size(), WORDS.unknown());
    Arrays.stream(ids).forEach(writer::add);
    TextCounts counts = new TextCounts(ids.length, ids.length, ids.length, 0);
    return writer.finishScratch(new CorpusStats(counts, counts, 0));
  }

  /** Returns the losses of every token after the first. */
  static double[] losses(AdaptedModel model, TokenSequence text) {
    double[] losses = new double[(int) text.size() - 1];
    model.score(text, 1, (index, _, loss) -> losses[(int) index - 1] = loss, null);
    return losses;
  }

  @Override
  public void close() {
    backend.close();
    file.close();
  }
}
