package org.lm4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.InputException;

/** Files that lie: each must end in one sentence that names the file and the tensor. */
class SafetensorsHostileTest {
  private static final String F4 = "{'dtype':'F32','shape':[1],'data_offsets':[0,4]}";

  @TempDir Path folder;

  static Stream<Arguments> headers() {
    String more = "9223372036854775807";
    return Stream.of(
        arguments("", 0, "not a JSON object"),
        arguments("[]", 0, "not a JSON object"),
        arguments("nonsense", 0, "not valid JSON"),
        arguments("{'w':" + F4, 4, "not valid JSON"),
        arguments("{'w':" + F4 + "}{}", 4, "something follows"),
        arguments("{'w':" + F4 + "} x", 4, "not valid JSON"),
        arguments("{'w':" + F4 + ",'w':" + F4 + "}", 4, "'w' occurs twice"),
        arguments("{'w':7}", 0, "'w' is not described by a JSON object"),
        arguments("{'w':{}}", 0, "'w' lacks one of dtype, shape and data_offsets"),
        arguments("{'w':" + F4.replace("[1]", "[-1]") + "}", 4, "'w' has a shape with an entry"),
        arguments("{'w':" + F4.replace("[1]", "[1.0]") + "}", 4, "'w' has a shape with an entry"),
        arguments("{'w':" + F4.replace("[1]", "['1']") + "}", 4, "'w' has a shape with an entry"),
        arguments("{'w':" + F4.replace("[1]", "[[1]]") + "}", 4, "'w' has a shape with an entry"),
        arguments("{'w':" + F4.replace("[1]", "{}") + "}", 4, "'w' has a shape that is not an arr"),
        arguments("{'w':" + F4.replace("[1]", "[9223372036854775808]") + "}", 4, "'w' has a shape"),
        arguments("{'w':" + F4.replace("[1]", "[" + "9".repeat(500) + "]") + "}", 4, "JSON"),
        arguments("{'w':" + F4.replace("[1]", "[" + more + "," + more + "]") + "}", 4, "counted"),
        arguments("{'w':" + F4.replace("[1]", "[4294967296,4294967296]") + "}", 0, "counted"),
        arguments("{'w':" + F4.replace("[1]", "[0," + more + "," + more + "]") + "}", 0, "counted"),
        arguments("{'w':" + F4.replace("[1]", "[" + more + ",0," + more + "]") + "}", 0, "counted"),
        arguments("{'w':" + F4.replace("[1]", "[" + more + "]") + "}", 4, "hold 4 bytes"),
        arguments("{'w':" + F4.replace("[1]", "[4611686018427387905]") + "}", 4, "hold 4 bytes"),
        arguments("{'w':" + F4.replace("[1]", "[" + "1,".repeat(99) + "1]") + "}", 4, "of more t"),
        arguments("{'w':" + F4.replace("[1]", "[2]") + "}", 4, "'w' is F32 (2), but its data_off"),
        arguments("{'w':" + F4.replace("[0,4]", "[4,0]") + "}", 4, "'w' has data_offsets that are"),
        arguments("{'w':" + F4.replace("[0,4]", "[0]") + "}", 4, "'w' has data_offsets that are"),
        arguments("{'w':" + F4.replace("[0,4]", "[-4,0]") + "}", 4, "'w' has a data_offsets with"),
        arguments("{'w':" + F4.replace("[0,4]", "[0,4,8]") + "}", 4, "'w' has a data_offsets of"),
        arguments("{'w':" + F4 + "}", 3, "'w' ends at byte 4 of the data, but the file holds only"),
        arguments(
            "{'w':" + F4.replace("[0,4]", "[8,12]") + "}", 12, "'w' begins after a hole of 8"),
        arguments("{'v':" + F4 + ",'w':" + F4.replace("[0,4]", "[2,6]") + "}", 6, "'w' overlaps"),
        arguments("{'v':" + F4 + ",'w':" + F4 + "}", 4, "overlaps the tensor before it"),
        arguments("{'w':" + F4 + "}", 5, "1 bytes follow the last tensor"),
        arguments("{}", 1, "1 bytes follow the last tensor"),
        arguments("{'w':" + F4.replace("'shape'", "'dtype'") + "}", 4, "'w' needs exactly one dty"),
        arguments("{'w':" + F4.replace("'F32'", "32") + "}", 4, "'w' needs exactly one dtype"),
        arguments("{'w':" + F4.replace("'shape'", "'shape':[1],'shape'") + "}", 4, "two shapes"),
        arguments("{'w':" + F4.replace("'shape'", "'x\\n':1,'shape'") + "}", 4, "unknown field"),
        arguments("{'__metadata__':[]}", 0, "__metadata__ in its header is not a JSON object"),
        arguments("{'__metadata__':{'a':1}}", 0, "'a' in __metadata__ is not a text"),
        arguments("{'__metadata__':{'a':'','a':''}}", 0, "'a' occurs twice in __metadata__"),
        arguments("{'__metadata__':{},'__metadata__':{}}", 0, "__metadata__ occurs twice"),
        arguments("{'w':" + "[".repeat(100_000), 0, "'w' is not described"),
        arguments("[".repeat(100_000), 0, "not a JSON object"));
  }

