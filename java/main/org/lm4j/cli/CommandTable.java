package org.lm4j.cli;

import static org.lm4j.cli.CommandGroup.row;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.caption.CaptionEvalCommand;
import org.lm4j.cli.caption.CaptionGenerateCommand;
import org.lm4j.cli.caption.CaptionTrainCommand;
import org.lm4j.cli.classify.ClassifyEvalCommand;
import org.lm4j.cli.classify.ClassifyPredictCommand;
import org.lm4j.cli.classify.ClassifyTrainCommand;
import org.lm4j.cli.compare.CompareCommand;
import org.lm4j.cli.compare.PairsCommand;
import org.lm4j.cli.embed.EmbedAnalogyCommand;
import org.lm4j.cli.embed.EmbedExportCommand;
import org.lm4j.cli.embed.EmbedNearestCommand;
import org.lm4j.cli.embed.EmbedTrainCommand;
import org.lm4j.cli.inspect.InspectCommand;
import org.lm4j.cli.lm.EvalCommand;
import org.lm4j.cli.lm.ExportCommand;
import org.lm4j.cli.lm.GenerateCommand;
import org.lm4j.cli.lm.ImportCommand;
import org.lm4j.cli.lm.ScoreCommand;
import org.lm4j.cli.lm.TrainCommand;
import org.lm4j.cli.net.NetEvalCommand;
import org.lm4j.cli.net.NetTrainCommand;
import org.lm4j.cli.net.NetTuneCommand;
import org.lm4j.cli.ngram.NgramEvalCommand;
import org.lm4j.cli.ngram.NgramExportCommand;
import org.lm4j.cli.ngram.NgramImportCommand;
import org.lm4j.cli.ngram.NgramTrainCommand;
import org.lm4j.cli.plot.PlotCommand;
import org.lm4j.cli.seq2seq.Seq2SeqEvalCommand;
import org.lm4j.cli.seq2seq.Seq2SeqTasksCommand;
import org.lm4j.cli.seq2seq.Seq2SeqTrainCommand;
import org.lm4j.cli.seq2seq.Seq2SeqTranslateCommand;
import org.lm4j.cli.serve.ServeCommand;
import org.lm4j.cli.tag.TagEvalCommand;
import org.lm4j.cli.tag.TagTagCommand;
import org.lm4j.cli.tag.TagTrainCommand;
import org.lm4j.cli.vqa.VqaAskCommand;
import org.lm4j.cli.vqa.VqaEvalCommand;
import org.lm4j.cli.vqa.VqaTrainCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** The commands in the order of the help. */
final class CommandTable {
  static final List<String> NAMES =
      List.of(
          "train",
          "eval",
          "score",
          "pairs",
          "compare",
          "generate",
          "serve",
          "ngram",
          "net",
          "caption",
          "scenes",
          "vqa",
          "tag",
          "classify",
          "embed",
          "seq2seq",
          "info",
          "inspect",
          "plot",
          "import",
          "export",
          "verify",
          "doctor",
          "completion",
          "man",
          "help");

  private CommandTable() {}

  /** Adds to the program the commands that a call needs, with what is below them. */
  static void add(CommandLine program, Needed needed) {
    for (String name : NAMES) {
      if (needed.atAll(name)) {
        CommandLine line = needed.withOptions(name) ? line(command(name), needed) : listed(name);
        program.addSubcommand(name, line);
      }
    }
  }

  private static CommandLine line(Object command, Needed needed) {
    // Wrapped by hand: below objects that picocli wraps itself, no model transformer is applied.
    CommandLine line = new CommandLine(command);
    if (command instanceof CommandGroup group) {
      group.fill(line, needed);
    }
    return line;
  }

  /** Returns a command without its options, for a list of commands. */
  static CommandLine listed(Class<?> type) {
    Command given = Objects.requireNonNull(type.getAnnotation(Command.class));
    return listed(given.hidden(), given.description());
  }

  private static CommandLine listed(String name) {
    Class<?> type = type(name);
    return type == null ? listed(false, description(name)) : listed(type);
  }

  private static CommandLine listed(boolean hidden, String... description) {
    CommandSpec spec = CommandSpec.create();
    spec.usageMessage().hidden(hidden).description(description);
    return new CommandLine(spec);
  }

