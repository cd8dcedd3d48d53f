package org.lm4j.cli.options;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.lm4j.compute.Cell;
import org.lm4j.nn.ClassLoss;
import org.lm4j.task.classify.Pooling;
import org.lm4j.task.embed.SkipGramConfig;
import org.lm4j.task.embed.Subsampling;
import org.lm4j.task.lm.OutputConfig;
import org.lm4j.task.lm.size.ModelSize;
import org.lm4j.task.seq2seq.PairTask;
import org.lm4j.text.Level;
import org.lm4j.text.token.Symbols;
import org.lm4j.text.token.TextUnit;
import org.lm4j.train.Recipe;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Options whose value is one of a few names: the parser, the help and shell completion use the same
 * list. Names are read in whatever case.
 */
public final class Choices {
  private Choices() {}

  /** The names of one option. Subclassed with a constructor without arguments for picocli. */
  abstract static class Choice<T> implements ITypeConverter<T>, Iterable<String> {
    private final Map<String, T> values = new LinkedHashMap<>();

    Choice(List<T> values, Function<T, String> name) {
      values.forEach(value -> this.values.put(name.apply(value), value));
    }

    @Override
    public T convert(String name) {
      T value = values.get(name.toLowerCase(Locale.ROOT));
      if (value == null) {
        throw new TypeConversionException(
            "'" + name + "' is none of " + String.join(", ", values.keySet()));
      }
      return value;
    }

    @Override
    public Iterator<String> iterator() {
      return values.keySet().iterator();
    }
  }

  /** Choices whose value is the name itself. */
  abstract static class Name extends Choice<String> {
    Name(String... names) {
      super(List.of(names), Function.identity());
    }

    <T> Name(T[] values, Function<T, String> name) {
      super(Arrays.stream(values).map(name).toList(), Function.identity());
    }
  }

  /** Recurrent cells. */
  public static final class Cells extends Choice<Cell> {
    Cells() {
      super(List.of(Cell.values()), Cell::label);
    }
  }

  /** Labels of recurrent cells. */
  public static final class CellNames extends Name {
    CellNames() {
      super(Cell.values(), Cell::label);
    }
  }

  /** Sizes of language models. */
  public static final class Sizes extends Choice<ModelSize> {
    Sizes() {
      super(List.of(ModelSize.values()), ModelSize::label);
    }
  }

  /** Caches of recent tokens. */
  public static final class Caches extends Name {
    Caches() {
      super("unigram", "neural");
    }
  }

  /** Rules of dynamic evaluation. */
  public static final class DynamicRules extends Name {
    DynamicRules() {
      super("rms", "sgd");
    }
  }

  /** Ways to compute the probabilities of tokens. */
  public static final class Softmaxes extends Choice<OutputConfig.Softmax> {
    Softmaxes() {
      super(List.of(OutputConfig.Softmax.values()), OutputConfig.Softmax::label);
    }
  }

  /** Levels of tokens; that of subwords has the name of the algorithm that learns them. */
  public static final class Levels extends Choice<Level> {
    Levels() {
      super(List.of(Level.values()), level -> level == Level.SUBWORD ? "bpe" : level.label());
    }

    @Override
    public Level convert(String name) {
      return name.equalsIgnoreCase(Level.SUBWORD.label()) ? Level.SUBWORD : super.convert(name);
    }
  }

  /** Units of text. */
  public static final class TextUnits extends Choice<TextUnit> {
    TextUnits() {
      super(List.of(TextUnit.values()), TextUnit::label);
    }
  }

  /** Symbols around lines and documents. */
  public static final class SequenceSymbols extends Choice<Symbols> {
    SequenceSymbols() {
      super(List.of(Symbols.values()), Symbols::label);
    }
  }

  /** Units of an n-gram model. */
  public static final class NgramUnits extends Name {
    NgramUnits() {
      super("line", "stream");
    }
  }

  /** Levels of tokens in lines. */
  public static final class LineLevels extends Name {
    LineLevels() {
      super(Level.CHAR.label(), Level.WORD.label());
    }
  }

  /** What a row of scores is about. */
  public static final class ScoreUnits extends Name {
    ScoreUnits() {
      super("token", "word", "line");
    }
  }

  /** Columns of scores. */
  public static final class ScoreColumns extends Name {
    ScoreColumns() {
      super(
          "line",
          "id",
          "position",
          "text",
          "start",
          "end",
          "surprisal",
          "oov",
          "tokens",
          "rank",
          "entropy",
          "reduction");
    }
  }

  /** Tools whose output can be printed. */
  public static final class ScorePresets extends Name {
    ScorePresets() {
      super("lm-zoo", "sap", "neural-complexity", "kenlm");
    }
  }

  /** Units of information. */
  public static final class InformationUnits extends Name {
    InformationUnits() {
      super("bits", "nats");
    }
  }

  /** Formats of tables. */
  public static final class TableFormats extends Name {
    TableFormats() {
      super("tsv", "csv", "jsonl");
    }
  }

  /** What stands at the ends of a line. */
  public static final class LineEnds extends Name {
    LineEnds() {
      super("newline", "none");
    }
  }

  /** What happens to the state between lines. */
  public static final class LineStates extends Name {
    LineStates() {
      super("reset", "carry");
    }
  }

  /** Which white space belongs to a word. */
  public static final class WordSpaces extends Name {
    WordSpaces() {
      super("leading", "trailing");
    }
  }

  /** Optimizers. */
  static final class Optimizers extends Name {
    Optimizers() {
      super(Recipe.OptimizerChoice.NAMES.split(", ", -1));
    }
  }

  /** Schedules of the learning rate. */
  static final class Schedules extends Name {
    Schedules() {
      super(Recipe.ScheduleChoice.NAMES.split(", ", -1));
    }
  }

  /** Losses of classes. */
  public static final class Losses extends Name {
    Losses() {
      super(ClassLoss.values(), ClassLoss::label);
    }
  }

  /** Poolings of a sequence. */
  public static final class Poolings extends Name {
    Poolings() {
      super(Pooling.values(), Pooling::label);
    }
  }

  /** Objectives of skip-gram. */
  public static final class Objectives extends Name {
    Objectives() {
      super(SkipGramConfig.Objective.values(), SkipGramConfig.Objective::label);
    }
  }

  /** Formulas of subsampling. */
  public static final class Subsamplings extends Name {
    Subsamplings() {
      super(Subsampling.values(), Subsampling::label);
    }
  }

  /** Synthetic tasks of pairs. */
  public static final class Tasks extends Name {
    Tasks() {
      super(PairTask.values(), PairTask::label);
    }
  }
}
