package org.lm4j.serve.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.decode.RecentTokens;
import org.lm4j.decode.Sampler;
import org.lm4j.decode.StopText;
import org.lm4j.task.lm.TextPieces;
import org.lm4j.text.Detokenizer;
import org.lm4j.text.Vocabulary;

/**
 * One text of an engine: what it has read, and what it reads next. All but {@link #cancel} is for
 * the engine's thread.
 */
final class RunningText {
  private final Object owner;
  private final TextRequest request;
  private final TextListener listener;
  private final Vocabulary vocabulary;
  private final Detokenizer detokenizer;
  private final StringBuilder complete = new StringBuilder(); // text since the last token
  private final TextPieces pieces = new TextPieces(complete::append);
  private final StopText stop;
  private final RecentTokens recent;
  private final Map<Integer, Integer> counts = new HashMap<>(); // of what was generated
  private final long deadline;
  private volatile boolean cancelled;

  private @Nullable Sampler sampler;
  private int[] tokens; // the prompt, and then what was generated
  private int size; // of the tokens
  private int read; // by the model
  private double[] hidden = {};
  private TextListener.@Nullable Ending ending;
  private @Nullable RuntimeException failure;
  private boolean reported;

  RunningText(
      Object owner,
      TextRequest request,
      TextListener listener,
      Vocabulary vocabulary,
      double seconds) {
    this.owner = owner;
    this.request = request;
    this.listener = listener;
    this.vocabulary = vocabulary;
    this.detokenizer = new Detokenizer(vocabulary);
    this.stop = new StopText(request.stops());
    this.recent = new RecentTokens(vocabulary.lineEnd());
    this.deadline = System.nanoTime() + (long) (seconds * 1e9);
    this.tokens = request.prompt();
    this.size = tokens.length;
  }

  /** Ends the text before its next token. */
  void cancel() {
    cancelled = true;
  }

  /** Returns what stands for the request that the text belongs to. */
  Object owner() {
    return owner;
  }

  int[] prompt() {
    return request.prompt();
  }

  /** Returns whether every token of the prompt must be read, since each is scored. */
  boolean readsAll() {
    return request.scoring().prompt();
  }

  /** Returns the number of tokens that the model has read. */
  int read() {
    return read;
  }

  /** Returns the tokens that the model has read. */
  int[] tokensRead() {
    return Arrays.copyOf(tokens, read);
  }

  /** Returns the number of tokens that were generated. */
  int generated() {
    return size - request.prompt().length;
  }

  /** Begins the text; returns false if it has ended before. */
  boolean mayBegin() {
    if (isOver()) {
      finish();
      return false;
    }
    int[] prompt = request.prompt();
    boolean scored = request.scoring().prompt();
    int unreported = scored ? request.context() : prompt.length;
    for (int i = 0; i < unreported; i++) {
      detokenizer.next(prompt[i]); // at word level a space depends on what is before
    }
    if (scored && unreported == 0) {
      emit(prompt[0], false, detokenizer.next(prompt[0]), "", Double.NaN, List.of());
    }
    return true;
  }

  /** Continues behind a beginning whose state was kept. */
  void skip(int count) {
    read = count;
  }

  /** Returns whether the token that is read next is the last of the prompt. */
  boolean isBeforeLastOfPrompt() {
    return read == request.prompt().length - 1;
  }

  /** Returns the token that is read next. */
  int next() {
    return tokens[read];
  }

  /** Returns whether the logits after the token that is read next are needed. */
  boolean wantsLogits() {
    return read < request.prompt().length - 1 ? readsAll() : request.length() > 0;
  }

  /** Returns whether the hidden state after the token that was just read is needed. */
  boolean wantsHidden() {
    return request.embedding() && isBeforeLastOfPrompt();
  }

  void setHidden(double[] state) {
    hidden = state;
  }

  /** Returns whether the token that is read next belongs to the prompt. */
  boolean isInPrompt() {
    return read < request.prompt().length;
  }

  /**
   * Records that the next token was read: scores the token of the prompt behind it, or picks one.
   *
   * @param logits of the token behind it, if they were wanted
   */
  void advance(double @Nullable [] logits) {
    read++;
    if (read < size) {
      if (logits != null && read >= request.context()) {
        TokenLogits scores = new TokenLogits(logits);
        List<TextToken.Alternative> top = scores.top(request.scoring().top());
        int id = tokens[read];
        emit(id, false, detokenizer.next(id), "", scores.logProbability(id), top);
      }
      return;
    }
    if (logits == null) {
      ending = TextListener.Ending.LENGTH;
      return;
    }
    pick(logits);
  }

  private void pick(double[] logits) {
    Sampler picker = sampler;
    if (picker == null) {
      boolean hasUnknown = vocabulary.unknown() >= 0 && vocabulary.size() > 1;
      int[] banned = hasUnknown ? new int[] {vocabulary.unknown()} : new int[0];
      picker =
          Sampler.of(
              request.sampling(), vocabulary.size(), request.seed(), request.sample(), banned);
      sampler = picker;
      recent.addAll(tokens, size);
      tokens = Arrays.copyOf(tokens, size + Math.min(request.length(), 64));
    }
    int id = picker.pick(penalized(logits), generated());
    recent.add(id);
    if (!request.changes().none()) {
      counts.merge(id, 1, Integer::sum);
    }
    if (size == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * size);
    }
    tokens[size++] = id;
    byte[] bytes = detokenizer.next(id);
    pieces.write(bytes, 0, bytes.length);
    String shown = stop.accept(complete.toString());
    complete.setLength(0);
    if (request.scoring().generated()) {
      TokenLogits scores = new TokenLogits(logits);
      List<TextToken.Alternative> top = scores.top(request.scoring().top());
      emit(id, true, bytes, shown, scores.logProbability(id), top);
    } else {
      emit(id, true, bytes, shown, Double.NaN, List.of());
    }
    if (stop.stopped()) {
      ending = TextListener.Ending.STOP;
    } else if (generated() == request.length()) {
      ending = TextListener.Ending.LENGTH;
    }
  }

  /** Returns the logits to pick by; those of the model, which are reported, stay. */
  private double[] penalized(double[] logits) {
    double penalty = request.sampling().repetitionPenalty();
    LogitChanges changes = request.changes();
    if (penalty == 1 && changes.none()) {
      return logits;
    }
    double[] changed = logits.clone();
    recent.penalize(changed, penalty);
    changes.apply(changed, counts);
    return changed;
  }

  private void emit(
      int id,
      boolean isGenerated,
      byte[] bytes,
      String text,
      double score,
      List<TextToken.Alternative> top) {
    listener.token(new TextToken(id, isGenerated, bytes, text, score, top));
  }

  /** Returns whether nothing is left to compute. */
  boolean isOver() {
    if (ending == null && failure == null) {
      if (cancelled) {
        ending = TextListener.Ending.CANCELLED;
      } else if (System.nanoTime() - deadline > 0) {
        ending = TextListener.Ending.TIME;
      }
    }
    return ending != null || failure != null;
  }

  /** Ends the text by an exception. */
  void fail(RuntimeException exception) {
    failure = exception;
  }

  /** Reports the end to the listener, once. */
  void finish() {
    if (reported) {
      return;
    }
    reported = true;
    if (failure != null) {
      listener.failed(failure);
      return;
    }
    TextListener.Ending how = ending == null ? TextListener.Ending.CANCELLED : ending;
    String rest = "";
    if (how != TextListener.Ending.STOP) {
      pieces.finish();
      rest = stop.accept(complete.toString()) + stop.finish();
    }
    listener.end(how, rest, hidden);
  }
}
