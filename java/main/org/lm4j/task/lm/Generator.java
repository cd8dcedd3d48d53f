package org.lm4j.task.lm;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.SoleUse;
import org.lm4j.decode.RecentTokens;
import org.lm4j.decode.Sampling;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.decode.StopText;
import org.lm4j.decode.TokenSampler;
import org.lm4j.text.Detokenizer;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/**
 * Generates text with a language model: reads the prompt, then repeatedly samples a token and reads
 * it back. Every byte is passed on as soon as it is certain.
 *
 * <p>Each thread needs its own generator: two threads that use one at the same time get a {@link
 * java.util.ConcurrentModificationException}; they may share model and backend. If closed while
 * generating, it throws {@link IllegalStateException} at the next token.
 */
public final class Generator implements AutoCloseable {
  private static final int SITE_FIRST_TOKEN = 1 << 20;

  private final SoleUse use = new SoleUse("the generator");
  private final Vocabulary vocabulary;
  private final IncrementalDecoder next;
  private Detokenizer detokenizer;
  private RecentTokens recent;
  private boolean lineEnded;

  /**
   * Creates a generator for a model, whose weights must not change until this is closed, and its
   * vocabulary.
   */
  public Generator(LanguageModelNetwork model, Vocabulary vocabulary) {
    this(model.tokenReader(), vocabulary);
  }

  /** Creates a generator that reads with a decoder, which it closes. */
  Generator(IncrementalDecoder next, Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.next = next;
    this.detokenizer = new Detokenizer(vocabulary);
    this.recent = new RecentTokens(vocabulary.lineEnd());
  }

  /**
   * A request for a text.
   *
   * @param length the maximum number of tokens to add; {@value #ENDLESS} for no limit
   * @param seed the seed of the draws
   * @param sample the number of the text among several with the same seed
   * @param stops stop strings that end the text and are not output; none empty
   */
  public record Request(
      int length, SamplingOptions options, long seed, int sample, List<String> stops) {
    /** A length without a limit. */
    public static final int ENDLESS = -1;

    /**
     * Checks the stop texts.
     *
     * @throws org.lm4j.InputException if one is empty
     */
    public Request {
      stops = StopText.checked(stops);
    }

    /** Returns the request for one text. */
    static Request of(Sampling sampling) {
      return new Request(
          sampling.length(), sampling.options(), sampling.seed(), 0, sampling.stops());
    }

    /** Returns a copy for a text that also ends at the end of its line or document. */
    public Request ending(GenerationUnit unit) {
      return new Request(length, options, seed, sample, unit.stops(stops));
    }

    private boolean goesBeyond(long tokens) {
      return tokens < length || length == ENDLESS;
    }

    /** Returns a copy of the request for another of several texts. */
    public Request another(int sample) {
      return new Request(length, options, seed, sample, stops);
    }
  }

  /**
   * The result of a request.
   *
   * @param tokens number of tokens sampled, including those of a stop string
   * @param stopped whether a stop string ended the text
   */
  public record Result(long tokens, boolean stopped) {}

  /**
   * Writes one text to {@code sink} in UTF-8 (at byte level: any bytes), without the prompt. Does
   * not keep the text, so memory does not grow with its length.
   *
   * @param prompt ids the text begins with; none for a text from its beginning
   * @throws UncheckedIOException if writing to the sink fails
   * @throws IllegalArgumentException if an id of the prompt is not in [0, V)
   * @throws org.lm4j.compute.BackendException if the model gives a logit that is not a number, or
   *     no token can be sampled
   */
  public Result generate(int[] prompt, Request request, OutputStream sink) {
    return generate(prompt, request, sink, () -> false);
  }

  /**
   * Writes one text, or part of it if {@code cancelled}, which is called before each token, returns
   * true. The text generated until then is complete in {@code sink}.
   */
  public Result generate(
      int[] prompt, Request request, OutputStream sink, BooleanSupplier cancelled) {
    try (SoleUse.Use _ = use.begin()) {
      reset();
      if (prompt.length == 0) {
        int first = beforeTheFirst(vocabulary, request.seed(), request.sample());
        next.read(first);
        recent.add(first);
      }
      read(prompt);
      return generate(request, sink, cancelled);
    }
  }

  /**
   * Continues the last text: reads {@code added} after all tokens that were read or generated,
   * those of a stop string included, and writes what follows as {@link #generate(int[], Request,
   * OutputStream)} does. Positions of draws count from 0 again: give each part another {@linkplain
   * Request#another sample} number.
   *
   * @param added ids behind the text so far; the text must not be empty
   */
  public Result resume(int[] added, Request request, OutputStream sink) {
    try (SoleUse.Use _ = use.begin()) {
      read(added);
      return generate(request, sink, () -> false);
    }
  }

  private void reset() {
    next.reset();
    detokenizer = new Detokenizer(vocabulary);
    recent = new RecentTokens(vocabulary.lineEnd());
    lineEnded = false;
  }

  private void read(int[] ids) {
    for (int id : ids) {
      next.read(id);
      recent.add(id);
      lineEnded = endsLine(detokenizer.next(id));
    }
  }

  private static boolean endsLine(byte[] piece) {
    return piece.length > 0 && piece[piece.length - 1] == '\n';
  }

  private Result generate(Request request, OutputStream sink, BooleanSupplier cancelled) {
    TokenSampler picker =
        TokenSampler.of(
            next, request.options(), recent, request.seed(), request.sample(), banned());
    StopText stop = new StopText(request.stops().stream().map(Generator::asBytes).toList());
    long tokens = 0;
    while (request.goesBeyond(tokens) && !stop.stopped() && !cancelled.getAsBoolean()) {
      int id = picker.pick(tokens++);
      byte[] piece = detokenizer.next(id);
      lineEnded = endsLine(piece);
      emit(stop.accept(new String(piece, StandardCharsets.ISO_8859_1)), sink);
      next.read(id);
      recent.add(id);
    }
    boolean stopped = stop.stopped();
    emit(stop.finish(), sink);
    return new Result(tokens, stopped);
  }

  /** Returns whether the last text, the prompt included, ends with a line end. */
  public boolean isAtLineEnd() {
    return lineEnded;
  }

  /** Returns the level of the tokens. */
  public Level level() {
    return vocabulary.level();
  }

  /**
   * Returns the token that is read where a text has no prompt: a line end if the vocabulary has
   * one, else one that is drawn.
   *
   * @param seed the seed of the draw
   * @param sample the number of the text among several with the same seed
   */
  public static int beforeTheFirst(Vocabulary vocabulary, long seed, int sample) {
    if (vocabulary.lineEnd() >= 0) {
      return vocabulary.lineEnd();
    }
    RandomKey key = new RandomKey(seed, sample);
    return (int) (Philox.uniform(key, SITE_FIRST_TOKEN, 0) * vocabulary.size());
  }

  private int[] banned() {
    boolean hasUnknown = vocabulary.unknown() >= 0 && vocabulary.size() > 1;
    return hasUnknown ? new int[] {vocabulary.unknown()} : new int[0];
  }

  /** Returns a stop text as bytes, so that it also ends a text of raw bytes. */
  private static String asBytes(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static void emit(String latin, OutputStream sink) {
    if (latin.isEmpty()) {
      return;
    }
    try {
      sink.write(latin.getBytes(StandardCharsets.ISO_8859_1));
      sink.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    next.close();
  }
}
