package org.lm4j.task.net;

import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.train.Examples;
import org.lm4j.train.RunSetup;

/**
 * A net that is to learn from pictures.
 *
 * @param config of a new run; one that is continued has its own
 */
public record NetSetup(NetConfig config, ImageSplit data) implements RunSetup<TwoLayerNet> {
  @Override
  public ModelKind kind() {
    return ModelKind.NET;
  }

  @Override
  public void describe(ModelFiles files) {
    files.saveConfig(config);
  }

  @Override
  public TwoLayerNet create(ModelFiles files, Backend backend) {
    return new TwoLayerNet(backend, files.config(NetConfig.class), true);
  }

  @Override
  public void initialize(TwoLayerNet model, long seed) {
    model.initialize(seed);
  }

  @Override
  public Examples examples(TwoLayerNet model, ModelFiles files) {
    return new NetExamples(model, data);
  }
}
