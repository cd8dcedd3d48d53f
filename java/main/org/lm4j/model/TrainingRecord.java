package org.lm4j.model;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.Json;
import org.lm4j.text.source.SourcePrint;
import org.lm4j.text.token.TextCounts;

/**
 * What is known about the training of a model: text, recipe, date, machine and result, for readers
 * of its folder and for its card. Kept in {@code training.json}, which folders of earlier versions
 * lack. Nothing that is computed depends on it. It has names of files, but no paths.
 *
 * @param version of lm4j that trained the model last
 * @param began when training began, in UTC as of ISO 8601; null if it is not known
 * @param command the command that began the training; null if it was a program
 * @param data the files that the model was trained on; null if they are not known
 * @param text the size of a text in tokens; null if it is not known, or the data are not a text
 * @param recipe the resolved values of the recipe, by name; null if they are not known
 * @param place where the model was trained last; null if it is not known
 * @param result how the last run ended; null while none has
 */
public record TrainingRecord(
    String version,
    @Nullable String began,
    @Nullable String command,
    @Nullable List<Data> data,
    @Nullable Text text,
    @Nullable Map<String, @Nullable Object> recipe,
    @Nullable Place place,
    @Nullable Result result) {

  /**
   * A file, a folder of files, or the standard input, as in {@link SourcePrint}.
   *
   * @param use what it is for: {@code training}, {@code validation}, or the name of another part
   */
  public record Data(
      String use, String name, long files, @Nullable Long bytes, @Nullable String sha256) {
    /** Creates the description of a text. */
    public static Data of(String use, SourcePrint print) {
      return new Data(use, print.name(), print.files(), print.bytes(), print.sha256());
    }
  }

  /**
   * The size of a text.
   *
   * @param vocabulary different tokens
   * @param training of the training text
   * @param validation of the targets of the validation text; null if there is none
   */
  public record Text(int vocabulary, Counts training, @Nullable Counts validation) {}

  /** Counts of a part of a text, as in {@link TextCounts}. */
  public record Counts(long tokens, long characters, long bytes, long unknown) {
    /** Returns the counts of a text. */
    public static Counts of(TextCounts counts) {
      return new Counts(counts.tokens(), counts.characters(), counts.bytes(), counts.oov());
    }
  }

  /**
   * Where a model was trained.
   *
   * @param machine the processor and the system
   * @param device the name of the backend
   * @param precision the numbers in which matrices were multiplied
   */
  public record Place(String machine, String device, String precision) {}

  /**
   * How a run ended.
   *
   * @param ended when, in UTC as of ISO 8601
   * @param finished whether it reached its planned end
   * @param steps done, those of earlier runs included
   * @param epochs the passes over the data that these are
   * @param seconds of training, those of earlier runs included
   * @param validationLoss the lowest; null if nothing was validated
   */
  public record Result(
      String ended,
      boolean finished,
      long steps,
      double epochs,
      double seconds,
      @Nullable Double validationLoss) {}

  /** Returns a record in which only the version is known. */
  public static TrainingRecord unknown() {
    return new TrainingRecord(thisVersion(), null, null, null, null, null, null, null);
  }

  /** Returns the record of a training that begins now. */
  public static TrainingRecord begun() {
    return new TrainingRecord(thisVersion(), now(), null, null, null, null, null, null);
  }

  /** Returns a copy with the command that began the training. */
  public TrainingRecord withCommand(String words) {
    return new TrainingRecord(version, began, words, data, text, recipe, place, result);
  }

  /** Returns a copy with the files that the model was trained on, and the size of their text. */
  public TrainingRecord withData(List<Data> files, @Nullable Text size) {
    return new TrainingRecord(
        version, began, command, List.copyOf(files), size, recipe, place, result);
  }

  /** Returns a copy of a training that this version continues on this machine. */
  public TrainingRecord on(Place here, Map<String, @Nullable Object> values) {
    return new TrainingRecord(thisVersion(), began, command, data, text, values, here, result);
  }

  /** Returns a copy without a result, for weights that are saved before a run ends. */
  public TrainingRecord withoutResult() {
    return new TrainingRecord(version, began, command, data, text, recipe, place, null);
  }

  /** Returns a copy with the result. */
  public TrainingRecord ending(Result with) {
    return new TrainingRecord(version, began, command, data, text, recipe, place, with);
  }

  /**
   * Reads the record of a model folder; null if it has none.
   *
   * @throws InputException if it is damaged
   */
  public static @Nullable TrainingRecord read(Path folder) {
    var group = ModelFiles.group(folder);
    return group.exists(ModelFiles.TRAINING)
        ? Json.parse(
            group.read(ModelFiles.TRAINING),
            folder.resolve(ModelFiles.TRAINING).toString(),
            TrainingRecord.class)
        : null;
  }

  /** Reads the record of a model folder; null if it has none, or one that is damaged. */
  public static @Nullable TrainingRecord readable(Path folder) {
    try {
      return read(folder);
    } catch (InputException e) { // for those whose results do not depend on it
      return null;
    }
  }

  /** Returns the fields of a value that is written as a JSON object. */
  public static Map<String, @Nullable Object> fields(Object value) {
    return Json.object(Json.line(value).getBytes(StandardCharsets.UTF_8), "a value");
  }

  /** Returns the time as it is written, to the second. */
  public static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** Returns the version of lm4j; {@code development} if it runs from class files. */
  public static String thisVersion() {
    return Objects.requireNonNullElse(
        TrainingRecord.class.getPackage().getImplementationVersion(), "development");
  }

  /** Returns the name of this machine's processor, the number it has, and the system. */
  public static String thisMachine() {
    return "%s, %d processors, %s %s"
        .formatted(
            processor(),
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("os.arch"));
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("processor of unknown name");
    } catch (IOException | java.io.UncheckedIOException e) {
      return "processor of unknown name"; // a system without this file
    }
  }
}
