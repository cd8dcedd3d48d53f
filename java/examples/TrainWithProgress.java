package examples;

import java.nio.file.Path;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.train.Recipe;

/** Trains a language model, shows the progress, and cancels the training after thirty steps. */
public final class TrainWithProgress {
  public static void main(String[] arguments) {
    Path text = Path.of(arguments[0]);
    Path folder = Path.of(arguments[1]);
    var recipe = Recipe.defaults().epochs(5).learningRate(0.005).batch(8);
    var result =
        LanguageModel.train(
            text,
            recipe,
            folder,
            progress -> {
              if (progress.step() % 10 == 0) {
                System.out.printf("step %d  loss %.3f%n", progress.step(), progress.loss());
              }
              if (progress.step() == 30) {
                progress.cancel();
              }
            });
    System.out.printf("finished: %s after %d steps%n", result.finished(), result.steps());
  }
}
