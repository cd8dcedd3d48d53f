package org.lm4j.task.lm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.compute.Backend;

/**
 * Closes readers, model and backend while 8 threads read with models of each kind, as a program of
 * its own, since a fault here may end the JVM. Ends with 1 if one of them ends in another way than
 * promised.
 *
 * <pre>
 *   ClosedKinds DEVICE TIMES
 * </pre>
 *
 * <p>The device is cpu, reference or fake.
 */
public final class ClosedKinds {
  private static final int THREADS = 8;
  private static final int OWN = 4; // of the threads, those whose readers are closed by others
  private static final int TASKS = 3;

  private ClosedKinds() {}

  /** See the class. */
  public static void main(String[] arguments) throws InterruptedException {
    int done = 0;
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      for (Map.Entry<String, SharedModelTest.Maker> maker : SharedModelTest.makers().entrySet()) {
        close(arguments[0], maker.getKey(), maker.getValue(), i);
        done++;
      }
    }
    System.out.println(done + " times closed while others compute");
  }

  private static Backend open(String device) {
    return device.equals("fake")
        ? CudaOnFakes.open()
        : Backends.open(device, new BackendOptions(2));
  }

  /** The order in which things are closed changes with {@code seed}, and so does the moment. */
  private static void close(String device, String kind, SharedModelTest.Maker maker, int seed)
      throws InterruptedException {
    Random random = new Random(seed);
    Backend backend = open(device);
    SharedModelTest.Shared shared = maker.on(backend);
    List<SharedModelTest.Reading> readers = new ArrayList<>();
    for (int i = 0; i < OWN; i++) {
      readers.add(shared.reader().get());
    }
    List<AutoCloseable> open = new ArrayList<>(readers);
    open.add(random.nextInt(open.size()), shared.model());
    open.add(random.nextInt(open.size()), backend);
    List<Thread> threads = new ArrayList<>();
    threads.add(
        start(
            () -> {
              Thread.sleep(random.nextInt(30));
              for (AutoCloseable one : open) {
                one.close();
                Thread.sleep(random.nextInt(3));
              }
            }));
    for (int i = 0; i < THREADS; i++) {
      int thread = i;
      threads.add(
          start(
              () -> {
                try {
                  for (int task = thread; ; task++) {
                    if (thread < OWN) {
                      readers.get(thread).of(task % TASKS);
                    } else { // opens its own while the others close
                      try (SharedModelTest.Reading reader = shared.reader().get()) {
                        reader.of(task % TASKS);
                      }
                    }
                  }
                } catch (IllegalStateException e) {
                  if (!String.valueOf(e.getMessage()).endsWith("is closed")) {
                    throw new AssertionError(kind, e);
                  }
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  private static Thread start(Work work) {
    return Thread.ofPlatform()
        .start(
            () -> {
              try {
                work.run();
              } catch (Throwable e) {
                System.err.println(e); // the parent test shows it
                Runtime.getRuntime().halt(1);
              }
            });
  }
}
