package org.lm4j.backend.cpu;

import java.util.Locale;
import java.util.SplittableRandom;
import org.lm4j.backend.cpu.blas.BlasLibrary;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.task.lm.CarriedState;
import org.lm4j.task.lm.Initialization;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.Window;
import org.lm4j.tensor.Tensor;

/**
 * One training step by each engine, in a JVM whose vectors {@link BlasAtWorkTest} has chosen: the
 * LSTM of ptb-medium, 2 × 650 units over 10,000 words, on a window of {@code T} = 16 and {@code B}
 * = 20. Prints the lanes, the library's core, and for each engine its calls of the library, the
 * loss and the norm of the gradients.
 */
final class BlasProgram {
  private static final int STEPS = 16;
  private static final int BATCH = 20;
  private static final int VOCABULARY = 10_000;

  private BlasProgram() {}

  public static void main(String[] arguments) {
    Cblas library = BlasLibrary.open();
    System.out.printf(
        "%d lanes, core %s, %s%n",
        Kernels.GATES.lanes(), library.facts().core(), Kernels.description());
    step("java", library, MatrixEngine.java());
    step("openblas", library, MatrixEngine.openblas(library));
    step(BlasChoice.AUTO.toString(), library, MatrixEngine.auto(() -> library, false, line -> {}));
  }

  private static void step(String name, Cblas library, MatrixEngine engine) {
    LanguageModelConfig config =
        new LanguageModelConfig(Cell.LSTM, VOCABULARY, 650, 650, 2, 0, false);
    try (CpuBackend cpu = CpuBackend.with(engine, 1);
        LanguageModelNetwork model = new LanguageModelNetwork(cpu, config, true);
        Window window = model.window(STEPS, BATCH, true);
        CarriedState state = model.newState(BATCH)) {
      model.initialize(Initialization.DEFAULT, 1);
      int[] tokens = new SplittableRandom(1).ints(STEPS * BATCH, 0, VOCABULARY).toArray();
      window.load(tokens, tokens);
      long before = library.calls();
      window.train(state, new RandomKey(1, 1), tokens.length);
      long calls = library.calls() - before;
      Tensor loss = cpu.allocate(1);
      cpu.sum(window.losses(), loss);
      double squares = 0;
      Tensor gradients = model.parameters().gradients();
      for (long i = 0; i < gradients.size(); i++) {
        squares += gradients.get(i) * gradients.get(i);
      }
      System.out.printf(
          Locale.ROOT,
          "%s calls %d loss %.9g norm %.9g%n",
          name,
          calls,
          loss.get(0) / tokens.length,
          Math.sqrt(squares));
    }
  }
}
