package org.lm4j.backend.reference;

/**
 * One step of one sequence, as a cell sees it: the vectors of the forward equations and of their
 * gradients. {@code G} blocks of {@code H} where a vector has one part per gate.
 */
final class CellStep {
  final int hidden; // H
  final double[] input; // (G·H) W x + b
  final double[] recurrent; // (G·H) U h + b'
  final double[] h; // (H) hidden state before
  final double[] c; // (H) cell state before, if there is one
  final double[] hNext; // (H) hidden state after
  final double[] cNext; // (H) cell state after, if there is one
  final double[] saved; // (S·H) what the backward step wants to know again
  final double[] dh; // (H) in: gradient of hNext; out: of h, but for what comes through U
  final double[] dc; // (H) in: gradient of cNext; out: of c
  final double[] dInput; // (G·H) gradient of input
  final double[] dRecurrent; // (G·H) gradient of recurrent

  CellStep(int hidden, int gates, int savedBlocks) {
    this.hidden = hidden;
    this.input = new double[gates * hidden];
    this.recurrent = new double[gates * hidden];
    this.h = new double[hidden];
    this.c = new double[hidden];
    this.hNext = new double[hidden];
    this.cNext = new double[hidden];
    this.saved = new double[savedBlocks * hidden];
    this.dh = new double[hidden];
    this.dc = new double[hidden];
    this.dInput = new double[gates * hidden];
    this.dRecurrent = new double[gates * hidden];
  }
}