  /** Returns a command by its name. A switch, since a map of constructors takes longer to make. */
  private static Object command(String name) {
    return switch (name) {
      case "train" -> new TrainCommand();
      case "eval" -> new EvalCommand();
      case "score" -> new ScoreCommand();
      case "pairs" -> new PairsCommand();
      case "compare" -> new CompareCommand();
      case "generate" -> new GenerateCommand();
      case "serve" -> new ServeCommand();
      case "net" ->
          new CommandGroup(
              description(name),
              row("train", NetTrainCommand.class, NetTrainCommand::new),
              row("tune", NetTuneCommand.class, NetTuneCommand::new),
              row("eval", NetEvalCommand.class, NetEvalCommand::new));
      case "caption" ->
          new CommandGroup(
              description(name),
              row("train", CaptionTrainCommand.class, CaptionTrainCommand::new),
              row("generate", CaptionGenerateCommand.class, CaptionGenerateCommand::new),
              row("eval", CaptionEvalCommand.class, CaptionEvalCommand::new));
      case "scenes" -> new ScenesCommand();
      case "vqa" ->
          new CommandGroup(
              description(name),
              row("train", VqaTrainCommand.class, VqaTrainCommand::new),
              row("ask", VqaAskCommand.class, VqaAskCommand::new),
              row("eval", VqaEvalCommand.class, VqaEvalCommand::new));
      case "tag" ->
          new CommandGroup(
              description(name),
              row("train", TagTrainCommand.class, TagTrainCommand::new),
              row("tag", TagTagCommand.class, TagTagCommand::new),
              row("eval", TagEvalCommand.class, TagEvalCommand::new));
      case "classify" ->
          new CommandGroup(
              description(name),
              row("train", ClassifyTrainCommand.class, ClassifyTrainCommand::new),
              row("predict", ClassifyPredictCommand.class, ClassifyPredictCommand::new),
              row("eval", ClassifyEvalCommand.class, ClassifyEvalCommand::new));
      case "embed" ->
          new CommandGroup(
              description(name),
              row("train", EmbedTrainCommand.class, EmbedTrainCommand::new),
              row("nearest", EmbedNearestCommand.class, EmbedNearestCommand::new),
              row("analogy", EmbedAnalogyCommand.class, EmbedAnalogyCommand::new),
              row("export", EmbedExportCommand.class, EmbedExportCommand::new));
      case "ngram" ->
          new CommandGroup(
              description(name),
              row("train", NgramTrainCommand.class, NgramTrainCommand::new),
              row("eval", NgramEvalCommand.class, NgramEvalCommand::new),
              row("import", NgramImportCommand.class, NgramImportCommand::new),
              row("export", NgramExportCommand.class, NgramExportCommand::new));
      case "seq2seq" ->
          new CommandGroup(
              description(name),
              row("train", Seq2SeqTrainCommand.class, Seq2SeqTrainCommand::new),
              row("translate", Seq2SeqTranslateCommand.class, Seq2SeqTranslateCommand::new),
              row("eval", Seq2SeqEvalCommand.class, Seq2SeqEvalCommand::new),
              row("tasks", Seq2SeqTasksCommand.class, Seq2SeqTasksCommand::new));
      case "info" -> new InfoCommand();
      case "inspect" -> new InspectCommand();
      case "plot" -> new PlotCommand();
      case "import" -> new ImportCommand();
      case "export" -> new ExportCommand();
      case "verify" -> new VerifyCommand();
      case "doctor" -> new DoctorCommand();
      case "completion" -> new CompletionCommand();
      case "man" -> new ManCommand();
      case "help" -> new HelpCommand();
      default -> throw new IllegalArgumentException("there is no command " + name);
    };
  }

  /** Returns the description of a group of commands. */
  private static String[] description(String group) {
    return switch (group) {
      case "ngram" ->
          new String[] {
            "Train and evaluate n-gram models, smoothed by interpolated modified Kneser-Ney; read and"
                + " write ARPA files.",
            "lm score, eval, compare, pairs, generate and serve take the folder of an n-gram "
                + "model like any other."
          };
      case "net" ->
          new String[] {
            "Train, tune and evaluate a classifier of pictures: affine, ReLU, dropout, affine,"
                + " with softmax or SVM loss."
          };
      case "caption" ->
          new String[] {
            "Describe images: a recurrent decoder that attends to the cells of an image before"
                + " each word.",
            "Images come as features, made by a vision model or by 'lm scenes'."
          };
      case "vqa" ->
          new String[] {
            "Answer questions about images: a recurrent network reads the question, attention"
                + " looks at the image several times."
          };
      case "tag" ->
          new String[] {
            "Tag words with parts of speech, phrases or names: train a tagger, apply it,"
                + " evaluate it."
          };
      case "classify" ->
          new String[] {
            "Classify texts, such as reviews by sentiment: train a classifier, apply it,"
                + " evaluate it."
          };
      case "embed" ->
          new String[] {
            "Learn word vectors by skip-gram, as word2vec does; find the nearest words; export"
                + " the vectors for other programs."
          };
      case "seq2seq" ->
          new String[] {
            "Translate lines by an encoder and a decoder with attention, trained on pairs."
          };
      default -> throw new IllegalArgumentException("unknown group " + group);
    };
  }

  /** Returns the class of a command by its name; null for a group of commands. */
  private static @Nullable Class<?> type(String name) {
    return switch (name) {
      case "train" -> TrainCommand.class;
      case "eval" -> EvalCommand.class;
      case "score" -> ScoreCommand.class;
      case "pairs" -> PairsCommand.class;
      case "compare" -> CompareCommand.class;
      case "generate" -> GenerateCommand.class;
      case "serve" -> ServeCommand.class;
      case "scenes" -> ScenesCommand.class;
      case "info" -> InfoCommand.class;
      case "inspect" -> InspectCommand.class;
      case "plot" -> PlotCommand.class;
      case "import" -> ImportCommand.class;
      case "export" -> ExportCommand.class;
      case "verify" -> VerifyCommand.class;
      case "doctor" -> DoctorCommand.class;
      case "completion" -> CompletionCommand.class;
      case "man" -> ManCommand.class;
      case "help" -> HelpCommand.class;
      default -> null;
    };
  }
}
