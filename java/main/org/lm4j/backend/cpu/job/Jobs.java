package org.lm4j.backend.cpu.job;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.backend.cpu.panel.Panels;

/** The operations the team shares, one reusable job of each kind. */
public final class Jobs implements AutoCloseable {
  /** What computes which products. */
  public final MatrixEngine engine;

  /** In which numbers products are computed that no library computes. */
  public final Panels numbers;

  /** Products in panels, packed before too. */
  public final PackedGemm panels;

  public final BatchedGemmJob thin;
  public final ElementJob elements;
  public final RowJob rows;
  public final DropoutJob dropout;
  public final ReductionJob reduction;
  public final UpdateJob update;

  private final WorkerTeam team;
  private @Nullable BlasGemm blas;
  private @Nullable ScoringJob scoring;

  /** In float32. */
  public Jobs(WorkerTeam team, MatrixEngine engine) {
    this(team, engine, Panels.FLOAT32);
  }

  /** In other numbers where no library computes. */
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

  /** What computes products {@code (rows, depth) · (depth, columns)} that are not recurrent. */
  GemmJob gemm(int rows, int columns, int depth) {
    Cblas library = engine.of(rows, columns, depth);
    return library == null ? panels : through(library);
  }

  /** Products by a library, the one of this backend. */
  public BlasGemm through(Cblas library) {
    BlasGemm job = blas;
    if (job == null) {
      job = new BlasGemm(team, library);
      blas = job;
    }
    return job;
  }

  /** Made when it is first asked for: a start that only writes text does without. */
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
