package org.lm4j.serve.engine;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.BatchDecoder;

/** Takes the tokens of all running texts through a network in one product. */
final class NetworkRows implements RowReader {
  private final BatchDecoder decoder;

  NetworkRows(BatchDecoder decoder) {
    this.decoder = decoder;
  }

  @Override
  public int units() {
    return decoder.units();
  }

  @Override
  public void clear(int row) {
    decoder.clear(row);
  }

  @Override
  public void move(int from, int to) {
    decoder.copy(from, to);
  }

  @Override
  public byte @Nullable [] state(int row) {
    return decoder.state(row);
  }

  @Override
  public void restore(int row, byte[] state) {
    decoder.restore(row, state);
  }

  @Override
  public void hidden(int row, double[] target) {
    decoder.hidden(row, target);
  }

  @Override
  public void read(int count, int[] tokens, double[] @Nullable [] logits) {
    decoder.read(count, tokens, logits);
  }

  @Override
  public void close() {
    decoder.close();
  }
}
