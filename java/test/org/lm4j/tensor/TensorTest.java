package org.lm4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TensorTest {
  private final HostStorage storage = new HostStorage(24 * Double.BYTES);

  @AfterEach
  void close() {
    storage.close();
  }

  private Tensor counting(int... dims) {
    Tensor tensor = new Tensor(storage, 0, Shape.of(dims), DType.F64);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.set(i, i);
    }
    return tensor;
  }

  @Test
  void memoryIsZeroedAndAligned() {
    Tensor tensor = new Tensor(storage, 0, Shape.of(24), DType.F64);
    assertThat(tensor.toArray()).containsOnly(0);
    assertThat(tensor.address() % HostStorage.ALIGNMENT).isZero();
  }

  @Test
  void slicesTakeEntriesOfTheOutermostExtent() {
    Tensor slice = counting(4, 3, 2).slice(1, 2);
    assertThat(slice.shape()).isEqualTo(Shape.of(2, 3, 2));
    assertThat(slice.get(0)).isEqualTo(6);
    assertThat(slice.get(11)).isEqualTo(17);
    assertThat(slice.slice(1, 1).get(0)).isEqualTo(12);
  }

  @Test
  void viewsCountElementsFromTheViewedTensor() {
    Tensor view = counting(24).view(5, 10).view(2, 2, 3);
    assertThat(view.toArray()).containsExactly(7, 8, 9, 10, 11, 12);
    assertThat(view.offset()).isEqualTo(7);
  }

  @Test
  void viewsShareMemory() {
    Tensor tensor = counting(4, 6);
    tensor.reshape(24).slice(3, 1).set(0, -1);
    assertThat(tensor.get(3)).isEqualTo(-1);
  }

  @Test
  void segmentsAreBoundedToTheView() {
    Tensor view = counting(24).view(5, 10);
    assertThat(view.segment().byteSize()).isEqualTo(10 * Double.BYTES);
    assertThat(view.segment().address()).isEqualTo(storage.address() + 5 * Double.BYTES);
  }

  @Test
  void elementsAreRoundedToTheType() {
    Tensor floats = new Tensor(storage, 1, Shape.of(3), DType.F32);
    floats.set(0, 0.1);
    assertThat(floats.get(0)).isEqualTo((double) 0.1f);
    Tensor ids = new Tensor(storage, 8, Shape.of(3), DType.I32);
    ids.set(1, -100);
    assertThat(ids.toArray()).containsExactly(0, -100, 0);
  }

  @Test
  void viewsOutsideAreRefused() {
    Tensor tensor = counting(4, 6);
    assertThatThrownBy(() -> new Tensor(storage, 1, Shape.of(24), DType.F64))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tensor.slice(3, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tensor.view(20, 5)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tensor.get(24)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tensor.set(-1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tensor.reshape(5, 5))
        .withMessage("cannot view (4, 6) as (5, 5)");
  }

  @Test
  void closedMemoryIsRefused() {
    Tensor tensor = counting(3);
    storage.close();
    storage.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> tensor.get(0))
        .withMessageContaining("closed");
    assertThatIllegalStateException().isThrownBy(tensor::segment);
  }

  @Test
  void shapesKnowTheirExtents() {
    Shape shape = Shape.of(2, 3, 4);
    assertThat(shape.size()).isEqualTo(24);
    assertThat(shape.dim(-1)).isEqualTo(4);
    assertThat(shape).hasToString("(2, 3, 4)").isEqualTo(Shape.of(2, 3, 4));
    assertThat(Shape.of().size()).isEqualTo(1);
    assertThat(Shape.of(3, 0).size()).isZero();
    assertThatIllegalArgumentException().isThrownBy(() -> Shape.of(2, -1));
    assertThatThrownBy(() -> Shape.of(1 << 30, 1 << 30, 1 << 30))
        .isInstanceOf(ArithmeticException.class);
    assertThatIllegalArgumentException().isThrownBy(() -> new HostStorage(-1));
  }
}
