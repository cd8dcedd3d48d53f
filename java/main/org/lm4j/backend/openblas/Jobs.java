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

  Jobs(WorkerTeam team, @Nullable Cblas blas) {
    panels = new PackedGemm(team);
    gemm = blas == null ? panels : new BlasGemm(team, blas);
    thin = new ThinProductsJob(team);
    elements = new ElementJob(team);
    rows = new RowJob(team);
    dropout = new DropoutJob(team);
    reduction = new ReductionJob(team);
    update = new UpdateJob(team);
  }

  @Override
  public void close() {
    panels.close();
  }
}
