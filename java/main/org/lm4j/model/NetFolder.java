package org.lm4j.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.io.Json;
import org.lm4j.io.SafetensorsFile;

/** A {@link TwoLayerNet} on disk: {@code config.json} and {@code model.safetensors}. */
public final class NetFolder {
  private final Path folder;

  /** The folder at that path, whether it exists or not. */
  public NetFolder(Path folder) {
    this.folder = folder;
  }

  /** Where it is. */
  public Path path() {
    return folder;
  }

  /** Writes the configuration. */
  public void saveConfig(NetConfig config) {
    Json.write(folder.resolve(ModelFolder.CONFIG), config);
  }

  /** Writes the weights, the old file staying whole until the new one is complete. */
  public void saveWeights(TwoLayerNet net) {
    ModelFolder.saveWeights(folder.resolve(ModelFolder.WEIGHTS), net.backend(), net.parameters());
  }

  /**
   * Reads the configuration.
   *
   * @throws InputException if there is none or it is not that of a net
   */
  public NetConfig config() {
    Path file = folder.resolve(ModelFolder.CONFIG);
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          folder + " holds no net; make one with: lm net train --model " + folder);
    }
    return Json.read(file, NetConfig.class);
  }

  /**
   * Opens the net on {@code backend}, to compute scores with.
   *
   * @throws InputException if a file is missing, damaged, or contradicts another
   */
  public TwoLayerNet open(Backend backend) {
    NetConfig config = config();
    Path weights = folder.resolve(ModelFolder.WEIGHTS);
    if (!Files.isRegularFile(weights)) {
      throw new InputException(
          "%s is not a complete model folder: it has no %s".formatted(folder, ModelFolder.WEIGHTS));
    }
    TwoLayerNet net = new TwoLayerNet(backend, config, false);
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      List<String> unknown = StateDict.fill(file, weights, net.parameters(), backend);
      if (!unknown.isEmpty()) {
        throw new InputException(
            "%s holds %s, which the configuration knows nothing of"
                .formatted(weights, unknown.getFirst()));
      }
      return net;
    } catch (RuntimeException e) {
      net.close();
      throw e;
    }
  }
}
