package org.lm4j.task.lm;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.lm4j.InputException;
import org.lm4j.io.ForeignFiles;
import org.lm4j.io.NamedTensors;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.source.Escapes;

/**
 * Weights of a language model trained elsewhere, under the names of PyTorch's word_language_model.
 * What wraps a model, or a layer of it, puts into the names ({@code module.}, {@code _orig_mod.},
 * {@code model.}) is taken off; biases that a model lacks are zeros. What cannot be imported is
 * refused by name: both directions, projections, peepholes, and models of another kind.
 */
public final class ImportedWeights implements NamedTensors, AutoCloseable {
  private static final Pattern PEEPHOLE =
      Pattern.compile("(?i)(^|.*[._])(peephole.*|(weight|w|p)_?[cp][hifo](_l\\d+)?)$");
  private static final Pattern TRANSFORMER =
      Pattern.compile("(?i).*(attn|attention|q_proj|wte|layer_?norm|transformer).*");
  private static final Pattern CONVOLUTION = Pattern.compile("(?i).*conv\\d*[._].*");

  /** Name prefixes of wrappers around a whole model, and around a part of it. */
  private static final Pattern OUTER = Pattern.compile("^((module|_orig_mod|model)\\.)+");

  private static final Pattern INNER = Pattern.compile("\\.((module|_orig_mod)\\.)+");
  private static final int MOST_NAMED = 6;

  private final SafetensorsFile file;
  private final Path place;
  private final String prefix; // of all names, or nothing
  private final Map<String, String> labels = new LinkedHashMap<>(); // the names in the file
  private final List<String> names;
  private final Map<String, Tensor> zeros = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  /**
   * Reads the weights of a file.
   *
   * @param file an open file, which the caller closes
   * @param place its name in messages
   * @throws InputException if the weights are of a model that cannot be imported
   */
  public ImportedWeights(SafetensorsFile file, Path place) {
    this.file = file;
    this.place = place;
    String outer = outer();
    for (String label : file.names()) {
      String bare = bare(label);
      String name = bare.startsWith(outer) ? bare.substring(outer.length()) : bare;
      String other = labels.put(name, label);
      if (other != null) {
        throw new InputException(
            "%s holds both %s and %s; write the state_dict of one model"
                .formatted(place, Escapes.text(other), Escapes.text(label)));
      }
    }
    this.names = new ArrayList<>(labels.keySet());
    String encoder = inFile(LanguageModelNetwork.ENCODER_WEIGHT);
    String before =
        encoder.substring(0, encoder.length() - LanguageModelNetwork.ENCODER_WEIGHT.length());
    boolean all =
        labels.entrySet().stream().allMatch(e -> e.getValue().equals(before + e.getKey()));
    this.prefix = all ? before : "";
    refuseOtherModels();
    noteWrappers();
    addBiases();
  }

  /** Returns the conversions that were made, one clause each; none if there were none. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  @Override
  public List<String> names() {
    return List.copyOf(names);
  }

  @Override
  public boolean contains(String name) {
    return names.contains(name);
  }

  @Override
  public Shape shape(String name) {
    Tensor zero = zeros.get(name);
    return zero == null ? file.shape(inFile(name)) : zero.shape();
  }

  @Override
  public Tensor tensor(String name) {
    Tensor zero = zeros.get(name);
    return zero == null ? file.tensor(inFile(name)) : zero;
  }

  @Override
  public String label(String name) {
    return Escapes.text(inFile(name));
  }

  private String inFile(String name) {
    String label = labels.get(name);
    return label == null ? prefix + name : label;
  }

  /** Frees the tensors that are not part of the file. */
  @Override
  public void close() {
    zeros.values().forEach(tensor -> tensor.storage().close());
  }

  /** Returns a name without the prefixes of wrappers around a model or a layer. */
  private static String bare(String label) {
    return INNER.matcher(OUTER.matcher(label).replaceFirst("")).replaceAll(".");
  }

  /** Returns the prefix of {@code encoder.weight} without the known wrappers. */
  private String outer() {
    String wanted = LanguageModelNetwork.ENCODER_WEIGHT;
    List<String> bare = file.names().stream().map(ImportedWeights::bare).toList();
    if (bare.contains(wanted)) {
      return "";
    }
    List<String> found = bare.stream().filter(name -> name.endsWith("." + wanted)).toList();
    if (found.size() != 1) {
      throw new InputException(unlike(found));
    }
    return found.get(0).substring(0, found.get(0).length() - wanted.length());
  }

