package org.lm4j.backend.cpu.job;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.backend.cpu.panel.FloatPanels;
import org.lm4j.backend.cpu.panel.Panels;

/** The operations the team shares, one reusable job of each kind. */
public final class Jobs implements AutoCloseable {
  /** The rule that decides which engine computes a product. */
  public final MatrixEngine engine;

  /** The number format of products that no library computes. */
  public final Panels numbers;

  /** Products with panels, which may be packed in advance. */
  public final PackedGemm panels;

  /** Batches of small products. */
  public final BatchedGemmJob thin;

  /** Elementwise operations. */
  public final ElementJob elements;

  /** Operations on rows: losses, softmax, biases. */
  public final RowJob rows;

  /** Dropout. */
  public final DropoutJob dropout;

  /** Sums and norms. */
  public final ReductionJob reduction;

  /** The steps of optimizers. */
  public final UpdateJob update;

  private final WorkerTeam team;
  private @Nullable BlasGemm blas;
  private @Nullable ScoringJob scoring;
  private @Nullable SampleJob samples;

  /** Creates jobs that compute in float32. */
  public Jobs(WorkerTeam team, MatrixEngine engine) {
    this(team, engine, FloatPanels.INSTANCE);
  }

  /** Creates jobs that compute in another number format where no library does. */
  public Jobs(WorkerTeam team, MatrixEngine engine, Panels numbers) {
    this.team = team;
    this.engine = engine;
    this.numbers = numbers;
    panels = new PackedGemm(team, numbers);
    thin = new BatchedGemmJob(team, engine.all());
    elements = new ElementJob(team);
    rows = new RowJob(team);
    dropout = new DropoutJob(team);
    reduction = new ReductionJob(team);
    update = new UpdateJob(team);
  }

  /**
   * Returns the job for products {@code (rows, depth) · (depth, columns)} that are not recurrent.
   */
  GemmJob gemm(int rows, int columns, int depth) {
    Cblas library = engine.of(rows, columns, depth);
    return library == null ? panels : through(library);
  }

  /** Returns the job for products by this backend's library. */
  public BlasGemm through(Cblas library) {
    BlasGemm job = blas;
    if (job == null) {
      job = new BlasGemm(team, library);
      blas = job;
    }
    return job;
  }

  /** Returns the job of negative sampling, which is created at the first call. */
  public SampleJob samples() {
    SampleJob job = samples;
    if (job == null) {
      job = new SampleJob(team);
      samples = job;
    }
    return job;
  }

  /**
   * Returns the scoring job, which is created at the first call because generation does not need
   * it.
   */
  ScoringJob scoring() {
    ScoringJob job = scoring;
    if (job == null) {
      job = new ScoringJob(team, numbers);
      scoring = job;
    }
    return job;
  }

  @Override
  public void close() {
    panels.close();
    if (scoring != null) {
      scoring.close();
    }
  }
}
