package org.lm4j.verify;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lm4j.compute.Backend;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Storage;
import org.lm4j.tensor.Tensor;

/**
 * The tensors of a case on one backend, each a view inside a larger storage: it begins at an odd
 * offset, so that kernels meet starts that are not aligned, and on both sides of it lie sentinels
 * that no operation may touch.
 */
public final class PreparedCase implements AutoCloseable {
  private static final int GUARD = 64; // elements behind: more than any vector is long
  private static final int LAST_OFFSET = 7;
  private static final int MARGINS = LAST_OFFSET + GUARD;
  private static final int SENTINEL = -7_654_321; // exact in every type

  private final Backend backend;
  private final ParityCase.Action action;
  private final HostStorage host; // through which all content passes, room for the largest operand
  private final List<Storage> storages = new ArrayList<>();
  private final Map<String, Tensor> whole = new LinkedHashMap<>();
  private final Map<String, Tensor> views = new LinkedHashMap<>();

  PreparedCase(Backend backend, List<Operand> operands, ParityCase.Action action) {
    this.backend = backend;
    this.action = action;
    int largest = operands.stream().mapToInt(each -> each.values.length).max().orElse(0);
    this.host = new HostStorage((largest + MARGINS) * (long) Double.BYTES);
    storages.add(host);
    int offset = 1;
    try {
      for (Operand operand : operands) {
        place(operand, offset);
        offset = offset == LAST_OFFSET ? 1 : offset + 2;
      }
    } catch (RuntimeException e) {
      try {
        close();
      } catch (RuntimeException another) {
        e.addSuppressed(another);
      }
      throw e;
    }
  }

  private void place(Operand operand, int offset) {
    int size = operand.values.length;
    double[] all = new double[offset + size + GUARD];
    Arrays.fill(all, SENTINEL);
    System.arraycopy(operand.values, 0, all, offset, size);
    DType type = operand.ids ? DType.I32 : backend.dtype();
    Storage storage = backend.allocateStorage((long) all.length * type.bytes());
    storages.add(storage);
    Tensor tensor = new Tensor(storage, 0, Shape.of(all.length), type);
    if (operand.ids) {
      backend.upload(Arrays.stream(all).mapToInt(v -> (int) v).toArray(), 0, all.length, tensor);
    } else {
      Tensor source = new Tensor(host, 0, tensor.shape(), DType.F64);
      MemorySegment.copy(all, 0, source.segment(), JAVA_DOUBLE, 0, all.length);
      backend.upload(source, tensor);
    }
    whole.put(operand.name, tensor);
    views.put(operand.name, new Tensor(storage, offset, operand.shape, type));
  }

  /** Runs the operation once more on what the tensors hold now. */
  public void run() {
    action.run(backend, this);
  }

  /**
   * Returns the tensor called {@code name}.
   *
   * @throws IllegalArgumentException if the case has none
   */
  public Tensor get(String name) {
    Tensor view = views.get(name);
    if (view == null) {
      throw new IllegalArgumentException("no operand " + name + " among " + views.keySet());
    }
    return view;
  }

  boolean has(String name) {
    return views.containsKey(name);
  }

  /** Returns the current content of a tensor of numbers. */
  double[] read(String name) {
    return readWithMargins(name).content();
  }

  /** Returns the current content of a tensor of numbers, and of the memory on both sides of it. */
  WithMargins readWithMargins(String name) {
    Tensor tensor = whole.get(name);
    if (tensor == null || tensor.dtype() == DType.I32) {
      throw new IllegalArgumentException(name + " holds no numbers");
    }
    Tensor copy = new Tensor(host, 0, tensor.shape(), DType.F64);
    backend.download(tensor, copy);
    Tensor view = get(name);
    return new WithMargins(name, copy.toArray(), (int) view.offset(), (int) view.size());
  }

  /** What a storage holds: a tensor, and the memory on both sides of it. */
  static final class WithMargins {
    private final String name;
    private final double[] all;
    private final int from;
    private final int size;

    private WithMargins(String name, double[] all, int from, int size) {
      this.name = name;
      this.all = all;
      this.from = from;
      this.size = size;
    }

    /** Returns the elements of the tensor. */
    double[] content() {
      return Arrays.copyOfRange(all, from, from + size);
    }

    /** Says which sentinel was overwritten; empty if none. */
    String damage() {
      for (int i = 0; i < all.length; i++) {
        if ((i < from || i >= from + size) && all[i] != SENTINEL) {
          return "%s: element %d of %d was overwritten".formatted(name, i - from, size);
        }
      }
      return "";
    }
  }

  /** Returns {@code Σ x ⊙ y} over two tensors of numbers. */
  double dot(String x, String y) {
    double[] left = read(x);
    double[] right = read(y);
    double sum = 0;
    for (int i = 0; i < left.length; i++) {
      sum += left[i] * right[i];
    }
    return sum;
  }

  @Override
  public void close() {
    storages.forEach(Storage::close);
  }
}
