package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cuda.FakeDriver.linear;
import static org.lm4j.backend.cuda.Numbers.ORACLE;
import static org.lm4j.backend.cuda.Numbers.assertClose;
import static org.lm4j.backend.cuda.Numbers.reference;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cuda.FakeDriver.Buffer;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.Tensor;

/** The optimizers, several steps each, against the float64 oracle. */
@Tag("slow")
class UpdateKernelsTest {
  private static final double RATE = 0.01;
  private static final int STEPS = 3;
  private static final double TOLERANCE = 2e-6;

  private static final List<UpdateRule> RULES =
      List.of(
          new UpdateRule.Sgd(0, false, 0),
          new UpdateRule.Sgd(0, false, 0.1),
          new UpdateRule.Sgd(0.9, false, 0.1),
          new UpdateRule.Sgd(0.9, true, 0.1),
          new UpdateRule.RmsProp(0.9, 1e-6, 0.1),
          new UpdateRule.AdaGrad(1e-10, 0.1),
          new UpdateRule.Adam(0.8, 0.99, 1e-6, 0.1, false),
          new UpdateRule.Adam(0.9, 0.999, 1e-8, 0.1, true),
          new UpdateRule.Anchored(0.5, 0.3),
          new UpdateRule.Anchored(2, 0.3));

  private final Numbers numbers = new Numbers(5);

  @Test
  void followTheReference() throws Exception {
    for (UpdateRule rule : RULES) {
      for (int n : new int[] {1, 4, 33, 1029}) {
        for (int shift : new int[] {0, 1}) {
          follow(rule, n, shift);
        }
      }
    }
  }

  private void follow(UpdateRule rule, int n, int shift) throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      float[] start = numbers.uniform(n);
      Buffer w = device.floats(shift, start);
      Buffer g = device.floats(shift, new float[n]);
      Tensor expected = reference(start, n);
      List<Buffer> moments = new ArrayList<>();
      List<Tensor> expectedMoments = new ArrayList<>();
      for (int i = 0; i < rule.moments(); i++) {
        boolean constant = rule instanceof UpdateRule.Anchored;
        float[] moment = constant ? numbers.uniform(n, 0.1, 1) : new float[n];
        moments.add(device.floats(shift, moment));
        expectedMoments.add(reference(moment, n));
      }
      Buffer copy = shift == 0 ? device.allocate(2L * n, 0) : Buffer.NONE;
      for (int step = 1; step <= STEPS; step++) {
        String name = "%s, n=%d, shift %d, step %d".formatted(rule, n, shift, step);
        float[] gradient = numbers.uniform(n, 0.1, 1);
        boolean clipped = step % 2 == 0;
        Tensor scale = reference(new float[] {7, 0.5f}, 2);
        ORACLE.update(
            rule,
            expected,
            reference(gradient, n),
            expectedMoments,
            clipped ? scale : null,
            RATE,
            step);
        Buffer source = device.floats(0, gradient);
        device.launch("lm4j_axpy", 1, 256, source, g, (long) n, device.doubles(1));
        Buffer factor = clipped ? device.floats(0, 7, 0.5f) : Buffer.NONE;
        launch(device, rule, new Buffer[] {w, g, copy, factor}, moments, step);
        float[] parameters = device.floats(w);
        assertClose(name, expected, parameters, TOLERANCE);
        for (int i = 0; i < moments.size(); i++) {
          Tensor moment = expectedMoments.get(i);
          assertClose(name + " moment", moment, device.floats(moments.get(i)), TOLERANCE);
        }
        assertThat(device.floats(g)).as(name + " gradient").containsOnly(0);
        if (shift == 0) {
          assertCopied(name, parameters, device.shorts(copy));
        }
      }
    }
  }

  private static void assertCopied(String name, float[] parameters, short[] copy) {
    for (int i = 0; i < copy.length; i++) {
      double rounded = Float.intBitsToFloat(copy[i] << 16);
      assertThat(Math.abs(rounded - parameters[i]))
          .as(name + " copy")
          .isLessThanOrEqualTo(Math.abs((double) parameters[i]) / 256);
    }
  }

  /** Runs a kernel with {@code buffers} = w, g, copy, gradientScale. */
  private static void launch(
      FakeDriver device, UpdateRule rule, Buffer[] buffers, List<Buffer> moments, long step) {
    Buffer first = moments.isEmpty() ? Buffer.NONE : moments.get(0);
    long n = buffers[0].bytes() / Float.BYTES;
    List<Object> arguments = new ArrayList<>();
    arguments.add(buffers[0]);
    arguments.add(buffers[1]);
    arguments.add(first);
    double decay = rule.weightDecay();
    String kernel;
    double[] scalars;
    switch (rule) {
      case UpdateRule.Sgd sgd -> {
        kernel = "lm4j_update_sgd";
        scalars = new double[] {RATE, decay, sgd.momentum(), step == 1 ? 1 : 0};
      }
      case UpdateRule.RmsProp rms -> {
        kernel = "lm4j_update_rmsprop";
        scalars = new double[] {RATE, decay, rms.alpha(), 1 - rms.alpha(), rms.epsilon()};
      }
      case UpdateRule.AdaGrad ada -> {
        kernel = "lm4j_update_adagrad";
        scalars = new double[] {RATE, decay, ada.epsilon()};
      }
      case UpdateRule.Adam adam -> {
        kernel = "lm4j_update_adam";
        arguments.add(moments.get(1));
        double correction = 1 / Math.sqrt(1 - Math.pow(adam.beta2(), (double) step));
        scalars =
            new double[] {
              RATE / (1 - Math.pow(adam.beta1(), (double) step)),
              adam.decoupled() ? 0 : decay,
              adam.decoupled() ? 1 - RATE * decay : 1,
              adam.beta1(),
              1 - adam.beta1(),
              adam.beta2(),
              1 - adam.beta2(),
              correction,
              adam.epsilon()
            };
      }
      case UpdateRule.Anchored anchored -> {
        kernel = "lm4j_update_anchored";
        arguments.add(moments.get(1));
        scalars = new double[] {RATE, anchored.decay(), anchored.epsilon()};
      }
    }
    arguments.add(buffers[3]);
    arguments.add(buffers[2]);
    arguments.add(n);
    if (rule instanceof UpdateRule.Sgd sgd) {
      arguments.add(sgd.nesterov() ? 1 : 0);
    }
    arguments.add(device.doubles(scalars));
    device.launch(kernel, linear(n), 256, arguments.toArray());
  }
}
