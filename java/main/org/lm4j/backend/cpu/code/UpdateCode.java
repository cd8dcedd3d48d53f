package org.lm4j.backend.cpu.code;

/**
 * Writes steps of optimizers, by the operations of their Vector API forms, in their order: of
 * weights {@code x} with gradients {@code y}, which become zero, and moments {@code z} and {@code
 * u}. The seventh parameter is the address of {@link UpdateNumber}s.
 */
final class UpdateCode extends ArrayCode {
  private static final int WEIGHT = 0;
  private static final int GRADIENT = 1;
  private static final int FIRST = 2; // moment
  private static final int SECOND = 3;
  private static final int PASSING = 4;
  private static final int ZERO = 14;

  UpdateCode(MathAssembler m) {
    super(m);
  }

  /** Writes a step of SGD. */
  void sgd() {
    numbers(UpdateNumber.DECAY, UpdateNumber.SCALE, UpdateNumber.RATE);
    loop(
        () -> {
          gradient();
          move(GRADIENT);
        });
    end();
  }

  /**
   * Writes a step of SGD with a buffer of momentum, {@code z}.
   *
   * @param first whether the buffer is not there yet
   * @param nesterov whether it looks ahead by one step of momentum
   */
  void momentum(boolean first, boolean nesterov) {
    numbers(UpdateNumber.DECAY, UpdateNumber.SCALE, UpdateNumber.RATE, UpdateNumber.MOMENTUM);
    int momentum = UpdateNumber.MOMENTUM.register();
    loop(
        () -> {
          gradient();
          if (first) {
            m.move(FIRST, GRADIENT);
          } else {
            load(FIRST, Z);
            m.timesPlus(FIRST, momentum, GRADIENT);
          }
          store(Z, FIRST);
          if (nesterov) {
            m.timesPlus(FIRST, momentum, GRADIENT);
          }
          move(FIRST);
        });
    end();
  }

  /** Writes a step of RMSProp, whose mean of squares is {@code z}. */
  void rmsProp() {
    numbers(
        UpdateNumber.DECAY,
        UpdateNumber.SCALE,
        UpdateNumber.RATE,
        UpdateNumber.MOMENTUM,
        UpdateNumber.FRESH,
        UpdateNumber.EPSILON);
    loop(
        () -> {
          gradient();
          load(FIRST, Z);
          m.multiply(PASSING, GRADIENT, GRADIENT);
          m.multiply(PASSING, PASSING, UpdateNumber.FRESH.register());
          m.timesPlus(FIRST, UpdateNumber.MOMENTUM.register(), PASSING);
          dividedByRoot(FIRST);
        });
    end();
  }

  /** Writes a step of AdaGrad, whose sum of squares is {@code z}. */
  void adaGrad() {
    numbers(UpdateNumber.DECAY, UpdateNumber.SCALE, UpdateNumber.RATE, UpdateNumber.EPSILON);
    loop(
        () -> {
          gradient();
          load(PASSING, Z);
          m.move(FIRST, GRADIENT);
          m.timesPlus(FIRST, GRADIENT, PASSING);
          dividedByRoot(FIRST);
        });
    end();
  }

  /** Writes the storing of the squares, and the step. */
  private void dividedByRoot(int squares) {
    store(Z, squares);
    m.squareRoot(squares, squares);
    m.add(squares, squares, UpdateNumber.EPSILON.register());
    m.divide(GRADIENT, GRADIENT, squares);
    move(GRADIENT);
  }

  /** Writes a step of Adam, with moments {@code z} and {@code u}. */
  void adam() {
    numbers(
        UpdateNumber.DECAY,
        UpdateNumber.SCALE,
        UpdateNumber.RATE,
        UpdateNumber.MOMENTUM,
        UpdateNumber.FRESH,
        UpdateNumber.BETA_2,
        UpdateNumber.FRESH_2,
        UpdateNumber.ROOT,
        UpdateNumber.EPSILON,
        UpdateNumber.KEEP);
    loop(
        () -> {
          gradient();
          load(FIRST, Z);
          m.multiply(PASSING, GRADIENT, UpdateNumber.FRESH.register());
          m.timesPlus(FIRST, UpdateNumber.MOMENTUM.register(), PASSING);
          load(SECOND, U);
          m.multiply(PASSING, GRADIENT, GRADIENT);
          m.multiply(PASSING, PASSING, UpdateNumber.FRESH_2.register());
          m.timesPlus(SECOND, UpdateNumber.BETA_2.register(), PASSING);
          store(Z, FIRST);
          store(U, SECOND);
          m.squareRoot(SECOND, SECOND);
          m.timesPlus(SECOND, UpdateNumber.ROOT.register(), UpdateNumber.EPSILON.register());
          m.multiply(WEIGHT, WEIGHT, UpdateNumber.KEEP.register());
          m.divide(FIRST, FIRST, SECOND);
          move(FIRST);
        });
    end();
  }

  /** Writes a step of dynamic evaluation, with trained weights {@code z} and roots {@code u}. */
  void anchored() {
    numbers(
        UpdateNumber.SCALE,
        UpdateNumber.RATE,
        UpdateNumber.EPSILON,
        UpdateNumber.KEEP,
        UpdateNumber.BACK);
    int one = UpdateNumber.KEEP.register();
    int root = SECOND;
    loop(
        () -> {
          load(WEIGHT, X);
          load(root, U);
          load(GRADIENT, Y);
          m.multiply(GRADIENT, GRADIENT, UpdateNumber.SCALE.register());
          m.add(PASSING, root, UpdateNumber.EPSILON.register());
          m.divide(GRADIENT, GRADIENT, PASSING);
          m.multiply(root, root, UpdateNumber.BACK.register());
          m.smaller(root, one, root);
          load(FIRST, Z);
          m.subtract(FIRST, FIRST, WEIGHT);
          m.timesPlus(root, FIRST, WEIGHT);
          m.move(WEIGHT, root);
          move(GRADIENT);
        });
    end();
  }

  private void numbers(UpdateNumber... all) {
    m.load(NUMBERS, parameter(6));
    for (UpdateNumber number : all) {
      m.broadcast(number.register(), Operand.at(NUMBERS, number.offset()));
    }
    m.zero(ZERO);
  }

  /** Loads the weight, and the gradient, scaled, plus decay. */
  private void gradient() {
    load(WEIGHT, X);
    load(PASSING, Y);
    m.multiply(PASSING, PASSING, UpdateNumber.SCALE.register());
    m.move(GRADIENT, WEIGHT);
    m.timesPlus(GRADIENT, UpdateNumber.DECAY.register(), PASSING);
  }

  /** Writes the step of the weight against a direction, and the gradient of zero. */
  private void move(int direction) {
    m.timesPlus(direction, UpdateNumber.RATE.register(), WEIGHT);
    store(X, direction);
    store(Y, ZERO);
  }
}
