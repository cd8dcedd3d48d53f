package org.lm4j.task.embed;

import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.data.VectorTable;
import org.lm4j.model.HostCopies;
import org.lm4j.model.InitialWeights;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.Network;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Vocabulary;

/**
 * The skip-gram model of Mikolov et al., "Distributed Representations of Words and Phrases and
 * their Compositionality", 2013: two vectors for each word, {@code input.weight (V, D)} for the
 * word itself, which are the result, and {@code output.weight (V, D)} for the word as a context
 * word. {@link SoftmaxPairs} or {@link SampledPairs} compute over the pairs of a step.
 */
public final class SkipGram extends Network<SkipGramConfig> {
  /** The name of the word vectors, which are the result. */
  public static final String INPUT = "input.weight";

  /** The name of the vectors of context words. */
  public static final String OUTPUT = "output.weight";

  /**
   * Creates a model whose weights are all zero.
   *
   * @param training whether it will be trained. Gradients of all weights are kept only if the
   *     objective needs them: a step of negative sampling updates only the vectors of the words in
   *     it
   */
  public SkipGram(Backend backend, SkipGramConfig config, boolean training) {
    super(backend, config, plan(config), training && !config.draws());
  }

  private static Parameters.Builder plan(SkipGramConfig config) {
    return new Parameters.Builder()
        .add(INPUT, config.vocabulary(), config.dimension())
        .add(OUTPUT, config.vocabulary(), config.dimension());
  }

  /**
   * Initializes the input vectors uniformly in ±1/(2D), as word2vec does. For negative sampling the
   * output vectors are initially zero, as in word2vec; for the full softmax they are small.
   */
  public void initialize(long seed) {
    double half = 0.5 / config.dimension();
    InitialWeights.uniform(backend, parameters.get(INPUT), half, seed, SITE_INITIALIZATION);
    if (!config.draws()) {
      InitialWeights.uniform(backend, parameters.get(OUTPUT), half, seed, SITE_INITIALIZATION + 1);
    }
  }

  /**
   * Opens saved vectors on {@code backend}.
   *
   * @throws InputException if a file is missing, damaged, or contradicts another
   */
  public static SkipGram open(ModelFiles files, Backend backend) {
    SkipGramConfig config = files.config(SkipGramConfig.class);
    return files.fill(backend, on -> new SkipGram(on, config, false));
  }

  /**
   * Returns the word vectors, except those of {@code <unk>} and {@code <eos>}, which are not words.
   */
  public VectorTable vectors(Vocabulary vocabulary) {
    int dimension = config.dimension();
    VectorTable.Builder builder = new VectorTable.Builder(dimension);
    float[] vector = new float[dimension];
    try (HostCopies copies = new HostCopies(backend)) {
      Tensor host = copies.of(parameters.get(INPUT).value());
      for (int id = 0; id < vocabulary.size(); id++) {
        if (id == vocabulary.unknown() || id == vocabulary.endOfSentence()) {
          continue;
        }
        for (int i = 0; i < dimension; i++) {
          vector[i] = (float) host.get((long) id * dimension + i);
        }
        builder.add(vocabulary.token(id), vector);
      }
    }
    return builder.table();
  }
}
