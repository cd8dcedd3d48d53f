package org.lm4j.task.seq2seq;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.lm4j.compute.SoleUse;
import org.lm4j.decode.BeamSearch;
import org.lm4j.nn.Workspaces;
import org.lm4j.text.sentence.SentenceVocabulary;

/** Translates several sources side by side, greedily or by beam search. */
public final class Seq2SeqGenerator implements AutoCloseable {
  private static final int ROWS = 64; // written side by side
  private static final int MOST_TOKENS = 1 << 16; // read side by side: memory has an end
  private static final int SPARE = 10; // tokens beyond twice the source

  private final SoleUse use = new SoleUse("the translation generator");
  private final Request request;
  private final int together;
  private final Workspaces<Size, Seq2SeqDecoder> readers;

  /** The size of a workspace: tokens per source, and number of sources. */
  private record Size(int steps, int sources) {}

  /**
   * The options of a translation.
   *
   * @param beam the beam width; 1 for greedy
   * @param length the maximum number of tokens; 0 for twice the source's (rounded up) plus ten
   * @param lengthPower see {@link BeamSearch}
   */
  public record Request(int beam, int length, double lengthPower) {
    /** Greedy search: the most likely token at each step. */
    public static final Request GREEDY = new Request(1, 0, 0);

    private BeamSearch.Options options(int steps) {
      return new BeamSearch.Options(
          beam,
          length > 0 ? length : Math.addExact(Math.multiplyExact(2, steps), SPARE),
          lengthPower,
          SentenceVocabulary.START_ID,
          SentenceVocabulary.END_ID,
          List.of(
              SentenceVocabulary.NULL_ID,
              SentenceVocabulary.START_ID,
              SentenceVocabulary.UNKNOWN_ID));
    }
  }

  /**
   * Creates a generator for a translator, which the caller still owns.
   *
   * @throws org.lm4j.InputException if the request is out of range
   */
  public Seq2SeqGenerator(Seq2SeqNetwork translator, Request request) {
    request.options(1); // refuses what is out of range
    this.request = request;
    this.together = Math.max(1, ROWS / request.beam);
    this.readers =
        new Workspaces<>(
            size -> translator.reader(size.steps, size.sources, request.beam),
            Seq2SeqDecoder::close);
  }

  /**
   * Translates several sources.
   *
   * @param sources the tokens of each, at least one
   * @param progress receives the number done
   * @return for each source at most as many translations as the beam width, the best first; tokens
   *     without start and end
   */
  public List<List<BeamSearch.Found>> translate(int[][] sources, IntConsumer progress) {
    try (SoleUse.Use _ = use.begin()) {
      List<List<BeamSearch.Found>> all = new ArrayList<>();
      for (int i = 0; i < sources.length; i++) {
        all.add(List.of());
      }
      List<Integer> byLength =
          IntStream.range(0, sources.length)
              .boxed()
              .sorted(Comparator.comparingInt(i -> steps(sources[i])))
              .toList();
      for (int from = 0; from < byLength.size(); ) {
        int steps = steps(sources[byLength.get(from)]);
        int most = Math.clamp(MOST_TOKENS / steps / request.beam, 1, together);
        int to = from; // of sources that need the same workspace: neighbours change nothing
        while (to < byLength.size()
            && to - from < most
            && steps(sources[byLength.get(to)]) == steps) {
          to++;
        }
        List<Integer> chosen = byLength.subList(from, to);
        Seq2SeqDecoder reader = reader(steps, chosen.size(), most);
        int[][] read = new int[reader.sources()][];
        for (int i = 0; i < read.length; i++) {
          read[i] = sources[chosen.get(Math.min(i, chosen.size() - 1))];
        }
        use.requireOpen();
        reader.read(read);
        List<List<BeamSearch.Found>> found =
            new BeamSearch(request.options(steps)).search(reader.tokens(), read.length);
        for (int i = 0; i < chosen.size(); i++) {
          all.set(chosen.get(i), found.get(i));
        }
        from = to;
        progress.accept(from);
      }
      return List.copyOf(all);
    }
  }

  private static int steps(int[] source) {
    return Seq2SeqBatch.rounded(source.length);
  }

  /** Returns a decoder for that many sources or slightly more, so that there are few workspaces. */
  private Seq2SeqDecoder reader(int steps, int sources, int most) {
    int room = sources == 1 ? 1 : Math.min(most, Integer.highestOneBit(sources - 1) * 2);
    return readers.of(new Size(steps, room));
  }

  /**
   * Returns the attention weights of a translation, by decoding it again.
   *
   * @param written one translation of that source
   * @return one row for each token and one for the end if it was reached, each with a weight for
   *     each token of the source, which sum to 1
   * @throws IllegalStateException if the translator has no attention
   */
  public double[][] look(int[] source, BeamSearch.Found written) {
    try (SoleUse.Use _ = use.begin()) {
      Seq2SeqDecoder reader = reader(steps(source), 1, 1);
      reader.read(new int[][] {source});
      int rows = written.tokens().size() + (written.ended() ? 1 : 0);
      double[][] weights = new double[rows][source.length];
      int[] tokens = new int[reader.tokens().rows()];
      double[] logits = new double[tokens.length * reader.tokens().vocabulary()];
      for (int t = 0; t < rows; t++) {
        tokens[0] = t == 0 ? SentenceVocabulary.START_ID : written.tokens().get(t - 1);
        reader.tokens().read(tokens, logits);
        System.arraycopy(reader.weights()[0], 0, weights[t], 0, source.length);
      }
      return weights;
    }
  }

  @Override
  public void close() {
    if (use.end()) {
      readers.close();
    }
  }
}
