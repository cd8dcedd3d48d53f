package org.lm4j.task.lm;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Vocabulary;

/**
 * Many threads on one model and one backend, as a separate program, since a fault here may end the
 * JVM. Prints what it did; ends with 1 if a text or a number differs from the one made alone, or an
 * exception is none of those promised.
 *
 * <pre>
 *   SharedUse DEVICE SECONDS TIMES
 * </pre>
 *
 * <p>For some seconds 8 threads generate and score; then, that many times, generators, windows,
 * model and backend are closed while others compute. The device is cpu, reference or fake.
 */
public final class SharedUse {
  private static final int THREADS = 8;
  private static final int TASKS = 6; // different texts and windows
  private static final int STEPS = 12;
  private static final int BATCH = 3;
  private static final int LENGTH = 80;

  private SharedUse() {}

  /** See the class. */
  public static void main(String[] arguments) throws InterruptedException {
    share(arguments[0], Integer.parseInt(arguments[1]));
    int times = Integer.parseInt(arguments[2]);
    for (int i = 0; i < times; i++) {
      close(arguments[0], i);
    }
    System.out.println(times + " times closed while others compute");
  }

  private static Backend open(String device) {
    return device.equals("fake")
        ? CudaOnFakes.open()
        : Backends.open(device, new BackendOptions(2));
  }

  private static LanguageModelNetwork model(Backend backend, int seed) {
    // So wide that two workers share a token, and small enough to be quick.
    int hidden = backend.name().equals("cpu") ? 128 : 12;
    LanguageModelConfig config = new LanguageModelConfig(Cell.LSTM, 256, 16, hidden, 2, 0.1, false);
    LanguageModelNetwork model = new LanguageModelNetwork(backend, config, true);
    model.initialize(Initialization.DEFAULT, seed);
    return model;
  }

  private static String text(Generator generator, int task) {
    Generator.Request request =
        new Generator.Request(LENGTH, SamplingOptions.DEFAULT, 7, task, List.of());
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    generator.generate(new int[] {65 + task}, request, text);
    return text.toString(StandardCharsets.ISO_8859_1);
  }

  /** A computation over windows, with everything that belongs to one thread. */
  private static final class Scorer implements AutoCloseable {
    private final LanguageModelNetwork model;
    private final Window window;
    private final CarriedState state;

    Scorer(LanguageModelNetwork model, boolean training) {
      this.model = model;
      this.window = model.window(STEPS, BATCH, training);
      this.state = model.newState(BATCH);
    }

    double[] losses(int task, boolean training) {
      Random random = new Random(task);
      int[] ids = random.ints(STEPS * BATCH, 0, 256).toArray();
      state.reset();
      for (int i = 0; i < 2; i++) {
        window.load(ids, ids);
        if (training) {
          window.train(state, new RandomKey(1, i), ids.length);
        } else {
          window.evaluate(state);
        }
        state.advance();
      }
      try (HostStorage storage = new HostStorage(ids.length * (long) DType.F64.bytes())) {
        Tensor host = new Tensor(storage, 0, window.losses().shape(), DType.F64);
        model.backend().download(window.losses(), host);
        return host.toArray();
      }
    }

    @Override
    public void close() {
      window.close();
      state.close();
    }
  }

  private static void share(String device, int seconds) throws InterruptedException {
    AtomicLong texts = new AtomicLong();
    AtomicLong scores = new AtomicLong();
    try (Backend backend = open(device);
        LanguageModelNetwork model = model(backend, 1)) {
      List<String> alone = new ArrayList<>();
      List<double[]> numbers = new ArrayList<>();
      try (Generator generator = new Generator(model, Vocabulary.bytes());
          Scorer scorer = new Scorer(model, false)) {
        for (int task = 0; task < TASKS; task++) {
          alone.add(text(generator, task));
          numbers.add(scorer.losses(task, false));
        }
      }
      long end = System.nanoTime() + seconds * 1_000_000_000L;
      Map<Integer, Long> rounds = new ConcurrentHashMap<>();
      run(
          thread -> {
            try (Generator generator = new Generator(model, Vocabulary.bytes());
                Scorer scorer = new Scorer(model, false)) {
              for (int i = thread; System.nanoTime() < end; i++) {
                int task = i % TASKS;
                require(text(generator, task).equals(alone.get(task)), "another text");
                texts.incrementAndGet();
                boolean same = Arrays.equals(scorer.losses(task, false), numbers.get(task));
                require(same, "other losses");
                scores.incrementAndGet();
                rounds.merge(thread, 1L, Long::sum);
              }
            }
          });
      System.out.printf(
          "%s: %d texts of %d tokens and %d scores, all as alone; rounds of each thread %s%n",
          device, texts.get(), LENGTH, scores.get(), rounds.values());
    }
  }

  /** The order in which things are closed changes with {@code seed}, and so does the moment. */
  private static void close(String device, int seed) throws InterruptedException {
    Random random = new Random(seed);
    Backend backend = open(device);
    LanguageModelNetwork model = model(backend, seed);
    List<AutoCloseable> open = new ArrayList<>();
    List<Generator> generators = new ArrayList<>();
    List<Scorer> scorers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      generators.add(new Generator(model, Vocabulary.bytes()));
      scorers.add(new Scorer(model, i == 0));
    }
    open.addAll(generators);
    open.addAll(scorers);
    open.add(random.nextInt(open.size()), model);
    open.add(random.nextInt(open.size()), backend);
    Thread closer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    Thread.sleep(random.nextInt(30));
                    for (AutoCloseable one : open) {
                      one.close();
                      Thread.sleep(random.nextInt(3));
                    }
                  } catch (Exception e) {
                    fail(e);
                  }
                });
    run(
        thread -> {
          try {
            for (int i = 0; ; i++) {
              if (thread < 2) {
                text(generators.get(thread), i % TASKS);
              } else if (thread < 4) {
                scorers.get(thread - 2).losses(i % TASKS, thread == 2);
              } else if (thread < 6) { // opens its own while the others close
                try (Scorer scorer = new Scorer(model, false)) {
                  scorer.losses(i % TASKS, false);
                }
              } else {
                try (Generator generator = new Generator(model, Vocabulary.bytes())) {
                  text(generator, i % TASKS);
                }
              }
            }
          } catch (IllegalStateException e) {
            require(String.valueOf(e.getMessage()).contains("is closed"), e.toString());
          }
        });
    closer.join();
  }

  private interface Work {
    void run(int thread);
  }

  private static void run(Work work) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int thread = i;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      work.run(thread);
                    } catch (Throwable e) {
                      fail(e);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  private static void fail(Throwable e) {
    e.printStackTrace();
    Runtime.getRuntime().halt(1);
  }
}
