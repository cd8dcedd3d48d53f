package org.lm4j.verify;

import java.util.function.BiConsumer;
import org.lm4j.compute.Backend;

/**
 * A call that a backend must refuse, with an {@link IllegalArgumentException} naming the operation:
 * what got past it would be read or written by native code.
 */
public final class RefusalCase implements Case {
  private final String operation;
  private final String name;
  private final BiConsumer<Backend, Refused> call;

  RefusalCase(String operation, String name, BiConsumer<Backend, Refused> call) {
    this.operation = operation;
    this.name = name;
    this.call = call;
  }

  @Override
  public String operation() {
    return operation;
  }

  @Override
  public String name() {
    return "refuses " + name;
  }

  @Override
  public CaseResult run(Backend candidate) {
    try (Refused tensors = new Refused(candidate)) {
      call.accept(candidate, tensors);
      return result(false, "was not refused");
    } catch (IllegalArgumentException refusal) {
      String message = String.valueOf(refusal.getMessage());
      return result(message.startsWith(operation + ":"), message);
    }
  }

  private CaseResult result(boolean passed, String detail) {
    return new CaseResult(operation, name(), 0, 0, passed, detail);
  }
}
