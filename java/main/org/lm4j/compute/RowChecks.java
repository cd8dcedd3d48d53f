package org.lm4j.compute;

import static org.lm4j.compute.Checks.apart;
import static org.lm4j.compute.Checks.broken;
import static org.lm4j.compute.Checks.is;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.Tensor;

/** The argument checks of the operations that work row by row; see {@link Checks}. */
public final class RowChecks {
  private final Checks checks;
  private final boolean host;

  /**
   * Creates the row checks of a backend.
   *
   * @param host whether ids can be looked at, since the backend computes in host memory
   */
  public RowChecks(Checks checks, boolean host) {
    this.checks = checks;
    this.host = host;
  }

  /** Checks that ranges and tables of a gradient lie in its flat buffer. */
  public static void sparse(String operation, SparseGradient g) {
    long size = g.flat().size();
    for (SparseGradient.Range range : g.ranges()) {
      if (range.from() < 0 || range.size() < 0 || range.from() > size - range.size()) {
        throw broken(operation, range + " is not in g " + g.flat());
      }
    }
    for (SparseGradient.Table table : g.tables()) {
      long all = (long) table.touched().size() * table.width();
      if (table.from() < 0 || table.width() < 1 || table.from() > size - all) {
        throw broken(operation, table + " is not in g " + g.flat());
      }
    }
  }

  /** Checks that a rule changes nothing where the gradient is zero. */
  public static void keeps(UpdateRule rule) {
    if (!rule.keepsWithoutGradient()) {
      throw broken("update", rule + " changes weights without a gradient");
    }
  }

  /** Checks the arguments of {@link Backend#addBias}. */
  public void addBias(Tensor bias, Tensor y) {
    withVector("addBias", "y", y, "bias", bias);
    apart("addBias", "y", y, "bias", bias);
  }

  /** Checks the arguments of {@link Backend#biasGradient}. */
  public void biasGradient(Tensor dy, Tensor db) {
    withVector("biasGradient", "dy", dy, "db", db);
    apart("biasGradient", "db", db, "dy", dy);
  }

  /** Checks the arguments of {@link Backend#copyColumns}. */
  public void copyColumns(Tensor source, int from, Tensor target, int to, int width) {
    String operation = "copyColumns";
    checks.matrix(operation, "source", source);
    checks.matrix(operation, "target", target);
    columns("source", source, from, width);
    columns("target", target, to, width);
    if (source.shape().dim(0) != target.shape().dim(0)) {
      throw broken(operation, "source " + source + " and target " + target + " differ in rows");
    }
    apart(operation, "target", target, "source", source);
  }

  private static void columns(String name, Tensor x, int from, int width) {
    if (from < 0 || width < 0 || from > x.shape().dim(1) - width) {
      throw broken(
          "copyColumns", name + " " + x + " has no " + width + " columns from column " + from);
    }
  }

  /**
   * Checks the arguments of {@link Backend#copySequences}, the lengths included where they lie on
   * the host.
   */
  public void copySequences(Tensor source, Tensor lengths, Tensor target) {
    String operation = "copySequences";
    checks.floats(operation, "source", source);
    checks.integers(operation, "lengths", lengths);
    checks.floats(operation, "target", target);
    boolean fit = source.shape().rank() == 3 && target.shape().rank() == 3;
    for (int i = 1; fit && i < 3; i++) {
      fit = source.shape().dim(i) == target.shape().dim(i);
    }
    if (!fit) {
      throw broken(operation, "shapes do not fit: source " + source + ", target " + target);
    }
    Checks.shape(operation, "lengths", lengths, source.shape().dim(1));
    apart(operation, "target", target, "source", source);
    apart(operation, "target", target, "lengths", lengths);
    if (host) {
      int limit = lengthLimit(source, target);
      IdChecks.ids(operation, lengths.address(), lengths.size(), limit);
    }
  }

  /** Returns the limit below which each length of {@link Backend#copySequences} must lie. */
  public static int lengthLimit(Tensor source, Tensor target) {
    return Math.max(source.shape().dim(0), target.shape().dim(0)) + 1;
  }

