package org.lm4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.compute.BackendException;

/**
 * Runs lists of commands, and makes a CUDA graph of one that comes again and again: hundreds of
 * launches then cost the host one. A list runs directly the first two times, in which the libraries
 * load code and choose plans, which they may not do while a graph is captured; the third time it is
 * captured. The graph serves only a list that is equal word for word, and it holds no number that
 * varies, so that it cannot be stale.
 */
final class GraphCache implements AutoCloseable {
  private static final int CAPACITY = 32; // lists remembered
  private static final int DIRECT_RUNS = 2;
  private static final int FEWEST_COMMANDS = 4; // of a list worth a graph

  private final CudaGraphs graphs;
  private final long stream;
  private final CommandPlayer player;
  private final boolean enabled;
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
   * A cache of nothing yet.
   *
   * @param enabled whether graphs are made at all
   */
  GraphCache(CudaGraphs graphs, long stream, CommandPlayer player, boolean enabled) {
    this.graphs = graphs;
    this.stream = stream;
    this.player = player;
    this.enabled = enabled;
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
      entry.executable = capture(list);
    }
    graphs.launch(entry.executable, stream);
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
    try {
      return captured(list);
    } catch (CudaException e) {
      throw new BackendException(
          "the step could not be made a CUDA graph: %s; %s=off does without"
              .formatted(e.getMessage(), CudaSettings.GRAPHS),
          e);
    }
  }

  private long captured(CommandList list) {
    graphs.beginCapture(stream);
    try {
      player.play(list);
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

  /** Ends a capture that failed; that this fails too adds nothing to what is known. */
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
