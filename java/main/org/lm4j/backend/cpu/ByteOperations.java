package org.lm4j.backend.cpu;

import org.lm4j.InputException;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.backend.cpu.rnn.RnnStep;
import org.lm4j.compute.BatchDecoder;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.Precision;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.TokenModel;

/** The operations of a backend that decodes with weights of one byte, and does not train. */
final class ByteOperations extends CpuOperations {
  private final BytePanels numbers;

  ByteOperations(BytePanels numbers, int threads) {
    super(MatrixEngine.java(), threads);
    this.numbers = numbers;
  }

  @Override
  public String description() {
    return describe(numbers.description());
  }

  @Override
  public double productEpsilon() {
    return Precision.INT8.epsilon();
  }

  /** Returns true, so that every stack comes to the methods below and none is composed. */
  @Override
  public boolean supports(RnnSpec spec) {
    return true;
  }

  @Override
  protected long fastTapeBytes(RnnSpec spec, int steps, int batch, boolean training) {
    throw onlyDecodes();
  }

  @Override
  protected RnnTape fastTape(RnnSpec spec, int steps, int batch, boolean training) {
    throw onlyDecodes();
  }

  private static InputException onlyDecodes() {
    return InputException.naming(
        "{precision} int8 is for text that a language model generates or evaluates token by token:"
            + " use fp32 or bf16 for all else.");
  }

  @Override
  protected BatchDecoder fastBatchReader(TokenModel model, int rows) {
    checkKernels(model);
    return batchDecoder(numbers, model, rows);
  }

  @Override
  protected IncrementalDecoder fastReader(TokenModel model) {
    checkKernels(model);
    return decoder(null, numbers, model);
  }

  private void checkKernels(TokenModel model) {
    checks.tokenReader(model);
    if (!RnnStep.supports(model.spec().cell())) {
      throw InputException.naming(
          "{precision} int8 has no kernels for the cell %s: use fp32 or bf16."
              .formatted(model.spec().cell().label()));
    }
  }
}