  /** Checks the arguments of {@link Backend#batchedGemm}. */
  public void batchedGemm(GemmOp op, Tensor a, Tensor b, Tensor c) {
    String operation = "batchedGemm";
    checks.floats(operation, "a", a);
    checks.floats(operation, "b", b);
    checks.floats(operation, "c", c);
    boolean fit = a.shape().rank() == 3 && b.shape().rank() == 3 && c.shape().rank() == 3;
    if (fit) {
      int n = a.shape().dim(0);
      int rows = a.shape().dim(op.transposeA() ? 2 : 1);
      int depth = a.shape().dim(op.transposeA() ? 1 : 2);
      int columns = b.shape().dim(op.transposeB() ? 1 : 2);
      fit = b.shape().dim(0) == n && b.shape().dim(op.transposeB() ? 2 : 1) == depth;
      fit &= is(c.shape(), n, rows, columns);
    }
    if (!fit) {
      throw broken(operation, "shapes do not fit: " + op + ", a " + a + ", b " + b + ", c " + c);
    }
    apart(operation, "c", c, "a", a);
    apart(operation, "c", c, "b", b);
  }

  /**
   * Checks the arguments of {@link Backend#softmax}, the lengths included where they lie on the
   * host.
   */
  public void softmax(Tensor x, @Nullable Tensor lengths, Tensor y) {
    checks.matrix("softmax", "x", x);
    checks.inPlace("softmax", "x", x, "y", y);
    sameShape("softmax", "x", x, "y", y);
    if (lengths == null) {
      return;
    }
    checks.integers("softmax", "lengths", lengths);
    Checks.shape("softmax", "lengths", lengths, x.shape().dim(0));
    apart("softmax", "y", y, "lengths", lengths);
    if (host) {
      IdChecks.ids("softmax", lengths.address(), lengths.size(), x.shape().dim(1) + 1);
    }
  }

