package org.lm4j.backend.openblas;

/** The operations the team shares, one reusable job of each kind. */
final class Jobs {
  final GemmJob gemm;
  final ElementJob elements;
  final RowJob rows;
  final DropoutJob dropout;
  final ReductionJob reduction;
  final UpdateJob update;

  Jobs(WorkerTeam team, Cblas blas) {
    gemm = new GemmJob(team, blas);
    elements = new ElementJob(team);
    rows = new RowJob(team);
    dropout = new DropoutJob(team);
    reduction = new ReductionJob(team);
    update = new UpdateJob(team);
  }
}
