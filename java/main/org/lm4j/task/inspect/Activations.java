package org.lm4j.task.inspect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Precision;
import org.lm4j.io.numpy.NpzWriter;
import org.lm4j.nn.Embedding;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.MemoryBudget;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.EncodedText;
import org.lm4j.text.Level;

/**
 * The hidden states, cell states and gates of a language model while it reads a text: one value for
 * each layer, token and unit, after the token is read. The state before the first token is zero.
 *
 * <p>The names of the values are {@code h}, for an LSTM {@code c}, then the gates of {@link
 * org.lm4j.compute.Cell#equations}: i, f, g, o of an LSTM; r, z, n of a GRU; z and h~ of a minGRU.
 * Values are float64 on a backend that computes in float64, else float32. Not modified after it is
 * made; the memory is freed when it is closed.
 */
public final class Activations implements AutoCloseable {
  private static final int WINDOW = 64;

  private final EncodedText text;
  private final int steps;
  private final int layers;
  private final int units;
  private final List<String> gates;
  private final Map<String, Tensor> values = new LinkedHashMap<>(); // (L, T, H) each
  private final HostStorage storage;

  private Activations(LanguageModelNetwork model, EncodedText text, int steps) {
    this.text = text;
    this.steps = steps;
    this.layers = model.config().layers();
    this.units = model.config().hidden();
    this.gates = LayerStates.gates(model.config().cell());
    List<String> names = LayerStates.names(model.config().cell());
    DType type = model.backend().dtype() == DType.F64 ? DType.F64 : DType.F32;
    long count = Math.multiplyExact((long) layers * units, steps);
    long bytes = Math.multiplyExact(count * type.bytes(), names.size());
    MemoryBudget.require(
        bytes,
        MemoryBudget.available(),
        "keeping the states of %,d tokens".formatted(steps),
        List.of("tokens"));
    this.storage = new HostStorage(bytes);
    long at = 0;
    for (String name : names) {
      values.put(name, new Tensor(storage, at, Shape.of(layers, steps, units), type));
      at += count;
    }
  }

  /**
   * Reads the first tokens of a text.
   *
   * @param most how many tokens are read at most
   * @throws InputException if the text has no token, or the model's backend {@linkplain
   *     Precision#onlyDecodes only decodes}
   * @throws org.lm4j.MemoryShortage if there is no memory for so many
   */
  public static Activations of(LanguageModelNetwork model, EncodedText text, int most) {
    if (Precision.onlyDecodes(model.backend())) {
      throw InputException.naming(
          "{precision} int8 keeps no states of a whole text; use fp32 or bf16.");
    }
    int steps = (int) Math.min(text.size(), most);
    if (steps < 1) {
      throw new InputException("the text has no token that the model knows: there is no state");
    }
    Activations activations = new Activations(model, text, steps);
    try {
      activations.read(model);
      return activations;
    } catch (RuntimeException | Error e) {
      activations.close();
      throw e;
    }
  }

  private void read(LanguageModelNetwork model) {
    Backend backend = model.backend();
    Embedding embedding =
        new Embedding(backend, model.parameters().get(LanguageModelNetwork.ENCODER_WEIGHT));
    List<LayerStates> stack = new ArrayList<>();
    try {
      IntStream.range(0, layers).forEach(layer -> stack.add(new LayerStates(model, layer)));
      int done = 0;
      while (done < steps) {
        int count = Math.min(WINDOW, Integer.highestOneBit(steps - done));
        readWindow(backend, embedding, stack, done, count);
        done += count;
      }
    } finally {
      stack.forEach(LayerStates::close);
    }
  }

