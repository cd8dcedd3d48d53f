package org.lm4j.nn;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnLayout;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnWeights;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.compute.update.TouchedRows;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * All weights of a model in one flat buffer, and all gradients in another: an optimizer step, a
 * norm or a zeroing is one pass over one piece of memory. Owns both buffers.
 */
public final class Parameters implements AutoCloseable {
  private final Tensor values;
  private final @Nullable Tensor gradients;
  private final Map<String, Parameter> byName = new LinkedHashMap<>();

  private Parameters(Backend backend, Builder plan, boolean training) {
    if (plan.size > Integer.MAX_VALUE) {
      throw new InputException(
          "the model would have %,d weights, but one can have %,d: make it smaller"
              .formatted(plan.size, Integer.MAX_VALUE));
    }
    int size = (int) plan.size;
    this.values = backend.allocate(size);
    try {
      this.gradients = training ? backend.allocate(size) : null;
    } catch (RuntimeException | Error e) {
      values.storage().close();
      throw e;
    }
    for (Planned planned : plan.planned) {
      int[] dims = planned.shape.dims();
      byName.put(
          planned.name,
          new Parameter(
              planned.name,
              values.view(planned.offset, dims),
              gradients == null ? null : gradients.view(planned.offset, dims)));
    }
  }

  private record Planned(String name, long offset, Shape shape) {}

  /** Collects the parameters of a model before any memory is taken. */
  public static final class Builder {
    private final List<Planned> planned = new ArrayList<>();
    private long size;

    /** Creates a builder without parameters. */
    public Builder() {}

    /** Adds one parameter of shape {@code dims}. */
    public Builder add(String name, int... dims) {
      Shape shape = Shape.of(dims);
      planned.add(new Planned(name, size, shape));
      size += RnnLayout.align(shape.size());
      return this;
    }

    /** Adds the weights of a recurrent stack, laid out as {@code backend} wants them. */
    public Builder add(String prefix, Backend backend, RnnSpec spec) {
      return add(RnnNames.of(prefix), backend, spec);
    }

    /** Adds a recurrent stack under other names than those of a forward stack. */
    Builder add(RnnNames names, Backend backend, RnnSpec spec) {
      RnnLayout layout = backend.layout(spec);
      for (RnnLayout.Part part : layout.parts()) {
        planned.add(new Planned(names.name(part.name()), size + part.offset(), part.shape()));
      }
      size += layout.size();
      return this;
    }

    /**
     * Allocates the zeroed buffers.
     *
     * @param training whether gradients are needed
     */
    public Parameters allocate(Backend backend, boolean training) {
      return new Parameters(backend, this, training);
    }
  }

  /** Returns the flat buffer of all weights, padding included. */
  public Tensor values() {
    return values;
  }

  /**
   * Returns the flat buffer of all gradients, padding included.
   *
   * @throws IllegalStateException if there are none
   */
  public Tensor gradients() {
    if (gradients == null) {
      throw new IllegalStateException("the model was opened for inference: it has no gradients");
    }
    return gradients;
  }

  /** Returns the parameters in the order they were added. */
  public Collection<Parameter> all() {
    return byName.values();
  }

  /**
   * Returns the parameter of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Parameter get(String name) {
    Parameter parameter = byName.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException("no parameter named " + name);
    }
    return parameter;
  }

  /** Returns the weights of the recurrent stack whose names begin with {@code prefix}. */
  public RnnWeights rnnWeights(String prefix, int layers) {
    return rnnViews(RnnNames.of(prefix), layers, false);
  }

  /** Returns the gradients of these weights. */
  public RnnWeights rnnGradients(String prefix, int layers) {
    return rnnViews(RnnNames.of(prefix), layers, true);
  }

  /** Returns the weights of that name, or their gradients. */
  RnnWeights rnnViews(RnnNames names, int layers, boolean gradient) {
    List<RnnWeights.Layer> views = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      views.add(
          new RnnWeights.Layer(
              side(get(names.name(layer, 0)), gradient),
              recurrent(names.name(layer, 1), gradient),
              side(get(names.name(layer, 2)), gradient),
              recurrent(names.name(layer, 3), gradient)));
    }
    return new RnnWeights(views);
  }

  private static Tensor side(Parameter parameter, boolean gradient) {
    return gradient ? parameter.gradient() : parameter.value();
  }

  /** Returns a recurrent weight or its gradient; an empty tensor where the cell has none. */
  private Tensor recurrent(String name, boolean gradient) {
    Parameter parameter = byName.get(name);
    return parameter == null ? values.view(0, 0) : side(parameter, gradient);
  }

  /** Returns the number of weights, without padding. */
  public long count() {
    return byName.values().stream().mapToLong(p -> p.value().size()).sum();
  }

  /**
   * Returns a view, in the buffer {@code flat} of the same layout, of what belongs to {@code
   * parameter}.
   */
  public Tensor viewIn(Tensor flat, Parameter parameter) {
    long from = parameter.value().offset() - values.offset();
    return flat.view(from, parameter.value().shape().dims());
  }

  /**
   * Returns the gradients as zero in most rows of some tables.
   *
   * @param tables the parameters concerned, {@code (V, D)} or {@code (V)}, by name, and the rows
   *     that a step touches
   */
  public SparseGradient sparse(Map<String, TouchedRows> tables) {
    List<SparseGradient.Table> rows = new ArrayList<>();
    List<SparseGradient.Range> ranges = new ArrayList<>();
    List<Parameter> sorted =
        tables.keySet().stream()
            .map(this::get)
            .sorted(Comparator.comparingLong(parameter -> parameter.value().offset()))
            .toList();
    long done = 0;
    for (Parameter parameter : sorted) {
      Tensor value = parameter.value();
      long from = value.offset() - values.offset();
      TouchedRows touched = Objects.requireNonNull(tables.get(parameter.name()));
      int width = Math.toIntExact(value.size() / touched.size());
      ranges.add(new SparseGradient.Range(done, from - done));
      rows.add(new SparseGradient.Table(from, width, touched));
      done = from + value.size();
    }
    ranges.add(new SparseGradient.Range(done, values.size() - done));
    return new SparseGradient(gradients(), List.copyOf(ranges), List.copyOf(rows));
  }

  @Override
  public void close() {
    values.storage().close();
    if (gradients != null) {
      gradients.storage().close();
    }
  }
}
