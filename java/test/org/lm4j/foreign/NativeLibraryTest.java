package org.lm4j.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class NativeLibraryTest {
  @Test
  void whatABindingThrowsForAStatusIsPassedOn() {
    IllegalStateException status = new IllegalStateException("f() failed with status 3");
    assertThat(NativeLibrary.unexpected("f", status)).isSameAs(status);
  }

  @Test
  void errorsArePassedOn() {
    StackOverflowError error = new StackOverflowError();
    assertThatThrownBy(() -> NativeLibrary.unexpected("f", error)).isSameAs(error);
  }

  @Test
  void aCheckedExceptionIsWrappedWithTheFunction() {
    IOException checked = new IOException("odd");
    assertThat(NativeLibrary.unexpected("f", checked))
        .isInstanceOf(NativeException.class)
        .hasMessage("calling f() failed: java.io.IOException: odd")
        .hasCause(checked);
  }
}
