package org.lm4j.verify;

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
  private static final int SENTINEL = -7_654_321; // exact in every type

  private final Backend backend;
  private final ParityCase.Action action;
  private final List<Storage> storages = new ArrayList<>();
  private final Map<String, Tensor> whole = new LinkedHashMap<>();
  private final Map<String, Tensor> views = new LinkedHashMap<>();

  PreparedCase(Backend backend, List<Operand> operands, ParityCase.Action action) {
    this.backend = backend;
    this.action = action;
    int offset = 1;
    try {
      for (Operand operand : operands) {
        place(operand, offset);
        offset = offset == 7 ? 1 : offset + 2;
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
      try (HostStorage host = new HostStorage((long) all.length * Double.BYTES)) {
        Tensor source = new Tensor(host, 0, tensor.shape(), DType.F64);
        for (int i = 0; i < all.length; i++) {
          source.set(i, all[i]);
        }
        backend.upload(source, tensor);
      }
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
    int from = (int) get(name).offset();
    return Arrays.copyOfRange(readAll(name), from, from + (int) get(name).size());
  }

  /** Says which sentinel was overwritten; empty if none. */
  String damage() {
    for (Map.Entry<String, Tensor> entry : views.entrySet()) {
      String name = entry.getKey();
      if (entry.getValue().dtype() == DType.I32) {
        continue;
      }
      double[] all = readAll(name);
      int from = (int) entry.getValue().offset();
      int to = from + (int) entry.getValue().size();
      for (int i = 0; i < all.length; i++) {
        if ((i < from || i >= to) && all[i] != SENTINEL) {
          return "%s: element %d of %d was overwritten".formatted(name, i - from, to - from);
        }
      }
    }
    return "";
  }

  private double[] readAll(String name) {
    Tensor tensor = whole.get(name);
    if (tensor == null || tensor.dtype() == DType.I32) {
      throw new IllegalArgumentException(name + " holds no numbers");
    }
    try (HostStorage host = new HostStorage(tensor.size() * Double.BYTES)) {
      Tensor copy = new Tensor(host, 0, tensor.shape(), DType.F64);
      backend.download(tensor, copy);
      return copy.toArray();
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
