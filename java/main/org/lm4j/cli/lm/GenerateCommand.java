package org.lm4j.cli.lm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.InputLines;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ShippedModel;
import org.lm4j.compute.Backend;
import org.lm4j.decode.Sampling;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.io.Json;
import org.lm4j.task.lm.GenerationUnit;
import org.lm4j.task.lm.Generator;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.source.TextSource;
import org.lm4j.text.source.TextStream;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.TextUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm generate}: generates text with a model. */
@Command(
    name = "generate",
    customSynopsis = "lm generate [--model DIR] [OPTIONS]",
    description = {
      "Generate text with a model.",
      "Standard output gets the prompt and the text after it, as it comes, and nothing else."
          + " <unk> is never generated. The same seed gives the same text."
    },
    footer = {
      "Examples:",
      "  lm generate",
      "  lm generate --model models/book --length 500",
      "  lm generate --model models/book --prompt \"Once upon\" \\",
      "              --temperature 0.7 --seed 3",
      "  lm generate --model models/book --prompt \"Q: \" --stop \"\\n\" --top-p 0.9",
      "  lm generate --model models/book --samples 3 --length 100 --json",
      "  lm generate --model models/book --prompt-file chapter.txt --length 0",
      "  lm generate --model models/book --interactive --stop \"\\n\"",
      "  lm generate --model models/names --lines 10"
    })
