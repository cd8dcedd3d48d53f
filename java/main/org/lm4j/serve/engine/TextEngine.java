package org.lm4j.serve.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.text.Vocabulary;

/**
 * Computes texts of any number of threads side by side: one thread takes a token of each running
 * text through the model in one product, again and again. A text that comes joins at the next step,
 * and one that ends leaves its row to another. The numbers of a text do not depend on the others.
 *
 * <p>Requests of several texts take turns, and one has at most as many rows as are left for others,
 * and three times as many places in the queue: however many texts it has, those that come later are
 * not held up.
 *
 * <p>Any thread may submit and cancel texts.
 */
public final class TextEngine implements AutoCloseable {
  private static final long SWEEP_NANOS = 50_000_000;
  private static final int MOST_OF_FREE = 3; // places in the queue of a request for each free one

  private final Vocabulary vocabulary;
  private final Limits limits;
  private final RowReader decoder;
  private final StateCache cache;
  private final Thread thread;
  private final RunningText[] rows;
  private final int[] tokens;
  private final double[][] logits; // of each row, made when first needed
  private final double[] @Nullable [] wanted;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final FairQueue waiting = new FairQueue(); // guarded by lock
  private boolean closing; // guarded by lock
  private boolean forgetting; // guarded by lock
  private volatile EngineFigures figures = new EngineFigures(0, 0, 0, 0, 0, 0, 0);
  private final Map<Object, Integer> rowsOf = new HashMap<>(); // by request; of the thread
  private long swept = System.nanoTime(); // when the queue was last looked through
  private int running; // the first rows; used by the engine's thread
  private Tally tally = new Tally(); // used by the engine's thread

  /**
   * Starts an engine for a model, whose weights must not change until the engine is closed.
   *
   * @param name of the engine's thread
   */
  public TextEngine(LanguageModelNetwork model, Vocabulary vocabulary, Limits limits, String name) {
    this(new NetworkRows(model.batchReader(limits.rows())), vocabulary, limits, name);
  }

  /**
   * Starts an engine for a model of any kind, which reads the texts one after the other at each
   * step, and keeps no states.
   *
   * @param model closed after the engine
   * @param name of the engine's thread
   */
  public TextEngine(ScoringModel model, Limits limits, String name) {
    this(new CursorRows(model, limits.rows()), model.vocabulary(), limits, name);
  }

  private TextEngine(RowReader decoder, Vocabulary vocabulary, Limits limits, String name) {
    this.decoder = decoder;
    this.vocabulary = vocabulary;
    this.limits = limits;
    this.cache = new StateCache(limits.cacheBytes());
    this.rows = new RunningText[limits.rows()];
    this.tokens = new int[limits.rows()];
    this.logits = new double[limits.rows()][];
    this.wanted = new double[limits.rows()][];
    this.thread = Thread.ofPlatform().daemon().name(name).start(this::work);
  }

  /** Returns what the engine has done, and what it is doing. */
  public EngineFigures figures() {
    return figures;
  }

  /** Returns the units of the hidden state that it computes; 0 if the model has none. */
  public int units() {
    return decoder.units();
  }

  /** Returns the number of texts that wait for a row. */
  public int waiting() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  /** Submits the only text of a request: {@link #submit(Object, TextRequest, TextListener)}. */
  public Runnable submit(TextRequest request, TextListener listener) {
    return submit(new Object(), request, listener);
  }

