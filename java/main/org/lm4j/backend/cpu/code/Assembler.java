package org.lm4j.backend.cpu.code;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes instructions of x86-64 as bytes: those on general-purpose registers, and jumps to labels.
 * Operands come in Intel's order, the destination first, and all are 64 bits wide where the name
 * does not say otherwise. Encodings are from the "Intel 64 and IA-32 Architectures Software
 * Developer's Manual", volume 2; where several would do, it is the one that GNU as takes, but for
 * jumps, whose distance always takes 32 bits.
 */
class Assembler {
  private static final int REX_W = 0x48;

  private byte[] code = new byte[1024];
  private int length;
  private final List<Jump> jumps = new ArrayList<>();

  /** A place in the code, to jump to. */
  static final class Label {
    private int place = -1;
  }

  /** Conditions of a jump after a comparison, with their codes. */
  enum Condition {
    EQUAL(4),
    NOT_EQUAL(5),
    /** Unsigned. */
    BELOW(2);

    private final int number;

    Condition(int number) {
      this.number = number;
    }
  }

  /** A distance of 32 bits to be filled in. */
  private record Jump(int at, Label target) {}

  /** Returns the code so far, with the distances of its jumps. */
  byte[] code() {
    byte[] copy = Arrays.copyOf(code, length);
    for (Jump jump : jumps) {
      if (jump.target.place < 0) {
        throw new IllegalStateException("a jump to a label that was not placed");
      }
      int distance = jump.target.place - (jump.at + Integer.BYTES);
      for (int i = 0; i < Integer.BYTES; i++) {
        copy[jump.at + i] = (byte) (distance >> (8 * i));
      }
    }
    return copy;
  }

  /** Returns the number of bytes so far: the offset of the next instruction. */
  int length() {
    return length;
  }

  final void bytes(int... values) {
    if (length + values.length > code.length) {
      code = Arrays.copyOf(code, 2 * code.length);
    }
    for (int value : values) {
      code[length++] = (byte) value;
    }
  }

  final void int32(int value) {
    bytes(value, value >> 8, value >> 16, value >> 24);
  }

  /** Places a label here. */
  void place(Label label) {
    if (label.place >= 0) {
      throw new IllegalStateException("a label that was placed already");
    }
    label.place = length;
  }

  /** Fills up with instructions that do nothing, to a multiple of some bytes. */
  void align(int multiple) {
    for (int missing = Math.floorMod(-length, multiple); missing > 0; ) {
      int size = Math.min(missing, 8);
      bytes(
          switch (size) { // the forms that processors decode as one instruction
            case 1 -> new int[] {0x90};
            case 2 -> new int[] {0x66, 0x90};
            case 3 -> new int[] {0x0f, 0x1f, 0x00};
            case 4 -> new int[] {0x0f, 0x1f, 0x40, 0};
            case 5 -> new int[] {0x0f, 0x1f, 0x44, 0, 0};
            case 6 -> new int[] {0x66, 0x0f, 0x1f, 0x44, 0, 0};
            case 7 -> new int[] {0x0f, 0x1f, 0x80, 0, 0, 0, 0};
            default -> new int[] {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0};
          });
      missing -= size;
    }
  }

  void jump(Label target) {
    bytes(0xe9);
    distance(target);
  }

  void jump(Condition condition, Label target) {
    bytes(0x0f, 0x80 | condition.number);
    distance(target);
  }

  /** The distance of 32 bits from the end of this instruction to a label. */
  final void distance(Label target) {
    jumps.add(new Jump(length, target));
    int32(0);
  }

  void push(Register register) {
    oneByte(0x50, register);
  }

  void pop(Register register) {
    oneByte(0x58, register);
  }

  private void oneByte(int opcode, Register register) {
    if (register.high() != 0) {
      bytes(0x41);
    }
    bytes(opcode | register.low());
  }

  void ret() {
    bytes(0xc3);
  }

  void cpuid() {
    bytes(0x0f, 0xa2);
  }

  void xgetbv() {
    bytes(0x0f, 0x01, 0xd0);
  }

  void move(Register to, Register from) {
    registers(0x89, from, to);
  }

  /** Sets all 64 bits from a number of 32 with a sign. */
  void move(Register to, int value) {
    bytes(REX_W | to.high(), 0xc7, 0xc0 | to.low());
    int32(value);
  }

  void load(Register to, Operand from) {
    memory(0x8b, to, from);
  }

  /** Loads 32 bits with a sign into all 64. */
  void load32(Register to, Operand from) {
    memory(0x63, to, from);
  }

  void store(Operand to, Register from) {
    memory(0x89, from, to);
  }

  /** Stores the low 32 bits. */
  void store32(Operand to, Register from) {
    int prefix = 0x40 | from.high() << 2 | to.indexHigh() << 1 | to.base().high();
    if (prefix != 0x40) {
      bytes(prefix);
    }
    bytes(0x89);
    operand(from.low(), to, 1);
  }

