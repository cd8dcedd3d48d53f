package org.lm4j.train.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.train.log.EventFileWriter.Event;

class EventFileWriterTest {
  /** The record with which the files begin: 24 bytes, as in those that TensorFlow writes. */
  private static final String VERSION =
      "1800000000000000" // length of the data
          + "a37f4b22" // masked checksum of the length
          + "09" // field 1, 64 bits: wall_time
          + "000000000000f83f" // 1.5
          + "1a0d" // field 3, 13 bytes: file_version
          + "627261696e2e4576656e743a32" // brain.Event:2
          + "2a28646c"; // masked checksum of the data

  @TempDir private Path folder;

  private static String hex(List<Event> events) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    EventFileWriter.write(bytes, events);
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  @Test
  void bytesAreThoseWorkedOutByHand() throws IOException {
    assertThat(hex(List.of(new Event(1.5, 300, Map.of("loss", 0.25)))))
        .isEqualTo(
            VERSION
                + "1b00000000000000"
                + "1a0d9e13"
                + "09" // field 1, 64 bits: wall_time
                + "000000000000f83f"
                + "10" // field 2, varint: step
                + "ac02" // 300 = 2 · 128 + 44
                + "2a0d" // field 5, 13 bytes: summary
                + "0a0b" // field 1, 11 bytes: value
                + "0a04" // field 1, 4 bytes: tag
                + "6c6f7373"
                + "15" // field 2, 32 bits: simple_value
                + "0000803e" // 0.25
                + "9908deed");
  }

  @Test
  void severalScalarsStandInOneEventInTheirOrder() throws IOException {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("b", 1.0);
    scalars.put("a", Double.NaN);
    assertThat(hex(List.of(new Event(1.5, 0, scalars))))
        .contains(
            "1000" + "2a14" + "0a08" + "0a0162" + "150000803f" + "0a08" + "0a0161" + "150000c07f");
  }

  @Test
  void largeStepsAndLongTagsHaveLengthsOfSeveralBytes() throws IOException {
    String tag = "é".repeat(100);
    assertThat(hex(List.of(new Event(0, 1L << 40, Map.of(tag, 0.0)))))
        .contains("10" + "808080808020" + "2ad301" + "0ad001" + "0ac801" + "c3a9");
  }

  @Test
  void aFileWithoutEventsHasItsVersion() throws IOException {
    Path file = folder.resolve("events.out.tfevents.x");
    EventFileWriter.write(file, List.of());
    assertThat(Files.readAllBytes(file)).hasSize(40);
  }
}
