package org.lm4j.task.lm.line;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Gatherers;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.BackendException;
import org.lm4j.compute.SoleUse;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.text.EncodedLine;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/**
 * Scores lines, each independently of the others: lines of similar length are computed side by
 * side, and the score of one does not depend on its neighbours: bit by bit on the reference
 * backend, and on a CPU where Java kernels multiply; up to rounding in float32 elsewhere. Positions
 * that only fill a batch are never counted.
 *
 * <p>Memory is bounded by the lines of one call. Used by one thread at a time.
 */
public final class LineScorer implements AutoCloseable {
  private static final int LINES_AHEAD = 2048;
  static final int MOST_LINES = 64; // side by side

  private final SoleUse use = new SoleUse("the scorer of lines");
  private final Engine engine;
  private final Vocabulary vocabulary;
  private final LineScoring options;
  private final int[] prefix; // what is read before each line
  private final int lineEnd;
  private final @Nullable BitSet wordEnds;
  private final boolean begin;
  private int carried = -1; // the last token of the line before, which is still to be read
  private boolean begun;
  private BooleanSupplier over = () -> false;

  /** Predicts the tokens of lines, in the order of the lines. */
  public interface Reader extends AutoCloseable {
    /**
     * Reads the tokens of a line.
     *
     * @param ids at least two tokens
     * @param fresh whether the state is reset before the line
     * @param scored the index of the first token to score, at least 1
     * @param nats receives the surprisal of each token to score, at its index
     * @param predictions receives the logarithms of the probabilities of all tokens at each index
     *     to score; null if they are not wanted
     */
    void read(int[] ids, boolean fresh, int scored, double[] nats, @Nullable Predicted predictions);

    @Override
    void close();
  }

  /** Receives predictions. */
  @FunctionalInterface
  public interface Predicted {
    /**
     * Receives what was predicted in the place of a token.
     *
     * @param index of the token in the line
     * @param logProbabilities {@code V} natural logarithms, valid during the call
     */
    void at(int index, double[] logProbabilities);
  }

  /** Computes the scores of sequences. */
  interface Engine extends AutoCloseable {
    /** Returns whether the sequences come one by one, in the order of the lines. */
    default boolean inOrder() {
      return false;
    }

    /**
     * Fills in the losses of sequences that have at least two tokens, and the predictions if they
     * are wanted. If the state is carried, there is one, which continues the one before.
     */
    void run(List<Sequence> group);

    /**
     * Fills in the losses of those sequences that are better computed all together, if the state is
     * not carried.
     *
     * @return the others, for {@link #run}
     */
    default List<Sequence> together(List<Sequence> all) {
      return all;
    }

    @Override
    void close();
  }

  /**
   * What is read for one line: the tokens in order, of which the first {@code before} are not
   * scored.
   */
  static final class Sequence {
    final int[] ids;
    final int before;
    final double[] nats;
    final LineScore.@Nullable Prediction[] predictions;
    final @Nullable BitSet
        wordEnds; // the tokens that end a word; null where they are not asked for

    Sequence(int[] ids, int before, @Nullable BitSet wordEnds) {
      this.wordEnds = wordEnds;
      this.ids = ids;
      this.before = before;
      this.nats = new double[ids.length];
      this.predictions = new LineScore.Prediction[ids.length];
      Arrays.fill(nats, Double.NaN);
    }

    /** Returns whether the token at an index is one to score: something is read before it. */
    boolean isScored(int index) {
      return index >= Math.max(1, before) && index < ids.length;
    }

    /** Returns the number of steps: every token but the last is an input. */
    int steps() {
      return Math.max(0, ids.length - 1);
    }
  }

  /**
   * Prepares to score lines.
   *
   * @param model whose weights must not change until this is closed
   * @throws InputException if a line end is wanted that the vocabulary lacks, or the context has
   *     text that it lacks and it has no {@code <unk>}
   */
  public LineScorer(LanguageModelNetwork model, Vocabulary vocabulary, LineScoring options) {
    this(() -> new WindowLines(model, options), vocabulary, options);
  }

  private LineScorer(Supplier<Engine> engine, Vocabulary vocabulary, LineScoring options) {
    this.vocabulary = vocabulary;
    this.options = options;
    this.lineEnd = vocabulary.lineEnd();
    this.wordEnds = options.predictions() ? vocabulary.wordEnds() : null;
    Boolean asked = options.begin();
    this.begin = asked == null ? lineEnd >= 0 : asked;
    if (lineEnd < 0 && (begin || options.end())) {
      throw InputException.naming(
          "the model's vocabulary has no line end, which {begin} or {end} newline needs.");
    }
    int[] context = vocabulary.encode(options.context());
    this.prefix = new int[(begin ? 1 : 0) + context.length];
    if (begin) {
      prefix[0] = lineEnd;
    }
    System.arraycopy(context, 0, prefix, prefix.length - context.length, context.length);
    this.engine = engine.get();
  }

  /** Returns a scorer that reads by a cursor, as {@link ScoringModel#lineScorer} describes it. */
  public static LineScorer byCursor(ScoringModel model, LineScoring options) {
    return new LineScorer(() -> new CursorLines(model, options), model.vocabulary(), options);
  }

  /**
   * Returns a scorer that scores the lines in their order, one after the other: for a model that
   * learns from each line once it is scored.
   *
   * @param reader is closed with the scorer
   * @throws InputException if {@code options} need a line end that the vocabulary lacks, or the
   *     context has text that it lacks and it has no {@code <unk>}
   */
  public static LineScorer inOrder(
      Supplier<Reader> reader, Vocabulary vocabulary, LineScoring options) {
    return new LineScorer(() -> new OrderedLines(reader.get(), options), vocabulary, options);
  }

