package org.lm4j.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.io.NamedTensors;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Weights under PyTorch's names, in and out: a {@code state_dict} of word_language_model saved as
 * safetensors loads as it is, and ours loads there.
 */
public final class StateDict {
  private StateDict() {}

  /**
   * Fills the model of a folder.
   *
   * @param config the file that says what model it is
   * @throws InputException if a tensor is missing, unknown, of another shape, of whole numbers, or
   *     not finite
   */
  static void load(NamedTensors file, Path place, Path config, Model model) {
    load(file, place, config, model, DType.F64);
  }

  /**
   * Fills a model with weights that are to be computed in another type than its backend's.
   *
   * @param computed the narrower of both types counts
   * @throws InputException if a tensor is missing, unknown, of another shape, of whole numbers, or
   *     not finite
   */
  public static void load(NamedTensors file, Path place, Model model, DType computed) {
    load(file, place, null, model, computed);
  }

  private static void load(
      NamedTensors file, Path place, @Nullable Path config, Model model, DType computed) {
    List<String> unknown = fill(file, place, config, model, computed);
    boolean tied = model instanceof LanguageModel language && language.config().tied();
    if (tied && unknown.remove(LanguageModel.DECODER_WEIGHT)) {
      // PyTorch writes the shared matrix under both its names.
      if (!sameTensors(file, LanguageModel.ENCODER_WEIGHT, LanguageModel.DECODER_WEIGHT)) {
        throw new InputException(
            "%s: encoder.weight and decoder.weight differ, but %s says they are tied"
                .formatted(place, describer(config)));
      }
    }
    if (!unknown.isEmpty()) {
      throw new InputException(
          "%s holds %s, which %s does not have"
              .formatted(place, file.label(unknown.get(0)), described(config)));
    }
  }

  private static String describer(@Nullable Path config) {
    return config == null ? "the configuration" : config.toString();
  }

  private static String described(@Nullable Path config) {
    return config == null ? "this model" : "the model that " + config + " describes";
  }

  /**
   * That the file has every parameter, in its shape; reads no numbers.
   *
   * @param config the file that says what parameters there are, null where none does
   * @throws InputException if one is missing or of another shape
   */
  static void requireShapes(
      NamedTensors file, Path place, @Nullable Path config, Parameters parameters) {
    for (Parameter parameter : parameters.all()) {
      String name = parameter.name();
      if (!file.contains(name)) {
        throw new InputException(
            "%s has no tensor %s, which %s has"
                .formatted(place, file.label(name), described(config)));
      }
      Shape wanted = parameter.value().shape();
      if (!file.shape(name).equals(wanted)) {
        throw new InputException(
            "%s: %s has shape %s, but %s wants %s"
                .formatted(place, file.label(name), file.shape(name), describer(config), wanted));
      }
    }
  }

  /**
   * Fills the parameters of whatever model.
   *
   * @return names in the file that are none of theirs
   * @throws InputException if a tensor is missing, of another shape, of whole numbers, or not
   *     finite
   */
  private static List<String> fill(
      NamedTensors file, Path place, @Nullable Path config, Model model, DType computed) {
    Backend backend = model.backend();
    List<String> unknown = new ArrayList<>(file.names());
    requireShapes(file, place, config, model.parameters());
    for (Parameter parameter : model.parameters().all()) {
      String name = parameter.name();
      unknown.remove(name);
      Tensor host = file.tensor(name);
      if (host.dtype() == DType.I32) {
        throw new InputException(
            "%s: %s has type I32, but weights are floating point; store it as F32"
                .formatted(place, file.label(name)));
      }
      DType own = parameter.value().dtype();
      requireFinite(host, computed == DType.F32 ? computed : own, file.label(name), place);
      backend.upload(host, parameter.value());
    }
    return unknown;
  }

  /**
   * Checks every number of a tensor read from {@code place}, as it is after rounding to the type it
   * is computed in.
   *
   * @param computed the type it is computed in
   * @throws InputException if one is NaN or infinite
   */
  public static void requireFinite(Tensor tensor, DType computed, String name, Path place) {
    boolean floats = tensor.dtype() == DType.F32;
    long bad = floats ? badFloats(tensor.segment()) : bad(tensor, DType.F64);
    if (bad > 0) {
      throw new InputException(
          "%s: %s holds %d numbers that are NaN or infinite; the model is damaged"
              .formatted(place, name, bad));
    }
    long large = floats || computed == DType.F64 ? 0 : bad(tensor, computed);
    if (large > 0) {
      throw new InputException(
          "%s: %s holds %d numbers beyond the range of float32 (3.4e38), which models compute in"
              .formatted(place, name, large));
    }
  }

