package org.lm4j.cli.report;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.model.TrainingRecord;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.text.Level;
import org.lm4j.train.Run;

/** What identifies a run on its page, besides what is printed when it begins. */
final class RunFacts {
  private static final int DIGITS = 12; // of a checksum

  private RunFacts() {}

  /**
   * Returns the facts that the folder of a run records, by their labels: data, version, command.
   */
  static Map<String, String> of(Path folder) {
    Map<String, String> facts = new LinkedHashMap<>();
    TrainingRecord record = TrainingRecord.readable(folder);
    if (record != null) {
      List<TrainingRecord.Data> data = record.data();
      if (data != null) {
        facts.put("Data", String.join("; ", data.stream().map(RunFacts::words).toList()));
      }
      facts.put("Version", "lm4j " + record.version());
    }
    facts.put("Folder", folder.toString());
    return facts;
  }

  private static String words(TrainingRecord.Data data) {
    Long bytes = data.bytes();
    String hash = data.sha256();
    return (data.use().equals("training") ? "" : data.use() + " ")
        + (data.name().equals("-") ? "standard input" : data.name())
        + (data.files() == 1 ? "" : String.format(Locale.ROOT, ", %,d files", data.files()))
        + (bytes == null ? "" : String.format(Locale.ROOT, ", %,d bytes", bytes))
        + (hash == null ? "" : ", SHA-256 " + hash.substring(0, DIGITS) + "…");
  }

  /** Returns what a token is if a loss in bits means most: a character or byte; else null. */
  static @Nullable String bits(Run<?> run) {
    if (!(run.model() instanceof LanguageModelNetwork)) {
      return null;
    }
    Level level = LanguageModelConfig.vocabulary(run.files()).level();
    return level == Level.CHAR ? "character" : level == Level.BYTE ? "byte" : null;
  }
}