  /** Returns whether the first token of a line has a score: something is read before it. */
  public boolean scoresFirst() {
    return prefix.length > 0;
  }

  /**
   * Ends scoring by an exception once a condition holds, which is asked before each group of lines
   * that are computed side by side.
   */
  public void endWhen(BooleanSupplier condition) {
    over = condition;
  }

  /**
   * Scores some lines.
   *
   * @param lines without line ends
   * @return the scores in the order of the lines
   * @throws BackendException if a score is not a finite number
   * @throws CancellationException if the condition of {@link #endWhen} holds
   */
  public List<LineScore> score(List<String> lines) {
    try (SoleUse.Use _ = use.begin()) {
      List<EncodedLine> encoded = new ArrayList<>(lines.size());
      List<Sequence> sequences = new ArrayList<>(lines.size());
      for (String line : lines) {
        EncodedLine tokens = EncodedLine.of(vocabulary, line);
        encoded.add(tokens);
        sequences.add(sequence(tokens));
      }
      run(sequences);
      List<LineScore> scores = new ArrayList<>(lines.size());
      for (int i = 0; i < lines.size(); i++) {
        scores.add(scoreOf(encoded.get(i), sequences.get(i)));
      }
      return scores;
    }
  }

  /** Fills in the losses of sequences, which are read as they are. */
  void scoreTokens(List<Sequence> sequences) {
    try (SoleUse.Use _ = use.begin()) {
      run(sequences);
    }
  }

  private void run(List<Sequence> sequences) {
    if (options.carry() || engine.inOrder()) {
      sequences.stream()
          .filter(sequence -> sequence.steps() > 0)
          .forEach(sequence -> runGroup(List.of(sequence)));
    } else {
      inGroups(engine.together(sequences));
    }
  }

  private void runGroup(List<Sequence> group) {
    if (over.getAsBoolean()) {
      throw new CancellationException("scoring was ended");
    }
    engine.run(group);
  }

  /** Scores lines as the result is consumed; closing it closes the scorer and {@code lines}. */
  public static Stream<LineScore> stream(LineScorer scorer, Stream<String> lines) {
    return lines
        .sequential()
        .gather(Gatherers.windowFixed(LINES_AHEAD))
        .flatMap(some -> scorer.score(some).stream())
        .onClose(scorer::close);
  }

  private Sequence sequence(EncodedLine line) {
    int[] before = options.carry() && begun ? between() : prefix;
    int[] ids = Arrays.copyOf(before, before.length + line.size() + 1);
    int count = before.length;
    for (int i = 0; i < line.size(); i++) {
      if (line.id(i) >= 0) {
        ids[count++] = line.id(i);
      }
    }
    if (options.end()) {
      ids[count++] = lineEnd;
    }
    begun = true;
    carried = count == 0 ? carried : ids[count - 1];
    return new Sequence(Arrays.copyOf(ids, count), before.length, wordEnds);
  }

  /** Returns what is read between a line and the next, where the state is carried. */
  private int[] between() {
    boolean more = begin && !options.end(); // else the end that was scored is read next
    int[] tokens = new int[(carried < 0 ? 0 : 1) + (more ? 1 : 0)];
    if (carried >= 0) {
      tokens[0] = carried;
    }
    if (more) {
      tokens[tokens.length - 1] = lineEnd;
    }
    return tokens;
  }

  /** Runs sequences of similar length together. */
  private void inGroups(List<Sequence> sequences) {
    List<Sequence> sorted = new ArrayList<>(sequences);
    sorted.sort(Comparator.comparingInt(Sequence::steps));
    List<Sequence> group = new ArrayList<>();
    for (Sequence sequence : sorted) {
      if (sequence.steps() == 0) {
        continue;
      }
      int shortest = group.isEmpty() ? 0 : group.getFirst().steps();
      boolean fits = sequence.steps() <= shortest + Math.max(4, shortest / 4);
      if (!group.isEmpty() && (group.size() == MOST_LINES || !fits)) {
        runGroup(group);
        group.clear();
      }
      group.add(sequence);
    }
    if (!group.isEmpty()) {
      runGroup(group);
    }
  }

  private LineScore scoreOf(EncodedLine line, Sequence sequence) {
    List<LineScore.Token> tokens = new ArrayList<>(line.size() + 1);
    int at = sequence.before;
    for (int i = 0; i < line.size(); i++) {
      int id = line.id(i);
      boolean has = id >= 0;
      tokens.add(
          new LineScore.Token(
              line.text(i),
              id,
              line.start(i),
              line.end(i),
              line.known(i),
              has ? sequence.nats[at] : Double.NaN,
              has ? sequence.predictions[at] : null));
      at += has ? 1 : 0;
    }
    if (options.end()) {
      int end = line.line().length();
      boolean subword = vocabulary.level() == Level.SUBWORD;
      String text = subword ? vocabulary.text(lineEnd) : vocabulary.token(lineEnd);
      tokens.add(
          new LineScore.Token(
              text, lineEnd, end, end, true, sequence.nats[at], sequence.predictions[at]));
    }
    return new LineScore(line.line(), tokens, vocabulary.level() == Level.SUBWORD);
  }

  @Override
  public void close() {
    if (use.end()) {
      engine.close();
    }
  }
}