  /** Whether float32 holds each number of the file as it is. */
  public static boolean isExactInFloats(NamedTensors file) {
    for (String name : file.names()) {
      Tensor tensor = file.tensor(name);
      if (tensor.dtype() == DType.F64) {
        for (long i = 0; i < tensor.size(); i++) {
          double value = tensor.get(i);
          if ((float) value != value) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private static long bad(Tensor tensor, DType computed) {
    long bad = 0;
    for (long i = 0; i < tensor.size(); i++) {
      double value = tensor.get(i);
      boolean finite =
          computed == DType.F64 ? Double.isFinite(value) : Float.isFinite((float) value);
      bad += finite ? 0 : 1;
    }
    return bad;
  }

  /** By way of an array: the check of a small model is over before anything is compiled. */
  private static long badFloats(MemorySegment floats) {
    float[] some = new float[4096];
    long size = floats.byteSize() / Float.BYTES;
    long bad = 0;
    for (long from = 0; from < size; from += some.length) {
      int count = (int) Math.min(some.length, size - from);
      MemorySegment.copy(floats, JAVA_FLOAT_UNALIGNED, from * Float.BYTES, some, 0, count);
      for (int i = 0; i < count; i++) {
        if (!Float.isFinite(some[i])) {
          bad++;
        }
      }
    }
    return bad;
  }

  /**
   * The shape of the model whose weights these are.
   *
   * @throws InputException if they are not those of a language model with this cell
   */
  public static ModelConfig infer(NamedTensors file, Path place, Cell cell, double dropout) {
    Shape table = shape(file, place, LanguageModel.ENCODER_WEIGHT, 2);
    shape(file, place, LanguageModel.DECODER_BIAS, 1);
    int layers = 0;
    while (file.contains(LanguageModel.RNN + "weight_hh_l" + layers)) {
      layers++;
    }
    if (layers == 0) {
      throw new InputException(
          "%s has no tensor %s; it has %s"
              .formatted(
                  place,
                  file.label(LanguageModel.RNN + "weight_hh_l0"),
                  ImportedWeights.some(file.names().stream().map(file::label).toList())));
    }
    Shape recurrent = shape(file, place, LanguageModel.RNN + "weight_hh_l0", 2);
    if (recurrent.dim(0) != cell.gates() * recurrent.dim(1)) {
      throw new InputException(
          "%s: %s has shape %s, which is not that of a %s layer; choose --cell"
              .formatted(
                  place, file.label(LanguageModel.RNN + "weight_hh_l0"), recurrent, cell.label()));
    }
    boolean decoder = file.contains(LanguageModel.DECODER_WEIGHT);
    if (!decoder && table.dim(1) != recurrent.dim(1)) {
      throw new InputException(
          "%s has no tensor decoder.weight, which may be left out only where it is encoder.weight; but embedding %d is not hidden %d"
              .formatted(place, table.dim(1), recurrent.dim(1)));
    }
    boolean tied =
        table.dim(1) == recurrent.dim(1)
            && (!decoder
                || sameTensors(file, LanguageModel.ENCODER_WEIGHT, LanguageModel.DECODER_WEIGHT));
    return new ModelConfig(
        cell, table.dim(0), table.dim(1), recurrent.dim(1), layers, dropout, tied);
  }

  private static Shape shape(NamedTensors file, Path place, String name, int rank) {
    if (!file.contains(name)) {
      throw new InputException(
          "%s has no tensor %s; the names must be those of PyTorch's word_language_model"
              .formatted(place, file.label(name)));
    }
    Shape shape = file.shape(name);
    if (shape.rank() != rank || shape.size() == 0) {
      throw new InputException("%s: %s has shape %s".formatted(place, file.label(name), shape));
    }
    return shape;
  }

  private static boolean sameTensors(NamedTensors file, String one, String other) {
    if (!file.shape(one).equals(file.shape(other))) {
      return false;
    }
    Tensor a = file.tensor(one);
    Tensor b = file.tensor(other);
    for (long i = 0; i < a.size(); i++) {
      if (Double.compare(a.get(i), b.get(i)) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Writes a model's weights as a {@code state_dict}: F32, a tied matrix under both its names. */
  public static void export(LanguageModel model, Path target) {
    List<HostStorage> owned = new ArrayList<>();
    try {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Parameter parameter : model.parameters().all()) {
        Tensor value = parameter.value();
        HostStorage storage = new HostStorage(value.size() * DType.F32.bytes());
        owned.add(storage);
        Tensor host = new Tensor(storage, 0, value.shape(), DType.F32);
        model.backend().download(value, host);
        tensors.put(parameter.name(), host);
      }
      if (model.config().tied()) {
        tensors.put(LanguageModel.DECODER_WEIGHT, tensors.get(LanguageModel.ENCODER_WEIGHT));
      }
      SafetensorsWriter.write(target, tensors, Map.of("format", "pt"));
    } finally {
      owned.forEach(HostStorage::close);
    }
  }
}
