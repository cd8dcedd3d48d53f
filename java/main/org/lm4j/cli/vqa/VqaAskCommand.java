package org.lm4j.cli.vqa;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.FeatureOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PageOption;
import org.lm4j.compute.Backend;
import org.lm4j.data.Features;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.Json;
import org.lm4j.task.scenes.Scene;
import org.lm4j.task.scenes.SceneFiles;
import org.lm4j.task.vqa.Question;
import org.lm4j.task.vqa.VqaData;
import org.lm4j.task.vqa.VqaNetwork;
import org.lm4j.task.vqa.VqaScorer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lm vqa ask}: answers a question about an image. */
@Command(
    name = "ask",
    customSynopsis = "lm vqa ask --model DIR --features FILE --image NAME [OPTIONS] QUESTION...",
    description = {
      "Ask a model about an image.",
      "Prints the most likely answers with their probabilities, the best first."
    },
    footer = {
      "Examples:",
      "  lm vqa ask --model models/vqa --features test.npz --image test-000012 \\",
      "             \"what colour is the square\"",
      "  lm vqa ask --model models/vqa --features test.npz --image test-000012 \\",
      "             --page looks.html \\",
      "             --scenes test.scenes.tsv \"what is left of the blue square\""
    })
public final class VqaAskCommand extends Subcommand implements Runnable {
  @Mixin private ModelFolder folder;

  @Mixin private FeatureOptions features;

  @Option(names = "--image", paramLabel = "NAME", required = true, description = "Which image.")
  private String image = "";

  @Parameters(
      paramLabel = "QUESTION",
      arity = "1..*",
      description = "What to ask; in quotes, each on its own.")
  private List<String> texts = new ArrayList<>();

  @Option(names = "--top", paramLabel = "N", description = "How many answers to print [{default}].")
  private int top = 3;

  @Mixin private PageOption drawing = new PageOption("Draw the attention of each hop.");

  @Option(
      names = "--scenes",
      paramLabel = "FILE",
      description = "Synthetic scenes by image, to draw their objects on the page.")
  private @Nullable Path scenes;

  @Option(
      names = "--json",
      description = "Print one JSON object for each question, with the answers in it.")
  private boolean json;

  @Mixin private DeviceOptions device;

  @Override
  public void run() {
    if (drawing.file() == null && scenes != null) {
      throw new InputException("--scenes are for --page.");
    }
    VqaModel model = VqaModel.read(folder.path());
    List<Question> questions = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      String place = texts.size() == 1 ? "the question" : "question " + (i + 1);
      questions.add(new Question(image, texts.get(i), "", "", place));
    }
    int answered = 0;
    VqaPage drawn = drawing.file() == null ? null : new VqaPage(model, image, scene());
    try (Features read = features.read()) {
      read.row(image, "--image");
      try (Backend backend = device.open(err());
          VqaNetwork answerer = model.open(backend)) {
        for (Question question : questions) { // one by one: a bad one loses no answer before it
          VqaData set = model.set(new VqaData.Source(read, List.of(question), "the command line"));
          tellUnknownWords(model, question);
          VqaScorer.Answer answer = VqaScorer.ask(answerer, set, 0);
          print(question, answer, model.labels());
          if (drawn != null) {
            drawn.add(question, answer);
          }
          answered++;
        }
      }
    } catch (InputException e) {
      if (answered > 0) {
        write(drawn);
      }
      throw e;
    }
    write(drawn);
  }

  private void write(@Nullable VqaPage drawn) {
    if (drawn != null && drawing.file() != null) {
      AtomicFile.writeBytes(drawing.file(), drawn.html().getBytes(StandardCharsets.UTF_8));
    }
  }

  private @Nullable Scene scene() {
    if (scenes == null) {
      return null;
    }
    Scene scene = SceneFiles.readScenes(scenes).get(image);
    if (scene == null) {
      throw new InputException(scenes + " has no scene of image '" + image + "'.");
    }
    return scene;
  }

  private void tellUnknownWords(VqaModel model, Question question) {
    List<String> unknown = VqaData.unknownWords(question, model.vocabulary());
    if (!unknown.isEmpty()) {
      notes()
          .accept(
              "the model does not know %s '%s' and takes %s for <unk>"
                  .formatted(
                      unknown.size() == 1 ? "the word" : "the words",
                      String.join("', '", unknown),
                      unknown.size() == 1 ? "it" : "them"));
    }
  }

  private void print(Question question, VqaScorer.Answer answer, List<String> labels) {
    PrintWriter out = results();
    if (json) {
      List<Map<String, Object>> answers =
          answer.ranked().stream()
              .limit(top)
              .map(
                  i ->
                      Map.<String, Object>of(
                          "answer", labels.get(i), "probability", answer.probabilities().get(i)))
              .toList();
      out.println(
          Json.line(Map.of("image", image, "question", question.text(), "answers", answers)));
      out.flush();
      return;
    }
    if (texts.size() > 1) {
      out.println(question.text());
    }
    answer.ranked().stream()
        .limit(top)
        .forEach(
            i ->
                out.printf(
                    Locale.ROOT,
                    "%6.2f %%  %s%n",
                    100 * answer.probabilities().get(i),
                    Visible.name(labels.get(i))));
    out.flush();
  }
}
