package org.lm4j.decode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Samples sequences token by token, one in each row of a {@link NextTokenLogits}. */
public final class SentenceSampler {
  private final SamplingOptions sampling;
  private final BeamSearch.Options options;

  /**
   * Creates a sampler.
   *
   * @param options the options; beam and length power are ignored
   */
  public SentenceSampler(SamplingOptions sampling, BeamSearch.Options options) {
    this.sampling = sampling;
    this.options = options;
  }

  /**
   * Samples one sequence in each row.
   *
   * @param model a model whose rows have read nothing yet
   * @param seed the seed of the draws
   * @param first the number of the first sequence; each number gets different draws
   * @return the sequences by row, with the probabilities of the model, before any option changes
   *     them
   */
  public List<BeamSearch.Found> sample(NextTokenLogits model, long seed, int first) {
    int rows = model.rows();
    int vocabulary = model.vocabulary();
    List<Sampler> samplers = new ArrayList<>();
    List<RecentTokens> recent = new ArrayList<>();
    List<List<Integer>> written = new ArrayList<>();
    int[] banned = options.banned().stream().mapToInt(Integer::intValue).toArray();
    for (int row = 0; row < rows; row++) {
      samplers.add(Sampler.of(sampling, vocabulary, seed, first + row, banned));
      recent.add(new RecentTokens(options.end()));
      written.add(new ArrayList<>());
    }
    double[] logits = new double[Math.multiplyExact(rows, vocabulary)];
    double[] own = new double[vocabulary];
    double[] penalized = new double[vocabulary];
    double[] logProbability = new double[rows];
    boolean[] ended = new boolean[rows];
    int[] tokens = new int[rows];
    Arrays.fill(tokens, options.start());
    for (int length = 0; length <= options.length() && !all(ended); length++) {
      model.read(tokens, logits);
      for (int row = 0; row < rows; row++) {
        if (ended[row]) {
          continue;
        }
        System.arraycopy(logits, row * vocabulary, own, 0, vocabulary);
        System.arraycopy(own, 0, penalized, 0, vocabulary);
        recent.get(row).penalize(penalized, sampling.repetitionPenalty());
        int token = samplers.get(row).pick(penalized, length);
        if (token != options.end() && length == options.length()) {
          continue;
        }
        logProbability[row] += own[token] - BeamSearch.logSumExp(own, 0, vocabulary);
        ended[row] = token == options.end();
        tokens[row] = token;
        recent.get(row).add(token);
        if (!ended[row]) {
          written.get(row).add(token);
        }
      }
    }
    List<BeamSearch.Found> found = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      double log = logProbability[row];
      found.add(new BeamSearch.Found(List.copyOf(written.get(row)), log, ended[row], log));
    }
    return List.copyOf(found);
  }

  private static boolean all(boolean[] flags) {
    for (boolean flag : flags) {
      if (!flag) {
        return false;
      }
    }
    return true;
  }
}
