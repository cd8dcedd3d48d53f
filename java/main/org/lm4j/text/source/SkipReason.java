package org.lm4j.text.source;

/** The reason why a file found in a folder or an archive is skipped. */
public enum SkipReason {
  /** Its name begins with a dot. */
  HIDDEN("hidden", "hidden"),
  /** It has NUL bytes. */
  BINARY("binary", "binary"),
  /** It has bytes that are not UTF-8. */
  NOT_UTF8("not UTF-8", "not UTF-8"),
  /** It has a known format that is not text, or an unsupported compression. */
  OTHER_FORMAT("of another format", "of other formats"),
  /** It is damaged or cut short. */
  DAMAGED("damaged", "damaged"),
  /** It is a password-protected archive. */
  ENCRYPTED("encrypted", "encrypted"),
  /** It has a run of characters too long to be a word. */
  ENDLESS_WORD("with an endless word", "with endless words"),
  /** It is a link that leads nowhere. */
  DANGLING_LINK("dangling link", "dangling links"),
  /** It is a link to a folder. */
  LINKED_FOLDER("linked folder", "linked folders"),
  /** It is a link inside an archive. */
  LINK_IN_ARCHIVE("link in an archive", "links in archives"),
  /** It is a folder that cannot be listed. */
  UNREADABLE_FOLDER("unreadable folder", "unreadable folders"),
  /** It is a file that cannot be opened or read. */
  UNREADABLE_FILE("unreadable file", "unreadable files"),
  /** It is a pipe, a socket or a device. */
  SPECIAL("pipe, socket or device", "pipes, sockets or devices"),
  /** It is a model folder, or a file that lm4j wrote into one. */
  MODEL("model folder or file of one", "model folders or files of them");

  private final String one;
  private final String several;

  SkipReason(String one, String several) {
    this.one = one;
    this.several = several;
  }

  /** Returns the label as it follows a number. */
  String label(long count) {
    return count == 1 ? one : several;
  }
}
