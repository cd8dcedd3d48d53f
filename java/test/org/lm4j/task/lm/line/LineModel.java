package org.lm4j.task.lm.line;

import java.io.ByteArrayInputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.nn.Parameter;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.LanguageModelWeights;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.TokenFile;

/** A small word model of a fixture with lines, and what PyTorch computed for them in float64. */
record LineModel(
    Backend backend, LanguageModelNetwork network, List<String> lines, SafetensorsFile file)
    implements AutoCloseable {
  static final Vocabulary WORDS =
      Vocabulary.of(
          Level.WORD,
          List.of("w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "<unk>", "<eos>"));

  static LineModel open(String name, String device, boolean training) {
    Path path;
    try {
      path =
          Path.of(
              Objects.requireNonNull(LineModel.class.getResource("/org/lm4j/fixtures/" + name))
                  .toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
    SafetensorsFile file = SafetensorsFile.open(path);
    Backend backend = Backends.open(device, new BackendOptions(2));
    LanguageModelConfig config = LanguageModelWeights.infer(file, path, Cell.LSTM, 0);
    LanguageModelNetwork network = new LanguageModelNetwork(backend, config, training);
    LineModel model = new LineModel(backend, network, linesOf(file), file);
    model.upload(network);
    return model;
  }

  private static List<String> linesOf(SafetensorsFile file) {
    List<String> lines = new ArrayList<>();
    double[] ids = file.tensor("ids").toArray();
    int at = 0;
    for (double length : file.tensor("lengths").toArray()) {
      int from = at;
      at += (int) length;
      lines.add(
          IntStream.range(from, at)
              .mapToObj(i -> WORDS.token((int) ids[i]))
              .collect(Collectors.joining(" ")));
    }
    return lines;
  }

  /** Sets the weights of a network of the same shape. */
  void upload(LanguageModelNetwork target) {
    for (Parameter parameter : target.parameters().all()) {
      target.backend().upload(file.tensor(parameter.name()), parameter.value());
    }
  }

  Sources text(List<String> some) {
    String text = String.join("\n", some) + "\n";
    return Sources.of(
        List.of("-"), new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  TokenFile tokens(List<String> some) {
    return CorpusBuilder.encode(WORDS, text(some), (read, total) -> {});
  }

  double[] expected(String name) {
    return file.tensor(name).toArray();
  }

  @Override
  public void close() {
    network.close();
    backend.close();
    file.close();
  }
}
