package org.lm4j.serve.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Texts that wait, by the requests that they belong to. Requests take turns, so that one of many
 * texts does not hold up those that came after it. Used under the lock of its owner.
 */
final class FairQueue {
  private final Map<Object, Deque<RunningText>> requests = new LinkedHashMap<>(); // next turn first
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Returns the number of texts of a request. */
  int sizeOf(Object request) {
    Deque<RunningText> texts = requests.get(request);
    return texts == null ? 0 : texts.size();
  }

  /** Adds a text behind those of its request; a new request has its first turn after all others. */
  void add(RunningText text) {
    requests.computeIfAbsent(text.owner(), _ -> new ArrayDeque<>()).add(text);
    size++;
  }

  /** Removes the first text of the next request that may have a turn; null if there is none. */
  @Nullable RunningText poll(Predicate<Object> mayHaveTurn) {
    Object request = requests.keySet().stream().filter(mayHaveTurn).findFirst().orElse(null);
    Deque<RunningText> texts = request == null ? null : requests.remove(request);
    if (request == null || texts == null) {
      return null;
    }
    RunningText first = texts.remove();
    size--;
    if (!texts.isEmpty()) {
      requests.put(request, texts); // behind all others
    }
    return first;
  }

  /** Removes the texts for which a condition holds, and passes them on. */
  void removeIf(Predicate<RunningText> condition, Consumer<RunningText> removed) {
    Iterator<Deque<RunningText>> all = requests.values().iterator();
    while (all.hasNext()) {
      Deque<RunningText> texts = all.next();
      int before = texts.size();
      texts.removeIf(
          text -> {
            boolean holds = condition.test(text);
            if (holds) {
              removed.accept(text);
            }
            return holds;
          });
      size -= before - texts.size();
      if (texts.isEmpty()) {
        all.remove();
      }
    }
  }

  /** Passes on every text. */
  void forEach(Consumer<RunningText> action) {
    requests.values().forEach(texts -> texts.forEach(action));
  }
}