  private void noteWrappers() {
    if (!prefix.isEmpty()) {
      notes.add("the names begin with " + Escapes.text(prefix) + ", which is taken off");
      return;
    }
    List<String> wrapped =
        labels.entrySet().stream()
            .filter(entry -> !entry.getKey().equals(entry.getValue()))
            .map(Map.Entry::getValue)
            .toList();
    if (!wrapped.isEmpty()) {
      notes.add(
          "what wraps a layer is taken off %,d of the %,d names (%s)"
              .formatted(wrapped.size(), labels.size(), some(shown(wrapped))));
    }
  }

  private String unlike(List<String> encoders) {
    String some = some(shown(file.names()));
    if (!encoders.isEmpty()) {
      return "%s holds several models (%s); write the state_dict of the language model alone"
          .formatted(place, some(shown(encoders)));
    }
    String what =
        "%s has no tensor %s; it has %s"
            .formatted(place, LanguageModelNetwork.ENCODER_WEIGHT, some);
    if (ForeignFiles.isShard(place)) {
      return what + ". It is one of several parts" + ForeignFiles.JOIN_SHARDS;
    }
    if (anyName(TRANSFORMER) || anyName(CONVOLUTION)) {
      String kind = anyName(TRANSFORMER) ? "a transformer" : "a convolutional network";
      return what + ". That is " + kind + "; lm4j reads an RNN, LSTM or GRU language model";
    }
    return what
        + ". The names must be those of PyTorch's word_language_model (encoder.weight,"
        + " rnn.weight_ih_l0, decoder.weight, decoder.bias); rename them in Python before save_file";
  }

  private boolean anyName(Pattern pattern) {
    return file.names().stream().anyMatch(name -> pattern.matcher(name).matches());
  }

  private static List<String> shown(List<String> names) {
    return names.stream().map(Escapes::text).toList();
  }

  /** Lists the first names and counts the rest, for messages. */
  public static String some(List<String> names) {
    if (names.isEmpty()) {
      return "none at all";
    }
    String some = String.join(", ", names.subList(0, Math.min(MOST_NAMED, names.size())));
    return names.size() > MOST_NAMED
        ? some + " and %,d more".formatted(names.size() - MOST_NAMED)
        : some;
  }

  private void refuseOtherModels() {
    for (String name : names) {
      String why = null;
      if (name.endsWith("_reverse")) {
        why =
            "the layer is bidirectional, so it reads what it should predict, and cannot be a"
                + " language model of lm4j; train it in one direction";
      } else if (name.contains("weight_hr_l")) {
        why =
            "the LSTM projects its output (proj_size), which lm4j does not have; train it with"
                + " proj_size=0";
      } else if (PEEPHOLE.matcher(name).matches()) {
        why = "the LSTM has peephole connections, which lm4j does not have";
      }
      if (why != null) {
        throw new InputException("%s holds %s: %s".formatted(place, label(name), why));
      }
    }
  }

  /** Adds zeros for biases that no layer has; if only some layers lack one, it is missing. */
  private void addBiases() {
    List<String> layers =
        names.stream()
            .filter(name -> name.startsWith(LanguageModelNetwork.RNN + "weight_hh_l"))
            .map(name -> name.substring((LanguageModelNetwork.RNN + "weight_hh_l").length()))
            .toList();
    boolean none = true;
    for (String kind : List.of("bias_ih_l", "bias_hh_l")) {
      String start = LanguageModelNetwork.RNN + kind;
      if (names.stream().noneMatch(name -> name.startsWith(start))) {
        layers.forEach(
            layer ->
                addZeros(start + layer, rows(LanguageModelNetwork.RNN + "weight_hh_l" + layer)));
      } else {
        none = false;
      }
    }
    if (none && !layers.isEmpty()) {
      notes.add("the recurrent layers have no bias: zeros are taken");
    } else if (!zeros.isEmpty()) {
      notes.add("the recurrent layers have one bias each: the other is zero");
    }
    if (!contains(LanguageModelNetwork.DECODER_BIAS)) {
      addZeros(LanguageModelNetwork.DECODER_BIAS, rows(LanguageModelNetwork.ENCODER_WEIGHT));
      notes.add("there is no " + label(LanguageModelNetwork.DECODER_BIAS) + ": zeros are taken");
    }
  }

  private int rows(String weight) {
    Shape shape = file.shape(inFile(weight));
    return shape.rank() == 0 || shape.size() == 0 ? 0 : shape.dim(0);
  }

  private void addZeros(String name, int count) {
    HostStorage storage = new HostStorage((long) count * DType.F32.bytes());
    zeros.put(name, new Tensor(storage, 0, Shape.of(count), DType.F32));
    names.add(name);
  }
}
