package org.lm4j.text.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class Sha256Test {
  /** The example of FIPS 180-2, appendix B.1. */
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @Test
  void hashesTextInPiecesAsTheStandardSays() {
    assertThat(new Sha256().add("a").add("bc").hex()).isEqualTo(ABC);
  }

  @Test
  void bytesAndBuffersHashLikeTheTextTheyEncode() {
    byte[] bytes = {'a', 'b', 'c'};
    assertThat(new Sha256().add(bytes).hex()).isEqualTo(ABC);
    assertThat(new Sha256().add(ByteBuffer.wrap(bytes)).hex()).isEqualTo(ABC);
  }

  @Test
  void numbersAreFourBytesBigEndian() {
    assertThat(new Sha256().add(0x61626300, -1).hex())
        .isEqualTo(new Sha256().add(new byte[] {'a', 'b', 'c', 0, -1, -1, -1, -1}).hex());
  }
}
