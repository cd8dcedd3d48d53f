package org.lm4j.serve;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.serve.engine.Limits;

/**
 * The models that a server offers, by the names of their folders. When other files are saved into a
 * folder, the model is reloaded: requests that came before finish with the old one.
 */
public final class ServedModels implements AutoCloseable {
  private final Map<String, Source> sources = new LinkedHashMap<>();
  private final Map<String, ServedModel> models = new LinkedHashMap<>(); // guarded by this
  private final Map<String, String> refused = new LinkedHashMap<>(); // versions; guarded by this
  private final Backend backend;
  private final Limits limits;
  private final Consumer<String> log;
  private final Object reloading = new Object();
  private final List<Thread> retiring = new ArrayList<>(); // guarded by reloading
  private final AtomicBoolean asked = new AtomicBoolean(); // to load all models again

  /**
   * Where a model comes from.
   *
   * @param settings file of an adaptation or mixture; null for none
   */
  private record Source(Path folder, @Nullable Path settings) {}

  /**
   * Loads models.
   *
   * @param folders at least one; the first is the default of requests that name none
   * @param backend computes all of them; the caller closes it afterwards
   * @param limits of each model's engine; 0 rows for as many as suit the model
   * @param log receives a line when a model is reloaded, or could not be
   * @throws InputException if a folder holds no model that predicts text, a file is damaged, or two
   *     folders have one name
   */
  public ServedModels(List<Path> folders, Backend backend, Limits limits, Consumer<String> log) {
    this(folders, null, backend, limits, log);
  }

  /**
   * Loads models, and the first of them once more with an adaptation.
   *
   * @param settings file that {@link org.lm4j.task.lm.adapt.Adaptation#save} wrote; the first model
   *     is also served as a mixture or adapting as it says, by its name, a plus and the file's name
   *     without the ending; null for none
   * @param folders at least one; the first is the default of requests that name none
   * @param backend computes all of them; the caller closes it afterwards
   * @param limits of each model's engine; 0 rows for as many as suit the model
   * @param log receives a line when a model is reloaded, or could not be
   * @throws InputException if a folder holds no model that predicts text, a file is damaged, or two
   *     folders have one name
   */
  public ServedModels(
      List<Path> folders,
      @Nullable Path settings,
      Backend backend,
      Limits limits,
      Consumer<String> log) {
    this.backend = backend;
    this.limits = limits;
    this.log = log;
    for (Path folder : folders) {
      add(nameOf(folder), new Source(folder, null));
    }
    if (settings != null) {
      String adapted = nameOf(settings).replaceFirst("\\.json$", "");
      add(nameOf(folders.getFirst()) + "+" + adapted, new Source(folders.getFirst(), settings));
    }
    try {
      sources.forEach((name, source) -> models.put(name, open(name, source)));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private static String nameOf(Path path) {
    Path last = path.toAbsolutePath().normalize().getFileName();
    return last == null ? path.toString() : last.toString(); // the root has no name
  }

  private void add(String name, Source source) {
    if (sources.putIfAbsent(name, source) != null) {
      throw new InputException(
          "two of the folders are called " + name + ", by which requests name a model");
    }
  }

  private ServedModel open(String name, Source source) {
    return new ServedModel(name, source.folder, source.settings, backend, limits);
  }

  /** Returns the names of the models, the default first. */
  public List<String> names() {
    return List.copyOf(sources.keySet());
  }

  /** Makes the engines of all models as if they had computed nothing, once no text runs. */
  void forget() {
    for (ServedModel model : all()) {
      if (model.engine() != null) {
        model.engine().forget();
      }
    }
  }

  /** Returns the current versions of all models. */
  synchronized List<ServedModel> all() {
    return List.copyOf(models.values());
  }

  /**
   * Holds a model open for a request.
   *
   * @param name empty for the default
   * @throws ApiException if there is no such model
   */
  ServedModel.Hold hold(String name) {
    while (true) {
      ServedModel model;
      synchronized (this) {
        model = models.get(name.isEmpty() ? sources.keySet().iterator().next() : name);
      }
      if (model == null) {
        throw ApiException.of(
            404,
            "there is no model '%s'; there %s %s"
                .formatted(
                    name.length() > 100 ? name.substring(0, 100) + "…" : name,
                    sources.size() == 1 ? "is" : "are",
                    String.join(", ", sources.keySet())));
      }
      ServedModel.Hold hold = model.hold();
      if (hold != null) {
        return hold;
      }
    }
  }

  /** Loads the models whose files have changed. */
  public void reload() {
    reload(false);
  }

  /**
   * Loads all models again, also those whose files seem to be the same or could not be loaded
   * before. Returns at once while another call is about to do so.
   */
  public void reloadAll() {
    if (!asked.getAndSet(true)) {
      reload(true);
    }
  }

  private void reload(boolean all) {
    synchronized (reloading) {
      if (all) {
        asked.set(false);
      }
      sources.forEach((name, source) -> reload(name, source, all));
    }
  }

  private void reload(String name, Source source, boolean always) {
    String version = ServedModel.version(source.folder, source.settings);
    ServedModel old;
    synchronized (this) {
      old = models.get(name);
      if (old == null) {
        return; // closed
      }
      boolean known = old.version().equals(version) || version.equals(refused.get(name));
      if (known && !always) {
        return;
      }
    }
    try {
      ServedModel fresh = open(name, source);
      synchronized (this) {
        models.put(name, fresh);
        refused.remove(name);
      }
      log.accept("reloaded %s".formatted(name));
      retiring.removeIf(thread -> !thread.isAlive());
      retiring.add(Thread.ofVirtual().name("lm4j-retire-" + name).start(old::retire));
    } catch (RuntimeException e) {
      synchronized (this) {
        refused.put(name, version);
      }
      log.accept(
          "%s cannot be reloaded, so the version before is still served: %s"
              .formatted(name, e.getMessage()));
    }
  }

  /** Finishes what runs, and closes all models, those that were replaced included. */
  @Override
  public void close() {
    synchronized (reloading) { // no model is opened meanwhile, and none later
      List<ServedModel> last;
      synchronized (this) {
        last = List.copyOf(models.values());
        models.clear();
      }
      last.forEach(ServedModel::retire);
      retiring.forEach(ServedModels::await);
    }
  }

  private static void await(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
