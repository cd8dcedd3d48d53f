package org.lm4j.task.seq2seq;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.train.Examples;
import org.lm4j.train.RunSetup;

/**
 * A translator that is to learn.
 *
 * @param config of a new run; one that is continued has its own
 * @param tokens of both sides; the run's own where it is continued
 * @param training what to learn from
 * @param validation what to choose the best weights by, or null
 * @param rows pairs of a step
 */
public record Seq2SeqSetup(
    Seq2SeqConfig config,
    Seq2SeqTokens tokens,
    Seq2SeqData training,
    @Nullable Seq2SeqData validation,
    int rows)
    implements RunSetup<Seq2SeqNetwork> {
  @Override
  public ModelKind kind() {
    return ModelKind.TRANSLATOR;
  }

  @Override
  public void describe(ModelFiles files) {
    tokens.save(files);
    files.saveConfig(config);
  }

  @Override
  public Seq2SeqNetwork create(ModelFiles files, Backend backend) {
    return new Seq2SeqNetwork(backend, files.config(Seq2SeqConfig.class), true);
  }

  @Override
  public void initialize(Seq2SeqNetwork model, long seed) {
    model.initialize(seed);
  }

  @Override
  public Examples examples(Seq2SeqNetwork model, ModelFiles files) {
    return new Seq2SeqExamples(model, training, validation, rows);
  }
}
