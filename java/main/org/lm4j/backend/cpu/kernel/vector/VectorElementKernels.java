package org.lm4j.backend.cpu.kernel.vector;

import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.SPECIES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.broadcast;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.load;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.store;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.lm4j.backend.cpu.kernel.ElementKernels;
import org.lm4j.tensor.Memory;

/** Elementwise kernels with the Vector API. Tails are one masked vector. */
public final class VectorElementKernels implements ElementKernels {
  private static final long STEP = (long) LANES * Float.BYTES;

  private static VectorMask<Float> tail(long n) {
    return SPECIES.indexInRange(0, n % LANES);
  }

  private static long whole(long n, long address) {
    return address + n / LANES * STEP;
  }

  @Override
  public void axpy(long n, float alpha, long x, long y) {
    FloatVector factor = broadcast(alpha);
    long end = whole(n, x);
    long to = y;
    for (long from = x; from < end; from += STEP, to += STEP) {
      store(load(from).fma(factor, load(to)), to);
    }
    if (n % LANES != 0) {
      VectorMask<Float> m = tail(n);
      store(load(end, m).fma(factor, load(to, m)), to, m);
    }
  }

  @Override
  public void scale(long n, float alpha, long x) {
    long end = whole(n, x);
    for (long at = x; at < end; at += STEP) {
      store(load(at).mul(alpha), at);
    }
    if (n % LANES != 0) {
      VectorMask<Float> m = tail(n);
      store(load(end, m).mul(alpha), end, m);
    }
  }

  @Override
  public void multiply(long n, long x, long y, long z) {
    long bytes = whole(n, 0);
    for (long i = 0; i < bytes; i += STEP) {
      store(load(x + i).mul(load(y + i)), z + i);
    }
    if (n % LANES != 0) {
      VectorMask<Float> m = tail(n);
      store(load(x + bytes, m).mul(load(y + bytes, m)), z + bytes, m);
    }
  }

  @Override
  public void sigmoid(long n, long x, long y) {
    long bytes = whole(n, 0);
    for (long i = 0; i < bytes; i += STEP) {
      store(VectorMath.sigmoid(load(x + i)), y + i);
    }
    if (n % LANES != 0) {
      sigmoidTail(n, x + bytes, y + bytes);
    }
  }

  /** A separate method, because the JIT inlines only so much into one. */
  private static void sigmoidTail(long n, long x, long y) {
    VectorMask<Float> m = tail(n);
    store(VectorMath.sigmoid(load(x, m)), y, m);
  }

  @Override
  public void tanh(long n, long x, long y) {
    long bytes = whole(n, 0);
    for (long i = 0; i < bytes; i += STEP) {
      store(VectorMath.tanh(load(x + i)), y + i);
    }
    if (n % LANES != 0) {
      tanhTail(n, x + bytes, y + bytes);
    }
  }

  /** A separate method, because the JIT inlines only so much into one. */
  private static void tanhTail(long n, long x, long y) {
    VectorMask<Float> m = tail(n);
    store(VectorMath.tanh(load(x, m)), y, m);
  }

  @Override
  public void relu(long n, long x, long y) {
    long bytes = whole(n, 0);
    for (long i = 0; i < bytes; i += STEP) {
      store(relu(load(x + i)), y + i);
    }
    if (n % LANES != 0) {
      VectorMask<Float> m = tail(n);
      store(relu(load(x + bytes, m)), y + bytes, m);
    }
  }

  static FloatVector relu(FloatVector x) {
    return x.blend(0f, x.compare(VectorOperators.LT, 0f));
  }

  @Override
  public void sigmoidBackward(long n, long y, long dy, long dx) {
    long bytes = whole(n, 0);
    for (long i = 0; i < bytes; i += STEP) {
      FloatVector out = load(y + i);
      store(load(dy + i).mul(out.sub(out.mul(out))), dx + i);
    }
    if (n % LANES != 0) {
      VectorMask<Float> m = tail(n);
      FloatVector out = load(y + bytes, m);
      store(load(dy + bytes, m).mul(out.sub(out.mul(out))), dx + bytes, m);
    }
  }

