package org.lm4j.train;

import java.nio.file.Path;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.io.AtomicFile;
import org.lm4j.model.NetConfig;
import org.lm4j.model.NetFolder;
import org.lm4j.model.TwoLayerNet;

/** A run that trains a net in its folder, new or continued: owns net and trainer. */
public final class NetRun implements AutoCloseable {
  private final NetFolder folder;
  private final RunPlan plan;
  private final TwoLayerNet net;
  private final Trainer trainer;

  private NetRun(Path path, Backend backend, RunPlan plan, PictureSplit data) {
    this.folder = new NetFolder(path);
    this.plan = plan;
    this.net = new TwoLayerNet(backend, folder.config(), true);
    try {
      this.trainer = new Trainer(new NetTask(net, folder, plan, data), plan, path);
    } catch (RuntimeException e) {
      net.close();
      throw e;
    }
  }

  /**
   * Begins a new run; what an earlier one left in the folder is removed once this one has its first
   * checkpoint on the disk.
   *
   * @throws InputException if net and data do not go together
   */
  public static NetRun begin(
      Path path, Backend backend, NetConfig config, RunPlan plan, PictureSplit data) {
    try (StagedFolder staged = new StagedFolder(path)) {
      new NetFolder(staged.path()).saveConfig(config);
      try (NetRun run = new NetRun(staged.path(), backend, plan, data)) {
        run.net.initialize(plan.recipe().seed());
        run.trainer.save();
      }
      staged.install();
    }
    return resume(path, backend, plan, data);
  }

  /**
   * Goes on with the run in {@code path}.
   *
   * @throws InputException if a file is missing or damaged, or the data are others
   */
  public static NetRun resume(Path path, Backend backend, RunPlan plan, PictureSplit data) {
    AtomicFile.cleanLeftovers(path);
    NetRun run = new NetRun(path, backend, plan, data);
    try {
      run.trainer.resume();
      return run;
    } catch (RuntimeException e) {
      run.close();
      throw e;
    }
  }

  /** The folder. */
  public NetFolder folder() {
    return folder;
  }

  /** What it is to do. */
  public RunPlan plan() {
    return plan;
  }

  /** The net being trained. */
  public TwoLayerNet net() {
    return net;
  }

  /** The trainer. */
  public Trainer trainer() {
    return trainer;
  }

  @Override
  public void close() {
    trainer.close();
    net.close();
  }
}
