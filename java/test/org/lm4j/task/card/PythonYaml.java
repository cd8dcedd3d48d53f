package org.lm4j.task.card;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.Need;
import org.lm4j.io.Json;

/** Reads the metadata of model cards by Python, as the Hugging Face Hub does. */
public final class PythonYaml {
  /** The variable that names a Python with PyYAML, and perhaps huggingface_hub. */
  private static final String VARIABLE = "LM4J_PYTHON";

  private static final String READ =
      """
      import json, sys, yaml
      text = open(sys.argv[1], encoding="utf-8").read()
      assert text.startswith("---\\n")
      print(json.dumps(yaml.safe_load(text[4:text.index("\\n---\\n") + 1])))
      """;

  private static final String CARD =
      """
      import json, sys
      from huggingface_hub import ModelCard
      data = ModelCard.load(sys.argv[1]).data
      results = [[r.task_type, r.dataset_name, r.dataset_split, r.metric_type, r.metric_value]
                 for r in data.eval_results or []]
      print(json.dumps({"model_name": data.model_name, "license": data.license,
                        "pipeline": data.pipeline_tag, "language": data.language,
                        "datasets": data.datasets, "results": results}))
      """;

  private PythonYaml() {}

  /** Returns the metadata of a card as PyYAML reads it; skips the test where there is none. */
  public static Map<String, @Nullable Object> frontMatter(Path card)
      throws IOException, InterruptedException {
    return run("yaml", READ, card);
  }

  /** Returns what huggingface_hub's ModelCard reads; skips the test where there is none. */
  public static Map<String, @Nullable Object> modelCard(Path card)
      throws IOException, InterruptedException {
    return run("huggingface_hub", CARD, card);
  }

  private static Map<String, @Nullable Object> run(String module, String program, Path card)
      throws IOException, InterruptedException {
    String python = System.getenv().getOrDefault(VARIABLE, "python3");
    if (python.equals("python3")) {
      Need.PYTHON.program(python);
    }
    boolean there = new ProcessBuilder(python, "-c", "import " + module).start().waitFor() == 0;
    Need.PYTHON.check(
        there, python + " has no module " + module + "; name another with " + VARIABLE);
    Process process = new ProcessBuilder(python, "-c", program, card.toString()).start();
    String error = new String(process.getErrorStream().readAllBytes(), UTF_8);
    byte[] out = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).as(error).isZero();
    return Json.object(out, "the output of Python");
  }
}
