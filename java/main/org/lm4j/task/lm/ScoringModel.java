package org.lm4j.task.lm;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.SoleUse;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScorer;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.task.lm.ngram.NgramModel;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.TokenSequence;

/**
 * A model that predicts the next token of a text: a recurrent network, an n-gram model, or a
 * mixture of several. All logarithms are natural: losses, surprisals and log-probabilities are in
 * nats.
 *
 * <p>An implementation needs {@link #vocabulary}, {@link #cursor} and {@link #close}; the rest is
 * computed from a cursor, token by token, unless it overrides that with something faster.
 *
 * <p>Threads: any number of threads may use one model at the same time, and the same call gives the
 * same result, whatever other threads do. What a method returns, a cursor, a scorer of lines, a
 * generator or a stream, has state: it is used by one thread at a time, and each thread asks for
 * another. It must be closed before the model; afterwards it throws {@link IllegalStateException}.
 */
public interface ScoringModel extends AutoCloseable {
  /** Reads one text token by token and predicts the token after those it has read. */
  interface Cursor extends AutoCloseable {
    /** Forgets all tokens, as at the beginning of a text. */
    void reset();

    /**
     * Reads the next token of the text.
     *
     * @param token in {@code [0, V)}
     * @throws IllegalArgumentException if it is not
     */
    void read(int token);

    /**
     * Returns the natural logarithm of the probability that a token follows those read, equal to
     * its entry in {@link #logProbabilities}. What it computes may serve the next calls too, until
     * a token is read.
     *
     * @param token in {@code [0, V)}
     * @return at most 0, up to rounding; negative infinity for what is impossible
     * @throws IllegalArgumentException if the token is not in the range
     * @throws IllegalStateException if nothing has been read since the beginning or a reset
     * @throws org.lm4j.compute.BackendException if it is not a number
     */
    double logProbability(int token);

    /**
     * Writes the natural logarithm of the probability of every token: a distribution, whose
     * probabilities add up to 1.
     *
     * @param target at least {@code V} numbers, of which the first {@code V} are overwritten
     * @throws IllegalArgumentException if there are fewer
     * @throws IllegalStateException if nothing has been read since the beginning or a reset
     * @throws org.lm4j.compute.BackendException if one is not a number
     */
    void logProbabilities(double[] target);

    @Override
    void close();
  }

  /**
   * Opens the model in a folder, of whatever kind it is.
   *
   * @param backend computes a network, and is unused by other kinds; the caller closes it after the
   *     model
   * @throws InputException if the folder holds no model that predicts text, or a file is damaged
   */
  static ScoringModel open(Path folder, Backend backend) {
    ModelKind kind = ModelKind.of(folder);
    return switch (kind) {
      case LANGUAGE_MODEL -> LanguageModel.load(folder, backend);
      case NGRAM -> NgramModel.load(folder);
      default -> throw predictsNothing(folder, kind);
    };
  }

  /**
   * Reads the tokens of the model in a folder, of whatever kind it is, without opening it.
   *
   * @throws InputException if the folder holds no model that predicts text, or a file is damaged
   */
  static Vocabulary vocabulary(Path folder) {
    ModelKind kind = ModelKind.of(folder);
    return switch (kind) {
      case LANGUAGE_MODEL -> LanguageModelConfig.vocabulary(new ModelFiles(folder, kind));
      case NGRAM -> NgramModel.vocabulary(folder);
      default -> throw predictsNothing(folder, kind);
    };
  }

  /**
   * Reads how the text that the model in a folder was trained on was divided, without opening it;
   * see {@link #segmentation()}.
   *
   * @throws InputException if the folder holds no model that predicts text, or a file is damaged
   */
  static Segmentation segmentation(Path folder) {
    ModelKind kind = ModelKind.of(folder);
    return switch (kind) {
      case LANGUAGE_MODEL -> LanguageModelConfig.segmentation(new ModelFiles(folder, kind));
      case NGRAM -> NgramModel.segmentation(folder);
      default -> throw predictsNothing(folder, kind);
    };
  }

  private static InputException predictsNothing(Path folder, ModelKind kind) {
    return new InputException(
        "%s holds %s, which does not predict the next token; give %s, made with: %s"
            .formatted(
                folder,
                kind.words(),
                ModelKind.LANGUAGE_MODEL.words(),
                ModelKind.LANGUAGE_MODEL.maker()));
  }

  /** Returns the {@code V} tokens that the model predicts. */
  Vocabulary vocabulary();

  /**
   * Returns how the text that the model was trained on was divided into sequences, which is the
   * default for what it scores and generates: one stream unless a model says otherwise.
   */
  default Segmentation segmentation() {
    return Segmentation.STREAM;
  }

  /**
   * Returns a cursor at the beginning of a text. At least one token has to be read before it
   * predicts: usually a line end, after which a line begins.
   */
  Cursor cursor();

  /**
   * Scores one stream of tokens: every token after the first is a target once, given all tokens
   * before it.
   *
   * @param tokens at least two
   * @param streams into how many contiguous parts the text may be cut, each scored from its
   *     beginning: faster for a network, and a little worse; with 1 the result is exact. A model
   *     that gains nothing by it ignores the number
   * @param listener receives every target with its loss in nats, in an order that is that of the
   *     text if there is one stream; null for none
   * @param progress null for none
   * @return the sum of the losses, in nats
   */
  default Evaluator.Score score(
      TokenSequence tokens,
      int streams,
      Evaluator.@Nullable TargetListener listener,
      Evaluator.@Nullable ProgressListener progress) {
    return new TokenScores(this::cursor, tokens)
        .score(listener, progress, new SoleUse("the scores"));
  }

  /**
   * Returns a scorer of lines, for callers that have the lines in parts.
   *
   * @throws InputException if {@code options} need a line end that the vocabulary lacks, or the
   *     context has text that it lacks and it has no {@code <unk>}
   */
  default LineScorer lineScorer(LineScoring options) {
    return LineScorer.byCursor(this, options);
  }

  /**
   * Scores lines, each independently of the others unless {@code options} carry the state. The
   * lines are read and the scores computed as the result is consumed, some thousand lines ahead at
   * most, so that memory does not grow with their number.
   *
   * @param lines without line ends
   * @return the scores in the order of the lines; closing it frees memory, and closes {@code lines}
   * @throws InputException if {@code options} need a line end that the vocabulary lacks, or the
   *     context has text that it lacks and it has no {@code <unk>}
   * @throws IllegalStateException if the model is closed
   */
  default Stream<LineScore> score(Stream<String> lines, LineScoring options) {
    return LineScorer.stream(lineScorer(options), lines);
  }

  /** Returns a generator of texts. */
  default Generator generator() {
    return new Generator(Cursors.decoder(cursor(), vocabulary().size()), vocabulary());
  }

  /** Frees the memory of the model. */
  @Override
  void close();
}
