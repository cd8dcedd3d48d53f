package org.lm4j.task.embed;

import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.data.VectorTable;
import org.lm4j.model.HostCopies;
import org.lm4j.model.InitialWeights;
import org.lm4j.model.Model;
import org.lm4j.model.ModelFiles;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Vocabulary;

/**
 * The skip-gram model of Mikolov et al., "Distributed Representations of Words and Phrases and
 * their Compositionality", 2013: two vectors for each word, {@code input.weight (V, D)} for the
 * word itself, which are what is wanted, and {@code output.weight (V, D)} for it as one that stands
 * near another. What it computes over the pairs of a step is a {@link SoftmaxPairs} or {@link
 * SampledPairs}.
 */
public final class SkipGram implements Model {
  /** Name of the vectors that are wanted. */
  public static final String INPUT = "input.weight";

  /** Name of the vectors of near words. */
  public static final String OUTPUT = "output.weight";

  private static final int SITE_INITIALIZATION = 1 << 16;

  private final Backend backend;
  private final SkipGramConfig config;
  private final Parameters parameters;

  /**
   * A model with all weights zero.
   *
   * @param training whether it is to be trained. Gradients of all weights are kept only where the
   *     objective needs them: a step of negative sampling moves the vectors of its own words alone
   */
  public SkipGram(Backend backend, SkipGramConfig config, boolean training) {
    this.backend = backend;
    this.config = config;
    this.parameters =
        new Parameters.Builder()
            .add(INPUT, config.vocabulary(), config.dimension())
            .add(OUTPUT, config.vocabulary(), config.dimension())
            .allocate(backend, training && !config.draws());
  }

  /**
   * Draws first input vectors, uniform in ±1/(2D) as word2vec begins. Output vectors begin at zero
   * there, and where words are drawn here too; a softmax over all of them begins with small ones.
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
   * The vectors that are wanted, but those of {@code <unk>} and {@code <eos>}, which are no words.
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

  @Override
  public Backend backend() {
    return backend;
  }

  /** Its shape, and what it learns. */
  public SkipGramConfig config() {
    return config;
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  @Override
  public void close() {
    parameters.close();
  }
}