  @Override
  public void tanhBackward(long n, long y, long dy, long dx) {
    FloatVector one = broadcast(1f);
    long bytes = whole(n, 0);
    for (long i = 0; i < bytes; i += STEP) {
      FloatVector out = load(y + i);
      store(load(dy + i).mul(one.sub(out.mul(out))), dx + i);
    }
    if (n % LANES != 0) {
      VectorMask<Float> m = tail(n);
      FloatVector out = load(y + bytes, m);
      store(load(dy + bytes, m).mul(one.sub(out.mul(out))), dx + bytes, m);
    }
  }

  @Override
  public void reluBackward(long n, long y, long dy, long dx) {
    FloatVector zero = broadcast(0f);
    long bytes = whole(n, 0);
    for (long i = 0; i < bytes; i += STEP) {
      VectorMask<Float> on = load(y + i).compare(VectorOperators.GT, 0f);
      store(zero.blend(load(dy + i), on), dx + i);
    }
    if (n % LANES != 0) {
      VectorMask<Float> m = tail(n);
      VectorMask<Float> on = load(y + bytes, m).compare(VectorOperators.GT, 0f);
      store(zero.blend(load(dy + bytes, m), on), dx + bytes, m);
    }
  }

  @Override
  public void clamp(long n, float limit, long x) {
    long end = whole(n, x);
    for (long at = x; at < end; at += STEP) {
      store(clamp(load(at), limit), at);
    }
    if (n % LANES != 0) {
      VectorMask<Float> m = tail(n);
      store(clamp(load(end, m), limit), end, m);
    }
  }

  private static FloatVector clamp(FloatVector x, float limit) {
    FloatVector low = x.blend(-limit, x.compare(VectorOperators.LT, -limit));
    return low.blend(limit, low.compare(VectorOperators.GT, limit));
  }

  @Override
  public void fill(long n, float value, long x) {
    FloatVector v = broadcast(value);
    long end = whole(n, x);
    for (long at = x; at < end; at += STEP) {
      store(v, at);
    }
    if (n % LANES != 0) {
      store(v, end, tail(n));
    }
  }

  @Override
  public double sum(long n, long x) {
    long lanes = VectorSums.scratch();
    addUp(n, x, lanes);
    return VectorSums.of(lanes);
  }

  private static void addUp(long n, long x, long lanes) {
    DoubleVector low = DoubleVector.zero(DoubleVector.SPECIES_PREFERRED);
    DoubleVector high = low;
    long end = whole(n, x);
    for (long at = x; at < end; at += STEP) {
      FloatVector v = load(at);
      low = low.add(half(v, 0));
      high = high.add(half(v, 1));
    }
    if (n % LANES != 0) {
      FloatVector v = load(end, tail(n));
      low = low.add(half(v, 0));
      high = high.add(half(v, 1));
    }
    low.add(high).intoMemorySegment(Memory.ALL, lanes, VectorMath.ORDER);
  }

  @Override
  public double sumOfSquares(long n, long x) {
    long lanes = VectorSums.scratch();
    addUpSquares(n, x, lanes);
    return VectorSums.of(lanes);
  }

  private static void addUpSquares(long n, long x, long lanes) {
    DoubleVector low = DoubleVector.zero(DoubleVector.SPECIES_PREFERRED);
    DoubleVector high = low;
    long end = whole(n, x);
    for (long at = x; at < end; at += STEP) {
      FloatVector v = load(at);
      DoubleVector a = half(v, 0);
      DoubleVector b = half(v, 1);
      low = a.fma(a, low);
      high = b.fma(b, high);
    }
    if (n % LANES != 0) {
      FloatVector v = load(end, tail(n));
      DoubleVector a = half(v, 0);
      DoubleVector b = half(v, 1);
      low = a.fma(a, low);
      high = b.fma(b, high);
    }
    low.add(high).intoMemorySegment(Memory.ALL, lanes, VectorMath.ORDER);
  }

  /** Returns one half of a vector, widened. */
  static DoubleVector half(FloatVector v, int part) {
    return (DoubleVector) v.convertShape(VectorOperators.F2D, DoubleVector.SPECIES_PREFERRED, part);
  }
}
