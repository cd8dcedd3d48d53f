package org.lm4j.backend.openblas;

import org.jspecify.annotations.Nullable;

/** The operations the team shares, one reusable job of each kind. */
final class Jobs implements AutoCloseable {
  /** General products: our own, or through a CBLAS where one is given. */
  final GemmJob gemm;

  /** Products with panels packed before. */
  final PackedGemm panels;

  final ThinProductsJob thin;
  final ElementJob elements;
  final RowJob rows;
  final DropoutJob dropout;
  final ReductionJob reduction;
  final UpdateJob update;

  private final WorkerTeam team;
  private @Nullable ScoringJob scoring;

  Jobs(WorkerTeam team, @Nullable Cblas blas) {
    this.team = team;
    panels = new PackedGemm(team);
    gemm = blas == null ? panels : new BlasGemm(team, blas);
    thin = new ThinProductsJob(team);
    elements = new ElementJob(team);
    rows = new RowJob(team);
    dropout = new DropoutJob(team);
    reduction = new ReductionJob(team);
    update = new UpdateJob(team);
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
