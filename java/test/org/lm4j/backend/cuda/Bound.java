package org.lm4j.backend.cuda;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import org.lm4j.backend.cuda.driver.Functions;
import org.lm4j.foreign.Prototype;

/** Functions without a library: each returns 0 and does nothing, and its prototype is kept. */
final class Bound implements Functions {
  private final List<String> prototypes = new ArrayList<>();

  @Override
  public MethodHandle bind(String prototype) {
    prototypes.add(prototype);
    return MethodHandles.empty(Prototype.parse(prototype, TYPES).type().toMethodType());
  }

  /** Returns the functions that were bound, in order. */
  List<String> prototypes() {
    return prototypes;
  }
}
