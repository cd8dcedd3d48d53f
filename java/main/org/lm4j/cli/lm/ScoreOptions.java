package org.lm4j.cli.lm;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.lm.ScoreRow.Per;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.score.Preset;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.Segmentation;
import picocli.CommandLine.Option;

/** The options of {@code lm score} on what is read, computed and printed. */
final class ScoreOptions {
  private static final String NEWLINE = "newline";

  @Option(
      names = "--per",
      paramLabel = "UNIT",
      converter = Choices.ScoreUnits.class,
      completionCandidates = Choices.ScoreUnits.class,
      description = {
        "What a row is: token, word or line [{default}]. Words are what white space separates; their"
            + " surprisal is the sum over their tokens."
      })
  private String per = "word";

  @Option(
      names = "--columns",
      paramLabel = "NAME",
      split = ",",
      converter = Choices.ScoreColumns.class,
      completionCandidates = Choices.ScoreColumns.class,
      description = {
        "Columns in this order: line, id, position (from 1), text, start and end (characters of the"
            + " line, from 0), surprisal, oov (how many tokens the vocabulary lacks), tokens (how"
            + " many have a score), rank (1 is the most likely), entropy (of the prediction),"
            + " reduction (by how much entropy falls after the token, at least 0); the last three are"
            + " empty for a word of several tokens [line, id if there"
            + " is one, position, text, surprisal, oov; for lines line, id, text, tokens, surprisal,"
            + " oov]."
      })
  private List<String> columns = new ArrayList<>();

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "Add the K most likely tokens in each place, with their surprisal.")
  private int top;

  @Option(
      names = "--in",
      paramLabel = "UNIT",
      converter = Choices.InformationUnits.class,
      completionCandidates = Choices.InformationUnits.class,
      description = "Unit of surprisal and entropy, named in the header: bits or nats [{default}].")
  private String unit = "bits";

  @Option(
      names = "--format",
      paramLabel = "NAME",
      converter = Choices.TableFormats.class,
      completionCandidates = Choices.TableFormats.class,
      description = {
        "tsv, csv or jsonl [{default}]. In tsv a tab, line end or backslash of the text is escaped as"
            + " in C."
      })
  private String format = "tsv";

  @Option(
      names = "--begin",
      paramLabel = "NAME",
      converter = Choices.LineEnds.class,
      completionCandidates = Choices.LineEnds.class,
      description = {
        "What the model reads before a line: newline (<eos> at word level), after which it met every"
            + " line of its training text, or none, so that the first token has no score [newline,"
            + " if its vocabulary has one; of a model of lines, as in its training]."
      })
  private @Nullable String begin;

  @Option(
      names = "--end",
      paramLabel = "NAME",
      converter = Choices.LineEnds.class,
      completionCandidates = Choices.LineEnds.class,
      description =
          "Whether the line's end is scored as its last token: newline or none [none; of a model of"
              + " lines, as in its training].")
  private @Nullable String end;

  @Option(
      names = "--context",
      paramLabel = "TEXT",
      description = "Text that is read before each line, after --begin, and not scored [none].")
  private String context = "";

  @Option(
      names = "--state",
      paramLabel = "NAME",
      converter = Choices.LineStates.class,
      completionCandidates = Choices.LineStates.class,
      description = {
        "reset: each line begins from a zero state; carry: the lines are one text, whose state is"
            + " carried from line to line, which takes longer [reset; of a model of lines, as in its"
            + " training]."
      })
  private @Nullable String state;

  @Option(
      names = "--space",
      paramLabel = "NAME",
      converter = Choices.WordSpaces.class,
      completionCandidates = Choices.WordSpaces.class,
      description = {
        "With --per word, where white space is tokens: leading counts what stands before a word as"
            + " part of it, trailing what stands after it, the correction by Pimentel & Meister and"
            + " by Oh & Schuler (2024), which divides subwords that begin with a space [leading]."
      })
  private @Nullable String space;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      converter = Choices.ScorePresets.class,
      completionCandidates = Choices.ScorePresets.class,
      description = {
        "Print exactly what another tool prints, for the programs that read it: lm-zoo (per token, in"
            + " bits), sap (per word, in nats and bits, after the columns of the table), "
            + "neural-complexity (per word, in bits; --words --nopp), kenlm (query -v word; log10)."
            + " In place of --per, --columns, --in, --top and --format."
      })
  private @Nullable String preset;

  @Option(
      names = "--csep",
      paramLabel = "TEXT",
      description = "Separator of --preset neural-complexity [a space].")
  private @Nullable String separator;

  Per per() {
    return Per.valueOf(per.toUpperCase(Locale.ROOT));
  }

  /** Returns the tool whose output is wanted, or null. */
  @Nullable Preset preset() {
    return preset == null
        ? null
        : Preset.valueOf(preset.replace('-', '_').toUpperCase(Locale.ROOT));
  }

  /** Returns whether nothing but the line's beginning is read before a line. */
  boolean beginsSentences() {
    return context.isEmpty() && !"carry".equals(state);
  }

  String separator() {
    return separator == null ? " " : unescape(separator);
  }

  LineScore.Space space() {
    return space == null
        ? LineScore.Space.LEADING
        : LineScore.Space.valueOf(space.toUpperCase(Locale.ROOT));
  }

  ScoreTable.Format format() {
    return ScoreTable.Format.valueOf(format.toUpperCase(Locale.ROOT));
  }

  boolean bits() {
    return unit.equals("bits");
  }

  int top() {
    return top;
  }

  /**
   * Returns the columns to print.
   *
   * @param ids whether the lines have ids
   */
  List<ScoreColumn> columns(boolean ids) {
    List<ScoreColumn> wanted = new ArrayList<>();
    if (!columns.isEmpty()) {
      columns.forEach(name -> wanted.add(ScoreColumn.valueOf(name.toUpperCase(Locale.ROOT))));
      return wanted;
    }
    wanted.add(ScoreColumn.LINE);
    if (ids) {
      wanted.add(ScoreColumn.ID);
    }
    if (per() == Per.LINE) {
      wanted.addAll(List.of(ScoreColumn.TEXT, ScoreColumn.TOKENS));
    } else {
      wanted.addAll(List.of(ScoreColumn.POSITION, ScoreColumn.TEXT));
    }
    wanted.addAll(List.of(ScoreColumn.SURPRISAL, ScoreColumn.OOV));
    return wanted;
  }

  /**
   * Checks that rows have the columns, and that each option has an effect on them.
   *
   * @param ids whether the lines have ids
   * @throws InputException if they lack one
   */
  void requireSense(boolean ids) {
    for (ScoreColumn column : columns(ids)) {
      if (column == ScoreColumn.ID && !ids) {
        throw new InputException("the column id needs --id-column.");
      }
      if (!column.fits(per())) {
        throw new InputException(
            "a row per %s has no column %s; it has %s."
                .formatted(per, column.label(), String.join(", ", ScoreColumn.labels(per()))));
      }
    }
    if (space != null && per() != Per.WORD) {
      throw new InputException(
          "--space is for rows per word, and these are per %s; leave it out."
              .formatted(per().name().toLowerCase(Locale.ROOT)));
    }
    if (top > 0 && per() == Per.LINE) {
      throw new InputException("--top needs a row per token or word; leave out --per line.");
    }
  }

  /**
   * Checks that options which a preset decides are not given too.
   *
   * @param given whether an option of this name is given
   * @throws InputException if one is
   */
  void requirePresetAlone(Predicate<String> given) {
    if (preset == null) {
      if (separator != null) {
        throw new InputException("--csep is of --preset neural-complexity.");
      }
      return;
    }
    for (String option : List.of("--per", "--columns", "--in", "--top", "--format")) {
      if (given.test(option)) {
        throw new InputException(
            "--preset %s decides the columns; leave out %s.".formatted(preset, option));
      }
    }
    if (space != null && preset() == Preset.LM_ZOO) {
      throw new InputException("--space is for rows per word, and --preset lm-zoo has tokens.");
    }
    if (separator != null && preset() != Preset.NEURAL_COMPLEXITY) {
      throw new InputException("--csep is of --preset neural-complexity, not of " + preset + ".");
    }
  }

  /**
   * Returns a note if values that are asked for do not exist for words of several tokens; null if
   * all exist. The entropies of a word's tokens do not add up to the entropy of the word, and a
   * rank among tokens is not a rank among words.
   */
  @Nullable String undefined(List<ScoreColumn> wanted, Level level) {
    boolean several = per() == Per.WORD && level != Level.WORD;
    boolean whole = preset() == Preset.NEURAL_COMPLEXITY && level != Level.WORD;
    boolean asked = top > 0 || wanted.stream().anyMatch(ScoreColumn::needsPrediction);
    return whole || (preset == null && several && asked)
        ? ("rank, entropy, its reduction and the most likely tokens are those of one token; at level"
                + " %s a word is several, so they are %s; see --per token")
            .formatted(level.label(), whole ? "nan" : "empty")
        : null;
  }

  /**
   * Returns how the lines are scored.
   *
   * @param trained how the model's text was divided, which decides what is not asked for
   * @throws InputException if words with the space after them are wanted and the tokens do not show
   *     where space is
   */
  LineScoring scoring(List<ScoreColumn> wanted, Segmentation trained, Vocabulary vocabulary) {
    LineScoring scoring = LineScoring.of(trained).withContext(unescape(context));
    if (begin != null) {
      scoring = scoring.withBegin(begin.equals(NEWLINE));
    }
    if (end != null) {
      scoring = scoring.withEnd(end.equals(NEWLINE));
    }
    if (state != null) {
      scoring = scoring.withCarry(state.equals("carry"));
    }
    boolean divides = divides(vocabulary);
    Preset tool = preset();
    if (tool != null) {
      return tool.complete(divides ? scoring.withPredictions(0) : scoring);
    }
    boolean asked = top > 0 || wanted.stream().anyMatch(ScoreColumn::needsPrediction);
    return asked || divides ? scoring.withPredictions(top) : scoring;
  }

  /** Returns whether subwords that bring the space before a word along have to be divided. */
  private boolean divides(Vocabulary vocabulary) {
    if (vocabulary.level() != Level.SUBWORD || space() != LineScore.Space.TRAILING) {
      return false;
    }
    if (vocabulary.wordEnds() == null) {
      throw new InputException(
          "--space trailing needs tokens that begin with the space before a word; those of %s do not."
              .formatted(vocabulary.tokenizer().algorithm()));
    }
    return true;
  }

  private static String unescape(String text) {
    return text.replace("\\n", "\n").replace("\\t", "\t");
  }
}
