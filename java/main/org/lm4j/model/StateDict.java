package org.lm4j.model;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.io.NamedTensors;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Loads and saves weights under PyTorch's names: a {@code state_dict} of word_language_model saved
 * as safetensors loads unchanged, and ours loads there.
 */
public final class StateDict {
  private StateDict() {}

  /**
   * Loads the weights of a model folder.
   *
   * @param config the configuration file of the model
   * @throws InputException if a tensor is missing, unknown, of another shape, of whole numbers, or
   *     not finite
   */
  static void load(NamedTensors file, Path place, Path config, Model model) {
    load(file, place, config, model, DType.F64);
  }

  /**
   * Loads weights that will be used in a type other than the backend's.
   *
   * @param computed that type; the narrower of both types counts
   * @throws InputException if a tensor is missing, unknown, of another shape, of whole numbers, or
   *     not finite
   */
  public static void load(NamedTensors file, Path place, Model model, DType computed) {
    load(file, place, null, model, computed);
  }

  private static void load(
      NamedTensors file, Path place, @Nullable Path config, Model model, DType computed) {
    List<String> unknown = fill(file, place, config, model, computed);
    for (Map.Entry<String, String> tied : model.tied().entrySet()) {
      // PyTorch writes a shared matrix under both its names.
      if (unknown.remove(tied.getKey()) && !sameTensors(file, tied.getValue(), tied.getKey())) {
        throw new InputException(
            "%s: %s and %s differ, but %s says they are tied"
                .formatted(place, tied.getValue(), tied.getKey(), describer(config)));
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
   * Checks that the file has every parameter in its shape; reads no numbers.
   *
   * @param config the configuration file that determines the parameters, or null
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
   * Loads the parameters of any model.
   *
   * @return the names in the file that belong to no parameter
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
      read(file, name, place, backend, parameter.value(), computed);
    }
    return unknown;
  }

  /**
   * Reads floating-point numbers into a tensor of a backend, by way of another only where their
   * type or place differs.
   *
   * @param computed a type they will be used in; the narrower of it and the tensor's counts
   * @throws InputException if they are whole numbers, or one is not finite in that type
   */
  public static void read(
      NamedTensors file, String name, Path place, Backend backend, Tensor target, DType computed) {
    DType used = computed == DType.F32 ? computed : target.dtype();
    if (file.read(name, target)) {
      requireFinite(target, used, file.label(name), place);
      return;
    }
    Tensor host = file.tensor(name);
    if (host.dtype() == DType.I32) {
      throw new InputException(
          "%s: %s has type I32, but weights are floating point; store it as F32"
              .formatted(place, file.label(name)));
    }
    requireFinite(host, used, file.label(name), place);
    backend.upload(host, target);
  }

  /**
   * Checks every number of a tensor read from {@code place}, after rounding to the type it will be
   * used in.
   *
   * @param computed the type it will be used in
   * @throws InputException if one is NaN or infinite
   */
  private static void requireFinite(Tensor tensor, DType computed, String name, Path place) {
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

  /** Returns whether every number of the file is exact in float32. */
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

  /**
   * Counts in an array of bits, without a call for each, because the check of a small model ends
   * before the JIT compiles anything.
   */
  private static long badFloats(MemorySegment floats) {
    int[] some = new int[4096];
    long size = floats.byteSize() / Float.BYTES;
    long bad = 0;
    for (long from = 0; from < size; from += some.length) {
      int count = (int) Math.min(some.length, size - from);
      MemorySegment.copy(floats, JAVA_INT_UNALIGNED, from * Float.BYTES, some, 0, count);
      bad += bad(some, count);
    }
    return bad;
  }

  /** Counts the exponents of all ones: one more in their place is carried into the sign's. */
  private static int bad(int[] bits, int count) {
    int bad = 0;
    for (int i = 0; i < count; i++) {
      bad += ((bits[i] & 0x7fff_ffff) + 0x0080_0000) >>> 31;
    }
    return bad;
  }

  /** Returns whether two tensors of a file have the same shape and the same numbers. */
  public static boolean sameTensors(NamedTensors file, String one, String other) {
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
}
