package org.lm4j.text.subword;

/** The Unicode property White_Space. */
final class Whitespace {
  private Whitespace() {}

  static boolean is(int codePoint) {
    if (codePoint < 0x80) {
      return codePoint == ' ' || (codePoint >= 0x09 && codePoint <= 0x0D);
    }
    return switch (codePoint) {
      case 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 -> true;
      default -> codePoint >= 0x2000 && codePoint <= 0x200A;
    };
  }
}