  /** {@code to} = the address of a place in the code. */
  void address(Register to, Label place) {
    bytes(REX_W | to.high() << 2, 0x8d, 5 | to.low() << 3); // relative to the next instruction
    distance(place);
  }

  /** {@code to} = the address of the operand. */
  void address(Register to, Operand from) {
    memory(0x8d, to, from);
  }

  void add(Register to, Register from) {
    registers(0x01, from, to);
  }

  void add(Register to, int value) {
    immediate(0, to, value);
  }

  void add(Register to, Operand from) {
    memory(0x03, to, from);
  }

  void add(Operand to, int value) {
    Register extension = Register.RAX; // its number, 0, is that of the addition
    boolean small = value == (byte) value;
    memory(small ? 0x83 : 0x81, extension, to);
    number(value);
  }

  void subtract(Register to, int value) {
    immediate(5, to, value);
  }

  void compare(Register left, Register right) {
    registers(0x39, right, left);
  }

  void compare(Register left, int value) {
    immediate(7, left, value);
  }

  void compare(Operand left, int value) {
    Register extension = Register.RDI; // its number, 7, is that of the comparison
    boolean small = value == (byte) value;
    memory(small ? 0x83 : 0x81, extension, left);
    number(value);
  }

  void or(Register to, Register from) {
    registers(0x09, from, to);
  }

  /** Sets all 64 bits to zero. */
  void clear(Register register) {
    if (register.high() != 0) {
      bytes(0x45);
    }
    bytes(0x31, 0xc0 | register.low() << 3 | register.low());
  }

  void shiftLeft(Register register, int bits) {
    bytes(REX_W | register.high(), 0xc1, 0xe0 | register.low(), bits);
  }

  /** Unsigned. */
  void shiftRight(Register register, int bits) {
    bytes(REX_W | register.high(), 0xc1, 0xe8 | register.low(), bits);
  }

  void decrement(Register register) {
    bytes(REX_W | register.high(), 0xff, 0xc8 | register.low());
  }

  /** Unsigned: rax = rdx:rax / divisor, rdx = the remainder. */
  void divide(Register divisor) {
    bytes(REX_W | divisor.high(), 0xf7, 0xf0 | divisor.low());
  }

  /** {@code to = from · value}. */
  void multiply(Register to, Register from, int value) {
    boolean small = value == (byte) value;
    int prefix = REX_W | to.high() << 2 | from.high();
    bytes(prefix, small ? 0x6b : 0x69, 0xc0 | to.low() << 3 | from.low());
    number(value);
  }

  /** {@code to = to · factor}. */
  void multiply(Register to, Operand factor) {
    int prefix = REX_W | to.high() << 2 | factor.indexHigh() << 1 | factor.base().high();
    bytes(prefix, 0x0f, 0xaf);
    operand(to.low(), factor, 1);
  }

  private void registers(int opcode, Register reg, Register rm) {
    bytes(REX_W | reg.high() << 2 | rm.high(), opcode, 0xc0 | reg.low() << 3 | rm.low());
  }

  private void memory(int opcode, Register reg, Operand rm) {
    bytes(REX_W | reg.high() << 2 | rm.indexHigh() << 1 | rm.base().high(), opcode);
    operand(reg.low(), rm, 1);
  }

  private void immediate(int extension, Register rm, int value) {
    boolean small = value == (byte) value;
    if (!small && rm == Register.RAX) {
      bytes(REX_W, 0x05 | extension << 3);
    } else {
      bytes(REX_W | rm.high(), small ? 0x83 : 0x81, 0xc0 | extension << 3 | rm.low());
    }
    number(value);
  }

  private void number(int value) {
    if (value == (byte) value) {
      bytes(value);
    } else {
      int32(value);
    }
  }

  /**
   * The bytes of an operand in memory: ModRM, SIB where needed, offset.
   *
   * @param reg lowest three bits of the other operand's number
   * @param unit an offset of 8 bits counts in these many bytes
   */
  final void operand(int reg, Operand m, int unit) {
    int small = m.offset() / unit;
    boolean none = m.offset() == 0 && m.base().low() != 5; // rbp and r13 always have one
    boolean one = m.offset() % unit == 0 && small == (byte) small;
    int mode = none ? 0 : one ? 0x40 : 0x80;
    boolean indexed = m.index() != null || m.base().low() == 4; // rsp and r12 need a SIB
    bytes(mode | reg << 3 | (indexed ? 4 : m.base().low()));
    if (indexed) {
      int index = m.index() == null ? 4 : m.index().low();
      int scale = Integer.numberOfTrailingZeros(m.scale());
      bytes(scale << 6 | index << 3 | m.base().low());
    }
    if (mode == 0x40) {
      bytes(small);
    } else if (mode == 0x80) {
      int32(m.offset());
    }
  }
}
