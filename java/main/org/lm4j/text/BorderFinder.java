package org.lm4j.text;

/** Finds the first end of a line or document that is not before a place. */
final class BorderFinder implements TypeSink {
  private final long cut;
  private final int lineEnd;
  private final boolean documents;
  private long at;
  private boolean lineBegins = true;
  private long found = -1;

  BorderFinder(long cut, int lineEnd, boolean documents) {
    this.cut = cut;
    this.lineEnd = lineEnd;
    this.documents = documents;
  }

  @Override
  public void accept(int type) {
    at++;
    boolean ends = type == lineEnd && (!documents || lineBegins);
    if (ends && found < 0 && at >= cut) {
      found = at;
    }
    lineBegins = type == lineEnd;
  }

  @Override
  public void gap(long bytes, long characters) {
    // White space between tokens changes no border.
  }

  /** Returns the number of tokens up to and with that end; -1 if there is none. */
  long found() {
    return found;
  }
}
