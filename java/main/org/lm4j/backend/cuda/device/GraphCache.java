package org.lm4j.backend.cuda.device;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.lm4j.backend.cuda.driver.CudaDriver;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.backend.cuda.driver.CudaGraphs;
import org.lm4j.backend.cuda.driver.CudaSettings;
import org.lm4j.backend.cuda.driver.CudaStreams;
import org.lm4j.compute.BackendException;

/**
 * Runs lists of commands, and makes a CUDA graph of one that comes again and again: hundreds of
 * launches then cost the host one. A list runs directly the first two times, in which the libraries
 * load code and choose plans, which they may not do while a graph is captured; the third time it is
 * captured. The graph serves only a list that is equal word for word, and it holds no number that
 * varies, so that it cannot be stale.
 *
 * <p>Where a library does something that cannot be captured, this is said once, and everything runs
 * directly from then on, through new handles of the libraries: slower, and with the same numbers.
 */
final class GraphCache implements AutoCloseable {
  private static final int CAPACITY = 32; // lists remembered
  private static final int DIRECT_RUNS = 2;
  private static final int FEWEST_COMMANDS = 4; // of a list worth a graph

  private final CudaGraphs graphs;
  private final long stream;
  private final CommandPlayer player;
  private final Consumer<RuntimeException> renewal;
  private final CudaStreams streams;
  private final boolean broken; // on purpose
  private boolean enabled;
  private final List<Entry> entries = new ArrayList<>();
  private long clock;

  /** A list that was seen. */
  private static final class Entry {
    final long fingerprint;
    final long[] words;
    int directRuns;
    long executable; // 0 while there is none
    long lastUse;

    Entry(CommandList list, long fingerprint) {
      this.fingerprint = fingerprint;
      this.words = list.copyOfWords();
    }
  }

  /**
   * Creates an empty cache.
   *
   * @param use whether graphs are made at all
   * @param renewal waits for all work and makes the libraries' handles anew, after what it is given
   */
  GraphCache(
      CudaDriver driver,
      long stream,
      CommandPlayer player,
      GraphUse use,
      Consumer<RuntimeException> renewal) {
    this.renewal = renewal;
    this.graphs = driver.graphs();
    this.streams = driver.streams();
    this.stream = stream;
    this.player = player;
    this.enabled = use != GraphUse.OFF;
    this.broken = use == GraphUse.BROKEN;
  }

  /** Issues a list's commands to the stream, in order. */
  void run(CommandList list) {
    if (!enabled || list.commands() < FEWEST_COMMANDS) {
      player.play(list);
      return;
    }
    Entry entry = entryOf(list);
    entry.lastUse = ++clock;
    if (entry.directRuns < DIRECT_RUNS) {
      entry.directRuns++;
      player.play(list);
      return;
    }
    if (entry.executable == 0) {
      try {
        entry.executable = capture(list);
      } catch (CudaException e) {
        doWithout(e);
        playAfter(e, list);
        return;
      }
    }
    graphs.launch(entry.executable, stream);
  }

  private void doWithout(CudaException cause) {
    enabled = false;
    System.getLogger(GraphCache.class.getName())
        .log(
            System.Logger.Level.WARNING,
            "steps are issued call by call, which is slower, since no CUDA graph could be made of"
                + " one: "
                + cause.getMessage());
  }

  /** Runs a list directly whose capture failed: nothing of it has been done. */
  private void playAfter(CudaException failure, CommandList list) {
    try {
      if (graphs.isCapturing(stream)) {
        throw new BackendException("the capture does not end");
      }
      renewal.accept(failure);
      close(); // graphs made before are launched no more
      player.play(list);
    } catch (BackendException e) {
      if (e.deviceLost() || String.valueOf(e.getMessage()).contains(CudaSettings.GRAPHS)) {
        throw e;
      }
      e.addSuppressed(failure);
      throw new BackendException(
          "%s (after a CUDA graph could not be made); %s=off in front of the command makes none"
              .formatted(e.getMessage(), CudaSettings.GRAPHS),
          e);
    }
  }

  private Entry entryOf(CommandList list) {
    long fingerprint = list.fingerprint();
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (entry.fingerprint == fingerprint && list.equalsWords(entry.words)) {
        return entry;
      }
    }
    if (entries.size() == CAPACITY) {
      removeOldest();
    }
    Entry entry = new Entry(list, fingerprint);
    entries.add(entry);
    return entry;
  }

  private void removeOldest() {
    int oldest = 0;
    for (int i = 1; i < entries.size(); i++) {
      if (entries.get(i).lastUse < entries.get(oldest).lastUse) {
        oldest = i;
      }
    }
    destroy(entries.remove(oldest));
  }

  private void destroy(Entry entry) {
    if (entry.executable != 0) {
      graphs.destroyExecutable(entry.executable);
    }
  }

  private long capture(CommandList list) {
    graphs.beginCapture(stream);
    try {
      player.play(list);
      if (broken) {
        streams.synchronize(stream); // which no capture allows
      }
    } catch (RuntimeException e) {
      abandon(e);
      throw e;
    }
    long graph = graphs.endCapture(stream);
    try {
      return graphs.instantiate(graph);
    } finally {
      graphs.destroy(graph);
    }
  }

  /** Ends a failed capture; a second failure would add no information. */
  private void abandon(RuntimeException cause) {
    try {
      graphs.destroy(graphs.endCapture(stream));
    } catch (CudaException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    entries.forEach(this::destroy);
    entries.clear();
  }
}
