package org.lm4j.task.net;

import java.util.HashMap;
import java.util.Map;
import org.lm4j.InputException;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** Loads pictures into batches of a net. Owns the host memory for the transfer. */
final class ImageLoader implements AutoCloseable {
  private final TwoLayerNet net;
  private final LabelledImages images;
  private final Map<Integer, Tensor> hosts = new HashMap<>(); // by number of pictures

  /**
   * Creates a loader for these pictures.
   *
   * @throws InputException if their form differs from the net's input
   */
  ImageLoader(TwoLayerNet net, LabelledImages images) {
    NetConfig config = net.config();
    ImageFormat form = images.form();
    if (form.channels() != config.form().channels()
        || form.height() != config.form().height()
        || form.width() != config.form().width()) {
      throw new InputException(
          ("the pictures in %s are %d x %d x %d (channels, height, width), but the net reads"
                  + " %d x %d x %d")
              .formatted(
                  images.source(),
                  form.channels(),
                  form.height(),
                  form.width(),
                  config.form().channels(),
                  config.form().height(),
                  config.form().width()));
    }
    if (images.classes().size() != config.classes()) {
      throw new InputException(
          "the pictures in %s are of %d classes, but the net knows %d"
              .formatted(images.source(), images.classes().size(), config.classes()));
    }
    this.net = net;
    this.images = images;
  }

  /** Fills {@code batch} with these pictures. */
  void load(int[] pictures, TwoLayerNet.Batch batch) {
    Tensor host =
        hosts.computeIfAbsent(
            pictures.length,
            count -> {
              Shape shape = Shape.of(count, net.config().inputs());
              return new Tensor(
                  new HostStorage(shape.size() * net.backend().dtype().bytes()),
                  0,
                  shape,
                  net.backend().dtype());
            });
    images.copyPixels(pictures, host);
    int[] labels = new int[pictures.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = images.label(pictures[i]);
    }
    batch.load(host, labels);
  }

  @Override
  public void close() {
    hosts.values().forEach(host -> host.storage().close());
  }
}
