package org.lm4j.train;

import org.lm4j.compute.Backend;
import org.lm4j.model.Model;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;

/**
 * What a {@link Run} has to know of one kind of model and its data.
 *
 * @param <M> the model
 */
public interface RunSetup<M extends Model> {
  /** Which kind. */
  ModelKind kind();

  /** Writes configuration and lists of a new model. Not called for a run that is continued. */
  void describe(ModelFiles files);

  /**
   * The model that is described, with all weights zero and with gradients.
   *
   * @throws org.lm4j.InputException if the description is damaged
   */
  M create(ModelFiles files, Backend backend);

  /** Draws first weights. Not called for a run that is continued. */
  void initialize(M model, long seed);

  /**
   * What is to be learned.
   *
   * @throws org.lm4j.InputException if model and data do not go together
   */
  Examples examples(M model, ModelFiles files);
}
