package org.lm4j.spark;

import java.io.IOException;
import java.io.Serial;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.model.ModelKind;

/**
 * A model folder that the executors of a Spark application can read: sent to them by the driver, or
 * at a path that all of them see. Immutable; any session of the application may use it.
 */
public final class SharedModel implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  private final String place; // a path, on the driver if the model is sent
  private final @Nullable Broadcast<PackedModel> sent;

  private SharedModel(String place, @Nullable Broadcast<PackedModel> sent) {
    this.place = place;
    this.sent = sent;
  }

  /**
   * Returns a model at a path that every executor sees, such as a shared file system or a folder of
   * the executors' image. The driver does not read it.
   *
   * <p>A task uses the version that the folder holds when the task begins. Where the model may be
   * replaced while a query runs, and all rows must have the same version, use {@link #send}.
   */
  public static SharedModel at(String path) {
    return new SharedModel(path, null);
  }

  /**
   * Sends a model to the executors: its files without those of its training, as a broadcast
   * variable, which each executor writes to its working directory once. Executors that start later
   * get it too. The driver holds the files in memory meanwhile; for models of gigabytes see {@link
   * #at}.
   *
   * @param folder on the driver
   * @throws InputException if the folder holds no model, or a damaged one
   */
  public static SharedModel send(SparkSession spark, Path folder) {
    ModelKind.of(folder); // or throws
    try {
      PackedModel packed = PackedModel.read(folder);
      JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
      return new SharedModel(folder.toString(), context.broadcast(packed));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the model in " + folder, e);
    }
  }

  /**
   * Returns the model at a path: sent to the executors if the driver has such a folder, else at
   * this path on every executor.
   *
   * @throws InputException if the driver has the folder, and it holds no model or a damaged one
   */
  public static SharedModel of(SparkSession spark, String path) {
    Path folder = Path.of(path);
    return Files.isDirectory(folder) ? send(spark, folder) : at(path);
  }

  /**
   * Returns the folder on this machine.
   *
   * @throws InputException if there is none
   */
  Path folder() {
    if (sent != null) {
      return sent.value().folder();
    }
    Path folder = Path.of(place);
    if (!Files.isDirectory(folder)) {
      throw new InputException(
          "there is no model folder %s on %s; a model at a path must be there on every executor"
              .formatted(folder, ExecutorSettings.host()));
    }
    return folder;
  }

  @Override
  public String toString() {
    return place;
  }
}
