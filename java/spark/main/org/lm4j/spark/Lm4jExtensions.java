package org.lm4j.spark;

import java.io.Serial;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.encoders.ExpressionEncoder;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.ScalaUDF;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import scala.Option;
import scala.Some;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * Makes the functions of {@link Lm4jFunctions} known to every session of an application, so that
 * {@code spark-sql} and PySpark call them by name:
 *
 * <pre>
 *   spark-sql --conf spark.sql.extensions=org.lm4j.spark.Lm4jExtensions \
 *             --conf spark.lm4j.model=models/ptb …
 * </pre>
 *
 * <p>{@code spark.lm4j.model} names the language model, {@code spark.lm4j.classifier} that of
 * {@code lm4j_label} and {@code lm4j_probability}, each a folder of the driver, which is sent to
 * the executors, or a path on every executor. Nothing is read before a function is used; a query
 * uses the model that the folder holds when it is analysed.
 */
public final class Lm4jExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
  static final String MODEL = "spark.lm4j.model";
  static final String CLASSIFIER = "spark.lm4j.classifier";

  /** The models that were used last, by application and path. */
  private static final Map<String, Versioned> MODELS = new ConcurrentHashMap<>();

  /** A model and what its folder on the driver held when it was sent. */
  private record Versioned(String version, SharedModel model) {}

  /** Creates the extension, as Spark does by its name. */
  public Lm4jExtensions() {}

  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    for (TextFunction function : TextFunction.values()) {
      extensions.injectFunction(
          new Tuple3<>(
              FunctionIdentifier.apply(function.label()),
              new ExpressionInfo(
                  Lm4jExtensions.class.getName(),
                  "",
                  function.label(),
                  "_FUNC_(text) - the " + function.words(),
                  "",
                  "",
                  "",
                  "",
                  "",
                  "",
                  "scala_udf"),
              new Builder(function)));
    }
    return BoxedUnit.UNIT;
  }

  /** Makes the call of a function that stands in a query. */
  private static final class Builder extends AbstractFunction1<Seq<Expression>, Expression> {
    private final TextFunction function;

    Builder(TextFunction function) {
      this.function = function;
    }

    @Override
    public Expression apply(Seq<Expression> arguments) {
      if (arguments.size() != 1) {
        throw new InputException(
            "%s takes one text, not %d arguments".formatted(function.label(), arguments.size()));
      }
      return new ScalaUDF(
          new Call(function, model(function.ofClassifier() ? CLASSIFIER : MODEL)),
          function.type(),
          arguments,
          CollectionConverters.asScala(List.<Option<ExpressionEncoder<?>>>of()).toSeq(),
          Option.empty(),
          new Some<>(function.label()),
          true,
          true);
    }

    private SharedModel model(String setting) {
      SparkSession spark = SparkSession.active();
      String path = spark.conf().get(setting, "");
      if (path.isEmpty()) {
        throw new InputException(
            "%s needs a model: set %s to its folder".formatted(function.label(), setting));
      }
      String application = spark.sparkContext().applicationId();
      Path folder = Path.of(path);
      String version = Files.isDirectory(folder) ? ModelVersion.of(folder) : "";
      return MODELS.compute(
              application + " " + path,
              (_, last) ->
                  last != null && last.version.equals(version)
                      ? last
                      : new Versioned(version, SharedModel.of(spark, path)))
          .model;
    }
  }

  /** The function as Spark's expressions call it. */
  private static final class Call extends AbstractFunction1<@Nullable Object, @Nullable Object>
      implements Serializable {
    @Serial private static final long serialVersionUID = 1;

    private final TextFunction function;
    private final SharedModel model;

    Call(TextFunction function, SharedModel model) {
      this.function = function;
      this.model = model;
    }

    @Override
    public @Nullable Object apply(@Nullable Object text) {
      return function.call(model, text);
    }
  }
}
