package org.lm4j.task.net;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.DoubleFunction;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.train.Cadence;
import org.lm4j.train.Recipe;
import org.lm4j.train.Run;
import org.lm4j.train.RunLength;
import org.lm4j.train.RunPlan;
import org.lm4j.train.StagedFolder;
import org.lm4j.train.TrainingFailure;
import org.lm4j.train.TrainingListener;

/**
 * Searches for a good learning rate, regularisation and number of epochs. Each candidate is trained
 * like any net, in its own folder.
 */
public final class NetSearch {
  private static final Comparator<Trial> BEST_FIRST =
      Comparator.comparingDouble(Trial::accuracy).reversed().thenComparingDouble(Trial::loss);

  private final Path folder;
  private final Backend backend;
  private final ImageSplit data;
  private final DoubleFunction<NetConfig> configOf;
  private final DoubleFunction<Recipe> recipeOf;
  private final List<Trial> trials = new ArrayList<>();

  /**
   * Prepares a search.
   *
   * @param folder the parent folder of the trials
   * @param configOf returns the configuration with a regularisation
   * @param recipeOf returns the recipe with a learning rate
   */
  public NetSearch(
      Path folder,
      Backend backend,
      ImageSplit data,
      DoubleFunction<NetConfig> configOf,
      DoubleFunction<Recipe> recipeOf) {
    if (data.validation().length == 0) {
      throw new InputException("a search needs pictures held out to compare by.");
    }
    this.folder = folder;
    this.backend = backend;
    this.data = data;
    this.configOf = configOf;
    this.recipeOf = recipeOf;
  }

  /** The search space; each list has at least one value. */
  public record Space(List<Double> rates, List<Double> regs, List<Double> epochs) {
    /** Copies the lists. */
    public Space {
      rates = List.copyOf(rates);
      regs = List.copyOf(regs);
      epochs = List.copyOf(epochs);
    }
  }

  /** A point of a search space. */
  public record Candidate(double rate, double reg, double epochs) {}

  /**
   * The result of a candidate.
   *
   * @param epochs epochs trained, fewer than the candidate's if it was dropped
   * @param accuracy accuracy with the best weights; 0 if training diverged
   * @param loss loss with the best weights
   * @param failure what went wrong, or null
   */
  public record Trial(
      Path folder,
      Candidate candidate,
      double epochs,
      double accuracy,
      double loss,
      @Nullable String failure) {}

  /** Returns every combination of the values. */
  public static List<Candidate> grid(Space space) {
    List<Candidate> all = new ArrayList<>();
    for (double rate : space.rates()) {
      for (double reg : space.regs()) {
        for (double epochs : space.epochs()) {
          all.add(new Candidate(rate, reg, epochs));
        }
      }
    }
    return all;
  }

  /**
   * Draws points between the smallest and the largest value of each list, log-uniformly for rates
   * and regularisation; where that can be 0, a quarter of the draws is (Bergstra and Bengio,
   * "Random Search for Hyper-Parameter Optimization", JMLR 2012).
   */
  public static List<Candidate> random(Space space, int count, long seed) {
    Random random = new Random(seed);
    List<Candidate> drawn = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Double> epochs = space.epochs();
      drawn.add(
          new Candidate(
              between(space.rates(), random),
              between(space.regs(), random),
              epochs.get(random.nextInt(epochs.size()))));
    }
    return drawn;
  }

  private static double between(List<Double> values, Random random) {
    double zero = random.nextDouble();
    double place = random.nextDouble();
    double high = values.stream().mapToDouble(value -> value).max().orElse(0);
    double low = values.stream().mapToDouble(value -> value).filter(v -> v > 0).min().orElse(0);
    if (high == 0 || (zero < 0.25 && values.contains(0.0))) {
      return 0;
    }
    return Math.exp(Math.log(low) + place * (Math.log(high) - Math.log(low)));
  }

  /** Trains every candidate for its epochs, and returns the results, the best first. */
  public List<Trial> all(List<Candidate> candidates, Consumer<Trial> listener) {
    for (int i = 0; i < candidates.size(); i++) {
      Candidate candidate = candidates.get(i);
      trials.add(train(i, candidate, candidate.epochs(), false));
      listener.accept(trials.get(i));
    }
    return trials.stream().sorted(BEST_FIRST).toList();
  }

  /**
   * Searches by successive halving (Jamieson and Talwalkar, "Non-stochastic Best Arm Identification
   * and Hyperparameter Optimization", AISTATS 2016): all candidates are trained for a few epochs;
   * the better half continues for twice as many, and so on until {@code longest} is reached, even
   * when only one is left.
   */
  public List<Trial> halving(
      List<Candidate> candidates, double first, double longest, Consumer<Trial> listener) {
    List<Integer> alive = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      alive.add(i);
      trials.add(train(i, candidates.get(i), first, false));
      listener.accept(trials.get(i));
    }
    double epochs = first;
    while (epochs < longest) {
      epochs = Math.min(longest, 2 * epochs);
      alive.sort(Comparator.comparing(trials::get, BEST_FIRST));
      alive = new ArrayList<>(alive.subList(0, (alive.size() + 1) / 2));
      for (int i : alive) {
        if (trials.get(i).failure() == null) {
          trials.set(i, train(i, candidates.get(i), epochs, true));
          listener.accept(trials.get(i));
        }
      }
    }
    return trials.stream().sorted(BEST_FIRST).toList();
  }

  private Trial train(int number, Candidate candidate, double epochs, boolean goesOn) {
    Path place = folder.resolve("trial-%02d".formatted(number + 1));
    RunPlan plan =
        new RunPlan(
            recipeOf.apply(candidate.rate()),
            new RunLength(epochs, null, null),
            new Cadence(0, 1, 0),
            null);
    Best best = new Best();
    if (goesOn) {
      best.accept(trials.get(number));
    }
    NetTask task = new NetTask(configOf.apply(candidate.reg()), data);
    try (Run<TwoLayerNet> run =
        goesOn
            ? Run.resume(place, backend, plan, task)
            : Run.begin(place, backend, plan, task, StagedFolder.Existing.REPLACE)) {
      run.train(best, 100);
    } catch (TrainingFailure e) {
      return new Trial(
          place, candidate, epochs, 0, Double.POSITIVE_INFINITY, String.valueOf(e.getMessage()));
    }
    return new Trial(place, candidate, epochs, best.accuracy, best.loss, null);
  }

  /** Remembers the validation whose weights were kept. */
  private static final class Best implements TrainingListener {
    private double accuracy;
    private double loss = Double.POSITIVE_INFINITY;

    void accept(Trial earlier) {
      accuracy = earlier.accuracy();
      loss = earlier.loss();
    }

    @Override
    public void step(StepReport report) {
      // Only validations can be compared.
    }

    @Override
    public void validation(ValidationReport report) {
      Double part = report.accuracy();
      if (report.best() && part != null) {
        accuracy = part;
        loss = report.loss();
      }
    }
  }
}
