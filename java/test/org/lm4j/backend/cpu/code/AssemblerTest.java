package org.lm4j.backend.cpu.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;
import org.lm4j.backend.cpu.code.Assembler.Condition;
import org.lm4j.backend.cpu.code.Assembler.Label;
import org.lm4j.backend.cpu.code.InstructionForms.Form;

/** Each form of an instruction against the bytes that GNU as 2.40 writes for its text. */
class AssemblerTest {
  private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

  @Test
  void everyFormHasTheBytesOfGnuAs() {
    check(InstructionForms.GENERAL_AND_512, 64);
    check(InstructionForms.OF_256, 32);
  }

  private static void check(List<Form> forms, int vectorBytes) {
    for (Form form : forms) {
      VectorAssembler m = new VectorAssembler(vectorBytes);
      form.call().accept(m);
      assertThat(HEX.formatHex(m.code())).as(form.text()).isEqualTo(form.bytes());
    }
  }

  @Test
  void objdumpReadsEveryFormAsItsText(@TempDir Path folder) throws Exception {
    Need.GCC.program("objdump");
    List<String> expected = new ArrayList<>();
    List<Form> all = new ArrayList<>(InstructionForms.GENERAL_AND_512);
    all.addAll(InstructionForms.OF_256);
    VectorAssembler whole = new VectorAssembler(64);
    VectorAssembler narrow = new VectorAssembler(32);
    for (Form form : all) {
      expected.add(form.text());
    }
    InstructionForms.GENERAL_AND_512.forEach(form -> form.call().accept(whole));
    InstructionForms.OF_256.forEach(form -> form.call().accept(narrow));
    byte[] code = new byte[whole.length() + narrow.length()];
    System.arraycopy(whole.code(), 0, code, 0, whole.length());
    System.arraycopy(narrow.code(), 0, code, whole.length(), narrow.length());
    assertThat(disassembly(code, folder)).isEqualTo(expected);
  }

  /** What the tiles are made of decodes without a gap, to the last byte. */
  @Test
  void objdumpReadsWholeFunctions(@TempDir Path folder) throws Exception {
    Need.GCC.program("objdump");
    for (PanelCode.Product product : PanelCode.Product.values()) {
      for (int bytes : product == PanelCode.Product.FLOAT32 ? new int[] {32, 64} : new int[] {64}) {
        VectorAssembler m = new VectorAssembler(bytes);
        for (int vectors = 1; vectors <= CodeTiles.MOST_VECTORS; vectors++) {
          PanelCode.write(m, product, vectors);
        }
        List<String> lines = disassembly(m.code(), folder);
        assertThat(lines).noneMatch(line -> line.contains("(bad)")).contains("vzeroupper", "ret");
        assertThat(lines.stream().filter("ret"::equals)).hasSize(CodeTiles.MOST_VECTORS);
      }
    }
  }

  @Test
  void objdumpReadsTheDotProducts(@TempDir Path folder) throws Exception {
    Need.GCC.program("objdump");
    for (int bytes : new int[] {32, 64}) {
      VectorAssembler m = new VectorAssembler(bytes);
      DotsCode.write(m);
      assertThat(disassembly(m.code(), folder))
          .noneMatch(line -> line.contains("(bad)"))
          .contains("vzeroupper", "ret");
    }
  }

  @Test
  void objdumpReadsTheConversion(@TempDir Path folder) throws Exception {
    Need.GCC.program("objdump");
    VectorAssembler m = new VectorAssembler(64);
    PairsCode.write(m);
    byte[] code = Arrays.copyOf(m.code(), m.length() - 64); // what follows are numbers
    assertThat(disassembly(code, folder))
        .noneMatch(line -> line.contains("(bad)"))
        .contains("vzeroupper", "ret");
  }

  private static List<String> disassembly(byte[] code, Path folder)
      throws IOException, InterruptedException {
    Path file = Files.write(folder.resolve("code.bin"), code);
    Process objdump =
        new ProcessBuilder(
                "objdump", "-D", "-w", "-b", "binary", "-m", "i386:x86-64", "-Mintel", "" + file)
            .redirectErrorStream(true)
            .start();
    String output = new String(objdump.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(objdump.waitFor()).as(output).isZero();
    return output
        .lines()
        .map(line -> line.split("\t"))
        .filter(parts -> parts.length == 3)
        .map(parts -> parts[2].strip().replaceAll(" +", " "))
        .toList();
  }

  @Test
  void jumpsLeadToTheirLabels() {
    Assembler m = new Assembler();
    Label back = new Label();
    Label ahead = new Label();
    m.place(back);
    m.jump(Condition.EQUAL, ahead);
    m.jump(Condition.BELOW, back);
    m.jump(ahead);
    m.jump(Condition.NOT_EQUAL, back);
    m.place(ahead);
    m.ret();
    assertThat(HEX.formatHex(m.code()))
        .isEqualTo("0f 84 11 00 00 00 0f 82 f4 ff ff ff e9 06 00 00 00 0f 85 e9 ff ff ff c3");
  }

  @Test
  void aConstantInTheCodeIsLoadedByItsDistance() {
    VectorAssembler m = new VectorAssembler(64);
    Label constant = new Label();
    m.load(19, constant);
    m.ret();
    m.place(constant);
    assertThat(HEX.formatHex(m.code())).isEqualTo("62 e1 7c 48 10 1d 01 00 00 00 c3");
  }

  @Test
  void labelsArePlacedOnce() {
    Assembler m = new Assembler();
    Label label = new Label();
    m.jump(label);
    assertThatThrownBy(m::code).isInstanceOf(IllegalStateException.class);
    m.place(label);
    assertThatThrownBy(() -> m.place(label)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void fillingDoesNothingAndEndsAtAMultiple(@TempDir Path folder) throws Exception {
    Assembler m = new Assembler();
    for (int i = 0; i < 70; i++) {
      m.ret();
      m.align(16);
      assertThat(m.length() % 16).isZero();
      for (int j = 0; j < i % 16; j++) {
        m.ret();
      }
      m.align(32);
      assertThat(m.length() % 32).isZero();
    }
    Need.GCC.program("objdump");
    assertThat(disassembly(m.code(), folder))
        .allMatch(line -> line.matches("ret|.*nop.*|xchg ax,ax"));
  }

  @Test
  void bf16IsWrittenForWideVectorsOnly() {
    VectorAssembler m = new VectorAssembler(32);
    assertThatThrownBy(() -> m.dotBf16(0, 1, 2)).isInstanceOf(IllegalStateException.class);
  }
}