  private void readWindow(
      Backend backend, Embedding embedding, List<LayerStates> stack, int from, int count) {
    int[] ids = new int[count];
    text.copy(from, count, ids, 0);
    Tensor table = embedding.table();
    Tensor tokens = backend.allocateIds(count);
    Tensor embedded = backend.allocate(count, table.shape().dim(1));
    try {
      backend.upload(ids, 0, count, tokens);
      embedding.forward(tokens, embedded);
      Tensor x = embedded.reshape(count, 1, table.shape().dim(1));
      for (int layer = 0; layer < layers; layer++) {
        int of = layer;
        x = stack.get(layer).read(x, count, (step, found) -> keep(of, from + step, found));
      }
    } finally {
      tokens.storage().close();
      embedded.storage().close();
    }
  }

  private void keep(int layer, int step, List<double[]> found) {
    long at = ((long) layer * steps + step) * units;
    int next = 0;
    for (Tensor kept : values.values()) {
      double[] value = found.get(next++);
      for (int unit = 0; unit < units; unit++) {
        kept.set(at + unit, value[unit]);
      }
    }
  }

  /** Returns the text; its first {@link #steps} tokens were read. */
  public EncodedText text() {
    return text;
  }

  /** Returns the number of tokens that were read. */
  public int steps() {
    return steps;
  }

  /** Returns the number of layers. */
  public int layers() {
    return layers;
  }

  /** Returns the number of units of a layer. */
  public int units() {
    return units;
  }

  /** Returns the names of the values, {@code h} first. */
  public List<String> names() {
    return List.copyOf(values.keySet());
  }

  /** Returns the names of the gates: what a logistic function keeps between 0 and 1. */
  public List<String> gates() {
    return gates;
  }

  /**
   * Returns the name of the value that remembers most directly: {@code c} where the cell has one,
   * else {@code h}.
   */
  public String memory() {
    return values.containsKey("c") ? "c" : "h";
  }

  /** Returns the values of a name, {@code (L, T, H)} on the host; valid until this is closed. */
  public Tensor values(String name) {
    Tensor found = values.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "there is no '" + name + "'; there are " + String.join(", ", values.keySet()));
    }
    return found;
  }

  /**
   * Returns a value.
   *
   * @param layer from 0, that which reads the tokens
   * @param step the token that was read last, from 0
   * @param unit from 0
   */
  public double value(String name, int layer, int step, int unit) {
    return values(name).get(((long) layer * steps + step) * units + unit);
  }

  /** Returns the values of one unit along the text. */
  public double[] series(String name, int layer, int unit) {
    Tensor all = values(name);
    double[] series = new double[steps];
    for (int step = 0; step < steps; step++) {
      series[step] = all.get(((long) layer * steps + step) * units + unit);
    }
    return series;
  }

  /**
   * Returns a token as it stands in the text, or as the vocabulary has it where the text has
   * nothing in its place.
   */
  public String token(int step) {
    if (text.vocabulary().level() == Level.BYTE) {
      return text.vocabulary().text(text.get(step));
    }
    String all = text.text();
    return text.end(step) > text.start(step)
        ? all.substring(text.start(step), text.end(step))
        : text.vocabulary().text(text.get(step));
  }

  /**
   * Writes all values as a NumPy archive: an array {@code (L, T, H)} for each name, the tokens as
   * strings, {@code tokens (T)}, and their numbers in the vocabulary, {@code ids (T)}.
   *
   * @throws java.io.UncheckedIOException if it cannot be written; an old one is then unchanged
   */
  public void writeNpz(Path file) {
    try (HostStorage own = new HostStorage((long) steps * DType.I32.bytes())) {
      Tensor ids = new Tensor(own, 0, Shape.of(steps), DType.I32);
      List<String> tokens = new ArrayList<>();
      for (int step = 0; step < steps; step++) {
        ids.set(step, text.get(step));
        tokens.add(token(step));
      }
      Map<String, Tensor> arrays = new LinkedHashMap<>(values);
      arrays.put("ids", ids);
      NpzWriter.write(file, arrays, Map.of("tokens", tokens));
    }
  }

  @Override
  public void close() {
    storage.close();
  }
}