  /** Checks the arguments of {@link Backend#softmaxBackward}. */
  public void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
    String operation = "softmaxBackward";
    checks.matrix(operation, "y", y);
    checks.floats(operation, "dy", dy);
    sameShape(operation, "y", y, "dy", dy);
    checks.inPlace(operation, "dy", dy, "dx", dx);
    sameShape(operation, "y", y, "dx", dx);
    apart(operation, "dx", dx, "y", y);
  }

  /**
   * Checks the arguments of {@link Backend#softmaxCrossEntropy}, {@link Backend#crossEntropy} and
   * {@link Backend#hinge}, the targets included where they lie on the host.
   */
  public void loss(String operation, Tensor scores, Tensor targets, int ignore, Tensor loss) {
    checks.matrix(operation, "logits", scores);
    checks.integers(operation, "targets", targets);
    checks.floats(operation, "loss", loss);
    int rows = scores.shape().dim(0);
    if (!is(targets.shape(), rows) || !is(loss.shape(), rows)) {
      throw broken(
          operation,
          "shapes do not fit: logits " + scores + ", targets " + targets + ", loss " + loss);
    }
    apart(operation, "loss", loss, "logits", scores);
    apart(operation, "loss", loss, "targets", targets);
    apart(operation, "logits", scores, "targets", targets);
    if (host) {
      IdChecks.targets(operation, targets.address(), rows, scores.shape().dim(1), ignore);
    }
  }

  /**
   * Checks the arguments of {@link Backend#affineCrossEntropy}: that shapes fit and what is written
   * lies apart. The rest is for those who compute it in one pass to check by {@link
   * #affineLossTypes}.
   */
  public static void affineLoss(
      Tensor x, Tensor w, @Nullable Tensor b, Tensor targets, Tensor logits, Tensor loss) {
    String operation = "affineCrossEntropy";
    boolean matrices = x.shape().rank() == 2 && w.shape().rank() == 2 && logits.shape().rank() == 2;
    if (!matrices
        || x.shape().dim(1) != w.shape().dim(1)
        || logits.dtype() != x.dtype()
        || logits.shape().dim(0) < 1
        || logits.shape().dim(1) != w.shape().dim(0)
        || (b != null && !is(b.shape(), w.shape().dim(0)))
        || !is(targets.shape(), x.shape().dim(0))
        || !is(loss.shape(), x.shape().dim(0))) {
      String layer = "x " + x + ", w " + w + (b == null ? "" : ", b " + b) + ", logits " + logits;
      throw broken(
          operation, "shapes do not fit: " + layer + ", targets " + targets + ", loss " + loss);
    }
    for (Tensor in : b == null ? List.of(x, w, targets) : List.of(x, w, targets, b)) {
      apart(operation, "logits", logits, "an input", in);
      apart(operation, "loss", loss, "an input", in);
    }
    apart(operation, "loss", loss, "logits", logits);
  }

  /**
   * Checks the types of {@link Backend#affineCrossEntropy}, and its targets if they lie on the
   * host.
   */
  public void affineLossTypes(
      Tensor x, Tensor w, @Nullable Tensor b, Tensor targets, int ignore, Tensor loss) {
    String operation = "affineCrossEntropy";
    checks.floats(operation, "x", x);
    checks.floats(operation, "w", w);
    if (b != null) {
      checks.floats(operation, "b", b);
    }
    checks.integers(operation, "targets", targets);
    checks.floats(operation, "loss", loss);
    if (host) {
      IdChecks.targets(operation, targets.address(), targets.size(), w.shape().dim(0), ignore);
    }
  }

  /** Checks the arguments of {@link Backend#negativeSampling} where they lie on the host. */
  public void negativeSampling(NegativeSamples samples, Tensor dx, Tensor lossSum) {
    String operation = "negativeSampling";
    samplingShapes(samples, dx, lossSum);
    samples(operation, samples, samples.table());
    checks.floats(operation, "dx", dx);
    checks.floats(operation, "lossSum", lossSum);
    checks.integers(operation, "classes", samples.classes());
    checks.floats(operation, "weights", samples.weights());
    IdChecks.targets(operation, samples.classes().address(), samples.classes().size(), 2, -1);
  }

  /** Checks the arguments of {@link Backend#negativeSamplingUpdate} where they lie on the host. */
  public void negativeSamplingUpdate(NegativeSamples samples, Tensor table) {
    updateShapes(samples, table);
    samples("negativeSamplingUpdate", samples, table);
  }

  private void samples(String operation, NegativeSamples samples, Tensor table) {
    checks.floats(operation, "table", table);
    checks.floats(operation, "x", samples.x());
    checks.floats(operation, "scores", samples.scores());
    checks.integers(operation, "candidates", samples.candidates());
    IdChecks.ids(
        operation,
        samples.candidates().address(),
        samples.candidates().size(),
        table.shape().dim(0));
  }

  /** Checks that the shapes of {@link Backend#negativeSampling} fit and results lie apart. */
  static void samplingShapes(NegativeSamples samples, Tensor dx, Tensor lossSum) {
    String operation = "negativeSampling";
    shapes(operation, samples, samples.table());
    long all = samples.scores().size();
    if (!dx.shape().equals(samples.x().shape())
        || !is(lossSum.shape(), 1)
        || samples.classes().size() != all
        || samples.weights().size() != all) {
      throw broken(
          operation, "shapes do not fit: %s, dx %s, lossSum %s".formatted(samples, dx, lossSum));
    }
    List<Tensor> inputs =
        List.of(
            samples.table(),
            samples.x(),
            samples.candidates(),
            samples.classes(),
            samples.weights());
    for (Tensor in : inputs) {
      apart(operation, "scores", samples.scores(), "an input", in);
      apart(operation, "dx", dx, "an input", in);
    }
    apart(operation, "dx", dx, "scores", samples.scores());
  }

  /** Checks the shapes of {@link Backend#negativeSamplingUpdate}. */
  static void updateShapes(NegativeSamples samples, Tensor table) {
    String operation = "negativeSamplingUpdate";
    shapes(operation, samples, table);
    for (Tensor in : List.of(samples.x(), samples.candidates(), samples.scores())) {
      apart(operation, "table", table, "an input", in);
    }
  }

  private static void shapes(String operation, NegativeSamples samples, Tensor table) {
    Tensor x = samples.x();
    long all = samples.scores().size();
    if (table.shape().rank() != 2
        || x.shape().rank() != 2
        || table.shape().dim(1) != x.shape().dim(1)
        || samples.candidates().size() != all
        || all % Math.max(1, x.shape().dim(0)) != 0) {
      throw broken(operation, "shapes do not fit: table %s, %s".formatted(table, samples));
    }
  }

  private static void sameShape(String operation, String xName, Tensor x, String yName, Tensor y) {
    if (!x.shape().equals(y.shape())) {
      throw broken(operation, xName + " " + x + " and " + yName + " " + y + " differ in shape");
    }
  }

  private void withVector(
      String operation, String matrixName, Tensor matrix, String vectorName, Tensor vector) {
    checks.matrix(operation, matrixName, matrix);
    checks.floats(operation, vectorName, vector);
    Checks.shape(operation, vectorName, vector, matrix.shape().dim(1));
  }
}