  /**
   * Submits one of the texts of a request.
   *
   * @param owner stands for the request: the same object for all its texts
   * @param listener receives the tokens in the engine's thread
   * @return cancels the text, which then ends before its next token
   * @throws BusyException if too many texts are waiting, or too many of the same request
   * @throws IllegalStateException if the engine is closed
   * @throws IllegalArgumentException if an id of the prompt is not in [0, V)
   */
  public Runnable submit(Object owner, TextRequest request, TextListener listener) {
    for (int id : request.prompt()) {
      if (id < 0 || id >= vocabulary.size()) {
        throw new IllegalArgumentException(
            "token %d is not in [0, %d)".formatted(id, vocabulary.size()));
      }
    }
    RunningText text = new RunningText(owner, request, listener, vocabulary, limits.seconds());
    lock.lock();
    try {
      if (closing) {
        throw new IllegalStateException("the engine is closed");
      }
      int free = limits.queue() - waiting.size();
      if (free <= 0 || waiting.sizeOf(owner) > MOST_OF_FREE * free) {
        throw new BusyException(waiting.size());
      }
      waiting.add(text);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    return text::cancel;
  }

  /**
   * Returns once no text runs or waits, all states are dropped, and the figures are those of an
   * engine that has done nothing.
   */
  public void forget() {
    lock.lock();
    try {
      forgetting = true;
      changed.signalAll();
      while (forgetting && !closing) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private void forgetIfAsked() {
    if (forgetting) {
      cache.clear();
      tally = new Tally();
      figures = tally.figures(running, cache);
      forgetting = false;
      changed.signalAll();
    }
  }

  private void work() {
    try {
      while (admit()) {
        try {
          step();
        } catch (RuntimeException | Error e) { // of the model: no text can go on
          fail(e);
        }
        figures = tally.figures(running, cache);
      }
    } finally {
      decoder.close();
    }
  }

  /** Takes waiting texts into free rows, and waits if there are none; false once all has ended. */
  private boolean admit() {
    List<RunningText> admitted = new ArrayList<>();
    List<RunningText> over = new ArrayList<>();
    lock.lock();
    try {
      while (running == 0 && waiting.isEmpty() && !closing) {
        forgetIfAsked();
        changed.awaitUninterruptibly();
      }
      for (RunningText next = poll(admitted.size()); next != null; next = poll(admitted.size())) {
        admitted.add(next);
        rowsOf.merge(next.owner(), 1, Integer::sum);
      }
      removeOver(over);
    } finally {
      lock.unlock();
    }
    over.forEach(RunningText::finish);
    for (RunningText text : admitted) {
      try {
        begin(text);
      } catch (RuntimeException | Error e) {
        text.fail(asRuntimeException(e));
        text.finish();
      }
      if (running == 0 || rows[running - 1] != text) {
        free(text); // it has ended before its first token
      }
    }
    return running > 0 || !admitted.isEmpty();
  }

  /** Takes a text out of the queue whose request has fewer rows than are free; null if none is. */
  private @Nullable RunningText poll(int admitted) {
    int free = rows.length - running - admitted;
    return free == 0 ? null : waiting.poll(request -> rowsOf.getOrDefault(request, 0) < free);
  }

  private void free(RunningText text) {
    rowsOf.computeIfPresent(text.owner(), (_, count) -> count == 1 ? null : count - 1);
  }

  /** Takes those out of the queue, now and then, that were cancelled or have no time left. */
  private void removeOver(List<RunningText> over) {
    long now = System.nanoTime();
    if (waiting.isEmpty() || now - swept < SWEEP_NANOS) {
      return;
    }
    swept = now;
    waiting.removeIf(RunningText::isOver, over::add);
  }

  private void begin(RunningText text) {
    int row = running;
    if (text.mayBegin()) {
      decoder.clear(row);
      StateCache.Found found =
          text.readsAll() ? null : cache.longest(text.prompt(), text.prompt().length - 1);
      if (found != null) {
        decoder.restore(row, found.state());
        text.skip(found.length());
        tally.reused += found.length();
      }
      rows[running++] = text;
    }
  }

  private void step() {
    for (int row = running - 1; row >= 0; row--) {
      if (rows[row].isOver()) {
        leave(row);
      }
    }
    if (running == 0) {
      return;
    }
    for (int row = 0; row < running; row++) {
      RunningText text = rows[row];
      if (text.isBeforeLastOfPrompt() && text.read() > 0) {
        keep(text.prompt(), text.read(), row);
      }
      tokens[row] = text.next();
      wanted[row] = text.wantsLogits() ? logitsOf(row) : null;
    }
    decoder.read(running, tokens, wanted);
    tally.steps++;
    for (int row = running - 1; row >= 0; row--) {
      advance(row);
    }
  }

  private double[] logitsOf(int row) {
    double[] array = logits[row];
    if (array == null) {
      array = new double[vocabulary.size()];
      logits[row] = array;
    }
    return array;
  }

  private void advance(int row) {
    RunningText text = rows[row];
    tally.read += text.isInPrompt() ? 1 : 0;
    long before = text.generated();
    try {
      if (text.wantsHidden()) {
        double[] hidden = new double[decoder.units()];
        decoder.hidden(row, hidden);
        text.setHidden(hidden);
      }
      text.advance(wanted[row]);
    } catch (RuntimeException e) { // a logit that is not a number, or a listener
      text.fail(e);
    }
    tally.generated += text.generated() - before;
    if (text.isOver()) {
      leave(row);
    }
  }

  private void keep(int[] all, int length, int row) {
    if (limits.cacheBytes() > 0) {
      byte[] state = decoder.state(row);
      if (state != null) {
        cache.keep(all, length, state);
      }
    }
  }

  /** Frees a row: the last running text moves there. */
  private void leave(int row) {
    RunningText text = rows[row];
    if (text.generated() > 1) {
      int[] all = text.tokensRead();
      keep(all, all.length, row);
    }
    text.finish();
    free(text);
    int last = --running;
    if (row != last) {
      decoder.move(last, row);
      rows[row] = rows[last];
    }
    Arrays.fill(rows, last, last + 1, null);
  }

  private void fail(Throwable cause) {
    RuntimeException exception = asRuntimeException(cause);
    for (int row = 0; row < running; row++) {
      rows[row].fail(exception);
      rows[row].finish();
    }
    Arrays.fill(rows, 0, running, null);
    rowsOf.clear();
    running = 0;
  }

  private static RuntimeException asRuntimeException(Throwable cause) {
    return cause instanceof RuntimeException known ? known : new IllegalStateException(cause);
  }

  /** Refuses new texts, and returns once those that run or wait have ended. */
  public void finish() {
    lock.lock();
    try {
      closing = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
        cancelAll();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void cancelAll() {
    lock.lock();
    try {
      waiting.forEach(RunningText::cancel);
    } finally {
      lock.unlock();
    }
    for (RunningText text : rows) {
      if (text != null) {
        text.cancel();
      }
    }
  }

  /** Refuses new texts, cancels all, and returns once they have ended. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    cancelAll();
    finish();
  }
}
