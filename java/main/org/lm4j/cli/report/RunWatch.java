package org.lm4j.cli.report;

import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Visible;
import org.lm4j.serve.PageServer;
import org.lm4j.train.Trainer;
import org.lm4j.train.TrainingFailure;
import org.lm4j.train.TrainingListener;
import org.lm4j.train.watch.LivePage;
import org.lm4j.train.watch.LivePage.Status;
import org.lm4j.train.watch.PageFile;

/**
 * The live page of a training run: in a file, served, or both; or none, which does nothing. It is
 * there before the run is, so that a port that is taken is known before anything is made.
 */
public final class RunWatch implements AutoCloseable {
  private final LivePage page;
  private final UnaryOperator<String> optionNames;
  private final @Nullable PageServer server;
  private final @Nullable PageFile file;
  private boolean over;

  /**
   * Opens the page of a run that is about to begin.
   *
   * @param file to write; null for none
   * @param port to serve at, 0 for a free one; null for none
   * @param title of the page
   * @param optionNames names the options for parameters in messages
   * @throws InputException if the port cannot be listened on
   */
  public RunWatch(
      @Nullable Path file,
      @Nullable Integer port,
      String title,
      UnaryOperator<String> optionNames,
      PrintWriter err) {
    this.page = new LivePage(title);
    this.optionNames = optionNames;
    this.server = port == null ? null : new PageServer(port, page);
    this.file =
        file == null ? null : new PageFile(file, page, problem -> note(err, Visible.name(problem)));
    if (server != null) {
      err.println("page     " + server.url());
      err.flush();
    }
  }

  /** Returns no page, as in a process whose run another one shows. */
  public static RunWatch none() {
    return new RunWatch(
        null, null, "", UnaryOperator.identity(), new PrintWriter(Writer.nullWriter()));
  }

  private static void note(PrintWriter err, String problem) {
    err.println("note: " + problem);
    err.flush();
  }

  /** Does what comes before, during and after training, and shows a failure on the page. */
  public void during(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      failed(e);
      throw e;
    }
  }

  /** Returns a listener that passes reports on to another and to the page. */
  TrainingListener with(TrainingListener other) {
    return server == null && file == null ? other : new Both(other, page);
  }

  /** Shows what is trained. */
  void begin(Trainer trainer, LivePage.Subject subject) {
    if (server != null || file != null) {
      page.begin(trainer.step(), trainer.stepsPerEpoch(), subject);
    }
  }

  /** Shows how training ended. */
  void ended(boolean finished, Trainer trainer) {
    if (!finished) {
      end(Status.STOPPED, "Everything is saved; the run can be resumed.");
    } else if (trainer.endsEarly()) {
      end(Status.ENDED_EARLY, "The last validations have not improved.");
    } else {
      end(Status.FINISHED, "");
    }
  }

  /** Shows how it failed. */
  void failed(Throwable failure) {
    String sentence =
        switch (failure) {
          case InputException e -> e.message(optionNames);
          case TrainingFailure e -> e.message(optionNames);
          default -> Objects.requireNonNullElse(failure.getMessage(), failure.toString());
        };
    end(Status.FAILED, sentence);
  }

  /** Shows the last state; those that follow are what training leaves behind. */
  private void end(Status status, String message) {
    if (over) {
      return;
    }
    over = true;
    page.end(status, message);
    if (file != null) {
      file.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @Override
  public void close() {
    end(Status.STOPPED, "");
  }

  /** Passes each report on to two listeners. */
  private record Both(TrainingListener first, TrainingListener second) implements TrainingListener {
    private void both(Consumer<TrainingListener> report) {
      report.accept(first);
      report.accept(second);
    }

    @Override
    public void step(StepReport report) {
      both(listener -> listener.step(report));
    }

    @Override
    public void validation(ValidationReport report) {
      both(listener -> listener.validation(report));
    }

    @Override
    public void sample(SampleReport report) {
      both(listener -> listener.sample(report));
    }

    @Override
    public void note(String note) {
      both(listener -> listener.note(note));
    }
  }
}
