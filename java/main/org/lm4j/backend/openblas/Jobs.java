package org.lm4j.backend.openblas;

import org.jspecify.annotations.Nullable;

/** The operations the team shares, one reusable job of each kind. */
final class Jobs implements AutoCloseable {
  /** What computes which products. */
  final MatrixEngine engine;

  /** Products by Java kernels, with panels packed before too. */
  final PackedGemm panels;

  final ThinProductsJob thin;
  final ElementJob elements;
  final RowJob rows;
  final DropoutJob dropout;
  final ReductionJob reduction;
  final UpdateJob update;

  private final WorkerTeam team;
  private @Nullable BlasGemm blas;
  private @Nullable ScoringJob scoring;

  Jobs(WorkerTeam team, MatrixEngine engine) {
    this.team = team;
    this.engine = engine;
    panels = new PackedGemm(team);
    thin = new ThinProductsJob(team, engine.all());
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
  BlasGemm through(Cblas library) {
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
      job = new ScoringJob(team);
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
