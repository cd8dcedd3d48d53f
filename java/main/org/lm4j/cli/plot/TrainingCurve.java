package org.lm4j.cli.plot;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.chart.Names;
import org.lm4j.chart.Page;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.model.ModelFiles;
import org.lm4j.train.MetricsLog;

/** The run behind a model, on a page about something else: its record and its curve. */
public final class TrainingCurve {
  private TrainingCurve() {}

  /** Adds the folder's name and what it records to the title block. */
  public static Page identify(Page page, Path folder) {
    return page.fact("Folder", Names.isolated(folder.toString())).facts(ModelFacts.of(folder));
  }

  /** Adds a chart of the loss at the end of a page, if the folder has a log. */
  public static void add(Page page, Path folder) {
    if (!Files.isRegularFile(ModelFiles.group(folder).locate(MetricsLog.FILE))) {
      return;
    }
    try {
      new TrainingPage(LoggedRun.read(List.of(folder)), LoggedRun.Progress.STEP)
          .loss("How the model was trained")
          .ifPresent(chart -> page.chart(chart.acrossThePage()));
    } catch (InputException e) {
      page.paragraph(
          "The log of the training cannot be shown: "
              + Names.isolated(String.valueOf(e.getMessage())));
    }
  }
}
