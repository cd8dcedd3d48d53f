package org.lm4j.task.caption;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.data.Features;
import org.lm4j.decode.BeamSearch;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.decode.SentenceSampler;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.sentence.SentenceVocabulary;

/** Generates captions for several images at a time, greedily, by beam search, or by sampling. */
public final class CaptionGenerator {
  private static final int ROWS = 64; // captions written side by side

  private final CaptionerNetwork captioner;
  private final SentenceVocabulary vocabulary;
  private final Features features;

  /**
   * Creates a generator for images with these features, which the caller still owns.
   *
   * @throws org.lm4j.InputException if their form differs from the captioner's
   */
  public CaptionGenerator(
      CaptionerNetwork captioner, SentenceVocabulary vocabulary, Features features) {
    CaptionConfig config = captioner.config();
    features.requireForm(config.image().cells(), config.image().features());
    this.captioner = captioner;
    this.vocabulary = vocabulary;
    this.features = features;
  }

  /**
   * The options of captions.
   *
   * @param beam the beam width; 1 for greedy
   * @param words the maximum number of words
   * @param lengthPower see {@link BeamSearch}
   * @param sampling samples one caption for each image instead of searching; null to search
   * @param seed the seed of the draws
   */
  public record Request(
      int beam, int words, double lengthPower, @Nullable SamplingOptions sampling, long seed) {
    /** Returns the options of greedy search. */
    public static Request greedy(int words) {
      return new Request(1, words, 0, null, 0);
    }
  }

  /**
   * A generated caption.
   *
   * @param words the words without start and end
   * @param logProbability its log probability, including the end if it was reached
   * @param ended whether it reached its end rather than being cut off
   * @param weights the attention weights before each word: one row for each word and one for the
   *     end if it was reached; empty if not requested
   */
  public record Written(
      List<String> words, double logProbability, boolean ended, List<double[]> weights) {
    /** Returns the words with spaces between them. */
    public String text() {
      return String.join(" ", words);
    }
  }

  /**
   * Generates captions.
   *
   * @param images rows of the features
   * @param attention whether to return attention weights
   * @param progress receives the number of images done
   * @return for each image at most as many captions as the beam width, the best first
   */
  public List<List<Written>> write(
      int[] images, Request request, boolean attention, IntConsumer progress) {
    int beam = request.sampling() == null ? request.beam() : 1;
    int together = Math.max(1, Math.min(images.length, ROWS / beam));
    List<List<Written>> all = new ArrayList<>();
    try (Rows search = new Rows(together * beam)) {
      for (int from = 0; from < images.length; from += together) {
        int count = Math.min(together, images.length - from);
        int[] shown = new int[together * beam];
        for (int i = 0; i < shown.length; i++) {
          shown[i] = images[from + Math.min(i / beam, count - 1)];
        }
        search.look(shown);
        List<List<BeamSearch.Found>> found = find(search, request, together, from);
        List<List<double[]>> weights = attention ? seen(search, shown, found, beam) : List.of();
        for (int i = 0; i < count; i++) {
          List<Written> captions = new ArrayList<>();
          for (int k = 0; k < found.get(i).size(); k++) {
            captions.add(
                written(found.get(i).get(k), attention ? weights.get(i * beam + k) : List.of()));
          }
          all.add(captions);
        }
        progress.accept(from + count);
      }
    }
    return List.copyOf(all);
  }

  private static List<List<BeamSearch.Found>> find(
      Rows rows, Request request, int searches, int first) {
    BeamSearch.Options options =
        new BeamSearch.Options(
            request.sampling() == null ? request.beam() : 1,
            request.words(),
            request.lengthPower(),
            SentenceVocabulary.START_ID,
            SentenceVocabulary.END_ID,
            List.of(
                SentenceVocabulary.NULL_ID,
                SentenceVocabulary.START_ID,
                SentenceVocabulary.UNKNOWN_ID));
    SamplingOptions sampling = request.sampling();
    if (sampling == null) {
      return new BeamSearch(options).search(rows.reader.words(), searches);
    }
    return new SentenceSampler(sampling, options)
        .sample(rows.reader.words(), request.seed(), first).stream().map(List::of).toList();
  }

  private Written written(BeamSearch.Found found, List<double[]> weights) {
    return new Written(
        vocabulary.decode(found.ids()), found.logProbability(), found.ended(), weights);
  }

  /** Returns the attention weights before each word by decoding captions again; by row. */
  private List<List<double[]>> seen(
      Rows rows, int[] shown, List<List<BeamSearch.Found>> found, int beam) {
    rows.look(shown);
    int[][] captions = new int[shown.length][]; // start, words, and the end if it was reached
    int longest = 0;
    for (int row = 0; row < shown.length; row++) {
      List<BeamSearch.Found> own = found.get(row / beam);
      captions[row] = row % beam < own.size() ? marked(own.get(row % beam)) : new int[1];
      longest = Math.max(longest, captions[row].length);
    }
    List<List<double[]>> weights = new ArrayList<>();
    for (int row = 0; row < shown.length; row++) {
      weights.add(new ArrayList<>());
    }
    double[] logits = new double[Math.multiplyExact(shown.length, vocabulary.size())];
    int[] tokens = new int[shown.length];
    for (int t = 0; t + 1 < longest; t++) {
      for (int row = 0; row < tokens.length; row++) {
        tokens[row] = t < captions[row].length ? captions[row][t] : SentenceVocabulary.NULL_ID;
      }
      rows.reader.words().read(tokens, logits);
      double[][] now = rows.reader.weights();
      for (int row = 0; row < tokens.length; row++) {
        if (t + 1 < captions[row].length) {
          weights.get(row).add(now[row]);
        }
      }
    }
    return weights;
  }

  private static int[] marked(BeamSearch.Found found) {
    int[] words = found.ids();
    int[] marked = new int[words.length + (found.ended() ? 2 : 1)];
    marked[0] = SentenceVocabulary.START_ID;
    System.arraycopy(words, 0, marked, 1, words.length);
    if (found.ended()) {
      marked[words.length + 1] = SentenceVocabulary.END_ID;
    }
    return marked;
  }

  /** Captions side by side, and the host memory their images pass through. */
  private final class Rows implements AutoCloseable {
    private final CaptionDecoder reader;
    private final HostStorage storage;
    private final Tensor host;

    Rows(int count) {
      Shape shape = Shape.of(count, features.cells() * features.width());
      this.storage = new HostStorage(shape.size() * DType.F32.bytes());
      this.host = new Tensor(storage, 0, shape, DType.F32);
      this.reader = captioner.reader(count);
    }

    void look(int[] images) {
      features.copy(images, host);
      reader.look(host);
    }

    @Override
    public void close() {
      reader.close();
      storage.close();
    }
  }
}
