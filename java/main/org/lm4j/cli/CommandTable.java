package org.lm4j.cli;

import static org.lm4j.cli.CommandGroup.row;

import java.util.List;
import org.lm4j.cli.caption.CaptionEvalCommand;
import org.lm4j.cli.caption.CaptionGenerateCommand;
import org.lm4j.cli.caption.CaptionTrainCommand;
import org.lm4j.cli.classify.ClassifyEvalCommand;
import org.lm4j.cli.classify.ClassifyPredictCommand;
import org.lm4j.cli.classify.ClassifyTrainCommand;
import org.lm4j.cli.embed.EmbedAnalogyCommand;
import org.lm4j.cli.embed.EmbedExportCommand;
import org.lm4j.cli.embed.EmbedNearestCommand;
import org.lm4j.cli.embed.EmbedTrainCommand;
import org.lm4j.cli.inspect.InspectCommand;
import org.lm4j.cli.lm.EvalCommand;
import org.lm4j.cli.lm.ExportCommand;
import org.lm4j.cli.lm.GenerateCommand;
import org.lm4j.cli.lm.ImportCommand;
import org.lm4j.cli.lm.TrainCommand;
import org.lm4j.cli.net.NetEvalCommand;
import org.lm4j.cli.net.NetTrainCommand;
import org.lm4j.cli.net.NetTuneCommand;
import org.lm4j.cli.plot.PlotCommand;
import org.lm4j.cli.seq2seq.Seq2SeqEvalCommand;
import org.lm4j.cli.seq2seq.Seq2SeqTasksCommand;
import org.lm4j.cli.seq2seq.Seq2SeqTrainCommand;
import org.lm4j.cli.seq2seq.Seq2SeqTranslateCommand;
import org.lm4j.cli.tag.TagEvalCommand;
import org.lm4j.cli.tag.TagTagCommand;
import org.lm4j.cli.tag.TagTrainCommand;
import org.lm4j.cli.vqa.VqaAskCommand;
import org.lm4j.cli.vqa.VqaEvalCommand;
import org.lm4j.cli.vqa.VqaTrainCommand;
import picocli.CommandLine;

/** The commands in the order of the help. */
final class CommandTable {
  static final List<String> NAMES =
      List.of(
          "train",
          "eval",
          "generate",
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

  /** Adds a command to the program, with what is below it. */
  static void add(CommandLine program, String name) {
    Object command = command(name);
    // Wrapped by hand: below objects that picocli wraps itself, no model transformer is applied.
    CommandLine line = new CommandLine(command);
    if (command instanceof CommandGroup group) {
      group.fill(line);
    }
    program.addSubcommand(name, line);
  }

  /** Returns a command by its name. A switch, since a map of constructors takes longer to make. */
  private static Object command(String name) {
    return switch (name) {
      case "train" -> new TrainCommand();
      case "eval" -> new EvalCommand();
      case "generate" -> new GenerateCommand();
      case "net" ->
          new CommandGroup(
              List.of(
                  row("train", NetTrainCommand::new),
                  row("tune", NetTuneCommand::new),
                  row("eval", NetEvalCommand::new)),
              "Train, tune and evaluate a classifier of pictures: affine, ReLU, dropout, affine,"
                  + " with softmax or SVM loss.");
      case "caption" ->
          new CommandGroup(
              List.of(
                  row("train", CaptionTrainCommand::new),
                  row("generate", CaptionGenerateCommand::new),
                  row("eval", CaptionEvalCommand::new)),
              "Describe images: a recurrent decoder that attends to the cells of an image before"
                  + " each word.",
              "Images come as features, made by a vision model or by 'lm scenes'.");
      case "scenes" -> new ScenesCommand();
      case "vqa" ->
          new CommandGroup(
              List.of(
                  row("train", VqaTrainCommand::new),
                  row("ask", VqaAskCommand::new),
                  row("eval", VqaEvalCommand::new)),
              "Answer questions about images: a recurrent network reads the question, attention"
                  + " looks at the image several times.");
      case "tag" ->
          new CommandGroup(
              List.of(
                  row("train", TagTrainCommand::new),
                  row("tag", TagTagCommand::new),
                  row("eval", TagEvalCommand::new)),
              "Tag words with parts of speech, phrases or names: train a tagger, apply it,"
                  + " evaluate it.");
      case "classify" ->
          new CommandGroup(
              List.of(
                  row("train", ClassifyTrainCommand::new),
                  row("predict", ClassifyPredictCommand::new),
                  row("eval", ClassifyEvalCommand::new)),
              "Classify texts, such as reviews by sentiment: train a classifier, apply it,"
                  + " evaluate it.");
      case "embed" ->
          new CommandGroup(
              List.of(
                  row("train", EmbedTrainCommand::new),
                  row("nearest", EmbedNearestCommand::new),
                  row("analogy", EmbedAnalogyCommand::new),
                  row("export", EmbedExportCommand::new)),
              "Learn word vectors by skip-gram, as word2vec does; find the nearest words; export"
                  + " the vectors for other programs.");
      case "seq2seq" ->
          new CommandGroup(
              List.of(
                  row("train", Seq2SeqTrainCommand::new),
                  row("translate", Seq2SeqTranslateCommand::new),
                  row("eval", Seq2SeqEvalCommand::new),
                  row("tasks", Seq2SeqTasksCommand::new)),
              "Generate a line from another, learned from pairs: an encoder and a decoder with"
                  + " attention.");
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
}
