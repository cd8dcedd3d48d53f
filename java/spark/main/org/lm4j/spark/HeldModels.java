package org.lm4j.spark;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;

/**
 * The models of this process: those that tasks use, and a few that no task uses, but none of an
 * earlier version of a folder, of other settings, or of an application that has ended.
 */
final class HeldModels {
  private static final int MOST_IDLE = 4;
  private static final String DRIVER = "driver"; // in place of the number of an executor

  /** In the order of their last use; guarded by itself. */
  private static final Map<Key, Held> HELD = new LinkedHashMap<>(16, 0.75f, true);

  private static @Nullable SparkContext watched; // guarded by HELD

  private HeldModels() {}

  /**
   * What a model is known by.
   *
   * @param version see {@link ModelVersion}
   */
  private record Key(Path folder, String version, ExecutorSettings settings) {
    /** Returns whether a task that wants this one shows that another is needed no more. */
    boolean replaces(Key other) {
      return !equals(other) && (folder.equals(other.folder) || !settings.equals(other.settings));
    }
  }

  /** A model and how many use it. */
  private static final class Held {
    final ExecutorModel model;
    int users;
    boolean outdated;

    Held(Key key) {
      this.model = new ExecutorModel(key.folder(), key.settings());
    }

    boolean isIdle() {
      return users == 0;
    }
  }

  /** A task's right to use a model, until it is closed. */
  static final class Lease implements AutoCloseable {
    private final Held held;
    private boolean closed;

    private Lease(Held held) {
      this.held = held;
    }

    ExecutorModel model() {
      return held.model;
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        giveBack(held);
      }
    }
  }

  /**
   * Takes a model as its folder holds it now; it is loaded when first needed.
   *
   * @throws InputException if this process does not see its folder, or a setting is wrong
   */
  static Lease take(SharedModel shared) {
    watchApplication();
    return take(shared, ExecutorSettings.here());
  }

  static Lease take(SharedModel shared, ExecutorSettings settings) {
    Path folder = shared.folder().toAbsolutePath().normalize();
    Key key = new Key(folder, ModelVersion.of(folder), settings);
    List<ExecutorModel> dropped;
    Held held;
    synchronized (HELD) {
      held = HELD.computeIfAbsent(key, Held::new);
      held.users++;
      held.outdated = false;
      HELD.forEach((other, old) -> old.outdated |= key.replaces(other));
      dropped = removed(old -> old.isIdle() && old.outdated);
    }
    dropped.forEach(ExecutorModel::close);
    return new Lease(held);
  }

  private static void giveBack(Held held) {
    List<ExecutorModel> dropped;
    synchronized (HELD) {
      held.users--;
      dropped = removed(old -> old.isIdle() && old.outdated);
      List<Held> idle = HELD.values().stream().filter(Held::isIdle).toList();
      List<Held> oldest = idle.subList(0, Math.max(0, idle.size() - MOST_IDLE));
      dropped.addAll(removed(oldest::contains));
    }
    dropped.forEach(ExecutorModel::close);
  }

  /** Closes the models that no task uses, and others once their tasks have ended. */
  static void closeAll() {
    List<ExecutorModel> dropped;
    synchronized (HELD) {
      HELD.values().forEach(held -> held.outdated = true);
      dropped = removed(Held::isIdle);
    }
    dropped.forEach(ExecutorModel::close);
  }

  private static List<ExecutorModel> removed(Predicate<Held> which) {
    List<ExecutorModel> dropped = new ArrayList<>();
    for (Iterator<Held> all = HELD.values().iterator(); all.hasNext(); ) {
      Held held = all.next();
      if (which.test(held)) {
        all.remove();
        dropped.add(held.model);
      }
    }
    return dropped;
  }

  /** Returns how many models this process holds. */
  static int count() {
    synchronized (HELD) {
      return HELD.size();
    }
  }

  /**
   * Closes the models of a driver when its application ends. An executor is a process that ends
   * then.
   */
  private static void watchApplication() {
    SparkEnv env = SparkEnv.get();
    if (env == null || !DRIVER.equals(env.executorId())) {
      return;
    }
    var session = SparkSession.getDefaultSession();
    if (session.isEmpty()) {
      return;
    }
    SparkContext context = session.get().sparkContext();
    synchronized (HELD) {
      if (context.equals(watched)) {
        return;
      }
      watched = context;
    }
    context.addSparkListener(
        new SparkListener() {
          @Override
          public void onApplicationEnd(SparkListenerApplicationEnd end) {
            closeAll();
          }
        });
  }
}