  @ParameterizedTest
  @MethodSource("headers")
  void aWrongHeaderIsRefusedInOneSentence(String header, int dataBytes, String says)
      throws IOException {
    byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    assertRefused(file(json.length, json, dataBytes), says);
  }

  @Test
  void theTemplateOfTheseHeadersIsItselfValid() throws IOException {
    byte[] json = ("{'w':" + F4 + "}  ").replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    Path file = file(json.length, json, 4);
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.tensor("w").toArray()).containsExactly(0);
    }
  }

  @Test
  void bytesThatAreNotUtf8() throws IOException {
    byte[] json = "{'w#':{}}".replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    json[3] = (byte) 0xff;
    assertRefused(file(json.length, json, 0), "not UTF-8");
    assertRefused(file(3, new byte[] {'{', '"', (byte) 0xe2}, 0), "not UTF-8");
  }

  @Test
  void filesTooShortForWhatTheyClaim() throws IOException {
    Path file = folder.resolve("short.safetensors");
    for (int n = 0; n < 8; n++) {
      Files.write(file, new byte[n]);
      assertRefused(file, "it has " + n + " bytes");
    }
    assertRefused(file(3, "{}".getBytes(StandardCharsets.UTF_8), 0), "only 2 follow");
    assertRefused(file(100_000_000, new byte[2], 0), "only 2 follow");
    assertRefused(file(100_000_001, new byte[2], 0), "above the format's limit");
    assertRefused(file(Long.MAX_VALUE, new byte[2], 0), "claims 9223372036854775807 bytes");
    assertRefused(file(-1, new byte[2], 0), "claims 18446744073709551615 bytes");
  }

  @Test
  void moreTensorsThanAnyModelHas() throws IOException {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i <= SafetensorsHeader.MAX_TENSORS; i++) {
      header.append(i == 0 ? "" : ",").append("\"" + i + "\":");
      header.append("{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}");
    }
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    assertRefused(file(json.length, json, 0), "more than 100000 tensors");
  }

  @Test
  void unknownTypesAreRefusedOnlyWhenAskedFor() throws IOException {
    byte[] json =
        "{\"w\":{\"dtype\":\"F4\\u0007\",\"shape\":[3],\"data_offsets\":[0,2]}}"
            .getBytes(StandardCharsets.UTF_8);
    try (SafetensorsFile read = SafetensorsFile.open(file(json.length, json, 2))) {
      assertThatThrownBy(() -> read.tensor("w"))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("tensor 'w' has type 'F4\uFFFD'");
    }
  }

  @Test
  void extentsBeyondAnIntAreRefusedEvenWhenNothingIsInThem() throws IOException {
    byte[] json =
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[0,2147483648],\"data_offsets\":[0,0]}}"
            .getBytes(StandardCharsets.UTF_8);
    try (SafetensorsFile read = SafetensorsFile.open(file(json.length, json, 0))) {
      assertThatThrownBy(() -> read.tensor("w"))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("extents above 2^31 - 1");
    }
  }

  @Test
  void aTensorLargerThanMemoryIsRefusedInOneSentence() throws IOException {
    long bytes = 1L << 42; // 4 TiB, sparse: takes no room on the disk
    byte[] json =
        ("{\"w\":{\"dtype\":\"F32\",\"shape\":[1048576,1048576],\"data_offsets\":[0,"
                + bytes
                + "]}}")
            .getBytes(StandardCharsets.UTF_8);
    Path file = file(json.length, json, 0);
    try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.setLength(8 + json.length + bytes);
    }
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThatThrownBy(() -> read.tensor("w"))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("tensor 'w' takes 4398046511104 bytes");
    }
  }

  private void assertRefused(Path file, String says) {
    assertThatThrownBy(() -> SafetensorsFile.open(file).close())
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + " is not a valid safetensors file: ")
        .hasMessageContaining(says)
        .satisfies(e -> assertThat(String.valueOf(e.getMessage()).lines()).hasSize(1));
  }

  private Path file(long claimed, byte[] header, int dataBytes) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, claimed).array());
    bytes.write(header);
    bytes.write(new byte[dataBytes]);
    Path file = folder.resolve("hostile.safetensors");
    return Files.write(file, bytes.toByteArray());
  }
}