public final class GenerateCommand extends Subcommand implements Runnable {
  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "Model folder; --model may be left out where it comes first " + ShippedModel.HELP)
  private @Nullable Path model;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "Text to continue from; \\n and \\t are understood [none].")
  private @Nullable String prompt;

  @Option(
      names = "--prompt-file",
      paramLabel = "FILE",
      description = "File whose whole text is continued from, - for the standard input [none].")
  private @Nullable String promptFile;

  @Option(
      names = "--interactive",
      description =
          "Read lines and print the continuation of each, until the input ends. The model reads all"
              + " as one text, with a line end before each line; a blank line resets it. \\n and \\t"
              + " in a line are understood.")
  private boolean interactive;

  @Option(
      names = "--length",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = "Most tokens to add, 0 for no limit [{default}].")
  private int length = Sampling.DEFAULT_LENGTH;

  @Mixin private SamplingArguments sampling;

  @Option(names = "--seed", paramLabel = "N", description = "Of the draws [{default}].")
  private long seed = Sampling.DEFAULT_SEED;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End where this appears, without showing it; may be given several times.")
  private List<String> stops = new ArrayList<>();

  @Option(
      names = "--samples",
      paramLabel = "N",
      description =
          "Texts to generate, each with different draws, a blank line between them [{default}].")
  private int samples = 1;

  @Option(
      names = "--lines",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = {
        "Generate N independent lines, each after a line end and up to its own end, or up to --length"
            + " tokens; a model trained on lines or documents generates one without this."
      })
  private @Nullable Integer lines;

  @Option(
      names = "--unit",
      paramLabel = "NAME",
      converter = Choices.TextUnits.class,
      completionCandidates = Choices.TextUnits.class,
      description =
          "What one text is: stream, line or document [as in the model's training; line with"
              + " --lines].")
  private @Nullable TextUnit unit;

  @Option(names = "--no-prompt", description = "Leave the prompt out of the output.")
  private boolean noPrompt;

  @Option(names = "--json", description = "Print one JSON object a text, once it is complete.")
  private boolean json;

  @Mixin private DeviceOptions device;

  @Override
  public void run() {
    Path folder = model == null ? ShippedModel.folder() : model;
    Segmentation segmentation = segmentation(folder);
    requireSense(segmentation);
    String text = text();
    List<String> ends = stops.stream().map(GenerateCommand::unescape).toList();
    int most = length == 0 ? Generator.Request.ENDLESS : length;
    SamplingOptions options = sampling.options(folder);
    try (Backend backend = device.openToDecode(err());
        ScoringModel opened = ScoringModel.open(folder, backend)) {
      GenerationUnit wanted = new GenerationUnit(segmentation, opened.vocabulary());
      Generator.Request first = new Generator.Request(most, options, seed, 0, ends).ending(wanted);
      write(opened, wanted, text, first);
    }
  }

  private void write(
      ScoringModel opened, GenerationUnit wanted, String text, Generator.Request first) {
    int[] ids = interactive ? wanted.vocabulary().encode(text) : wanted.prompt(text);
    warnUnknown(wanted.vocabulary(), text, err());
    try (Generator generator = opened.generator()) {
      if (interactive) {
        OutputStream out = Console.of(spec).rawOut(spec);
        converse(wanted.vocabulary(), new Conversation(generator, wanted, text, first, out));
        return;
      }
      for (int i = 0; i < (lines == null ? samples : lines); i++) {
        Generator.Request request = first.another(i);
        if (json) {
          printJson(generator, request, ids, text);
        } else {
          stream(generator, request, ids, text);
        }
      }
    }
  }

  private void requireSense(Segmentation unit) {
    if (prompt != null && promptFile != null) {
      throw new InputException("give the prompt by --prompt or by --prompt-file, not by both.");
    }
    if (interactive && (json || lines != null || samples != 1)) {
      throw new InputException(
          "--interactive prints one continuation a line: leave out --json, --lines and --samples.");
    }
    if (interactive && LineInput.STANDARD_INPUT.equals(promptFile)) {
      throw new InputException(
          "--interactive reads the standard input; give --prompt-file a file in place of -.");
    }
    boolean hasEnd = !unit.isStream() && unit.symbols().end();
    boolean ends = length > 0 || !stops.isEmpty() || hasEnd;
    if (!ends && (interactive || json || samples != 1)) {
      throw new InputException(
          "--length 0 without --stop never ends; leave out --interactive, --json and --samples, or"
              + " give --stop.");
    }
  }

  /** Returns the text to continue from. */
  private String text() {
    if (promptFile == null) {
      return prompt == null ? "" : unescape(prompt);
    }
    String name = new InputLines(promptFile, 1).name();
    try (TextStream in =
        promptFile.equals(LineInput.STANDARD_INPUT)
            ? TextSource.open(System.in, name)
            : TextSource.open(Path.of(promptFile))) {
      byte[] bytes = in.readAllBytes();
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text; // a byte order mark
    } catch (CharacterCodingException _) {
      throw new InputException(name + " is not UTF-8 text.");
    } catch (IOException e) {
      throw TextSource.unreadable(name, e);
    }
  }

  private void converse(Vocabulary vocabulary, Conversation conversation) {
    InputLines input = new InputLines(LineInput.STANDARD_INPUT, 1);
    int[] refused = {0};
    input.read(
        (_, _) -> {},
        waiting -> {
          for (String typed : waiting) {
            String line = unescape(typed);
            if (line.isBlank()) {
              conversation.reset();
              continue;
            }
            warnUnknown(vocabulary, line, err());
            try {
              conversation.answer(line);
            } catch (InputException e) { // the next line may be readable
              refused[0]++;
              err().println("lm: " + e.getMessage());
              err().flush();
            }
          }
        });
    if (refused[0] > 0) {
      throw new InputException("%,d lines were not continued.".formatted(refused[0]));
    }
  }

  /** Returns what one text is: as in the model's training, or as asked. */
  private Segmentation segmentation(Path folder) {
    if (lines != null && (samples != 1 || (unit != null && unit != TextUnit.LINE))) {
      throw new InputException("--lines generates lines: leave out --samples and --unit.");
    }
    Segmentation trained = ScoringModel.segmentation(folder);
    TextUnit asked = lines != null ? TextUnit.LINE : unit == null ? trained.unit() : unit;
    return asked == trained.unit() ? trained : Segmentation.of(asked);
  }

  private static void warnUnknown(Vocabulary vocabulary, String text, PrintWriter err) {
    List<String> unknown = vocabulary.unknownIn(text);
    if (!unknown.isEmpty()) {
      err.println(
          "lm: the model does not know "
              + String.join(", ", unknown)
              + "; it reads "
              + (vocabulary.unknown() < 0 ? "nothing" : vocabulary.escaped(vocabulary.unknown()))
              + " there.");
      err.flush();
    }
  }

  private void stream(Generator generator, Generator.Request request, int[] ids, String text) {
    try (OutputStream sink = new PacedOutput(Console.of(spec).rawOut(spec))) {
      if (request.sample() > 0 && lines == null) {
        sink.write('\n');
      }
      if (!noPrompt) {
        boolean words = generator.level() == Level.WORD; // these bring their space along
        sink.write((words ? text.replaceAll(" +$", "") : text).getBytes(StandardCharsets.UTF_8));
      }
      generator.generate(ids, request, sink);
      sink.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void printJson(Generator generator, Generator.Request request, int[] ids, String text) {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    Generator.Result result = generator.generate(ids, request, written);
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("prompt", text);
    values.put("text", written.toString(StandardCharsets.UTF_8));
    values.put("tokens", result.tokens());
    values.put("stopped", result.stopped());
    values.put("seed", seed);
    values.put("sample", request.sample() + 1);
    PrintWriter out = out();
    out.println(Json.line(values));
    out.flush();
  }

  private static String unescape(String text) {
    return text.replace("\\n", "\n").replace("\\t", "\t");
  }
}
