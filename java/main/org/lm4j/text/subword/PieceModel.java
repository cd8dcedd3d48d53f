package org.lm4j.text.subword;

/** Cuts parts of a text into pieces. Any number of threads may use one. */
interface PieceModel {
  /** Returns the pieces of a part, which is not empty. */
  Pieces cut(String part);

  /** Returns the id of the unknown token, -1 if there is none. */
  int unknown();

  /** Returns the name of the algorithm, as users write it. */
  String name();
}
