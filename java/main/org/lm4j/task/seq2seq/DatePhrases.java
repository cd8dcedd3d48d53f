package org.lm4j.task.seq2seq;

import java.time.LocalDate;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Formats dates as people write them. Each phrase is unambiguous: if day and month are both
 * numbers, the month comes first between slashes and the day first between points.
 */
final class DatePhrases {
  private static final LocalDate FIRST = LocalDate.of(1900, 1, 1);
  private static final int DAYS =
      (int) (LocalDate.of(2100, 1, 1).toEpochDay() - FIRST.toEpochDay());

  private static final String[] MONTHS = {
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December"
  };
  private static final String[] WEEKDAYS = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
  };

  /** The number of formats, not counting letter case. */
  static final int FORMS = 16;

  private DatePhrases() {}

  static Pair draw(SplittableRandom random) {
    LocalDate day = FIRST.plusDays(random.nextInt(DAYS));
    String phrase = phrase(day, random.nextInt(FORMS));
    int letters = random.nextInt(10); // the usual letter case is more frequent
    if (letters < 2) {
      phrase = letters == 0 ? phrase.toLowerCase(Locale.ROOT) : phrase.toUpperCase(Locale.ROOT);
    }
    return new Pair(phrase, day.toString());
  }

  /** Returns a day in one of the {@link #FORMS}. */
  static String phrase(LocalDate date, int form) {
    int y = date.getYear();
    int m = date.getMonthValue();
    int d = date.getDayOfMonth();
    String month = MONTHS[m - 1];
    String shortMonth = month.substring(0, 3);
    String weekday = WEEKDAYS[date.getDayOfWeek().getValue() - 1];
    return switch (form) {
      case 0 -> d + " " + month + " " + y;
      case 1 -> month + " " + d + ", " + y;
      case 2 -> d + " " + shortMonth + " " + y;
      case 3 -> shortMonth + " " + d + ", " + y;
      case 4 -> ordinal(d) + " of " + month + " " + y;
      case 5 -> month + " " + ordinal(d) + ", " + y;
      case 6 -> weekday + ", " + month + " " + d + ", " + y;
      case 7 -> weekday.substring(0, 3) + " " + d + " " + shortMonth + " " + y;
      case 8 -> "the " + ordinal(d) + " of " + month + ", " + y;
      case 9 -> d + "-" + shortMonth + "-" + y;
      case 10 -> y + " " + month + " " + d;
      case 11 -> two(m) + "/" + two(d) + "/" + y;
      case 12 -> m + "/" + d + "/" + y;
      case 13 -> two(d) + "." + two(m) + "." + y;
      case 14 -> d + "." + m + "." + y;
      case 15 -> y + "/" + two(m) + "/" + two(d);
      default -> throw new IllegalArgumentException("no form " + form);
    };
  }

  private static String two(int number) {
    return (number < 10 ? "0" : "") + number;
  }

  private static String ordinal(int number) {
    boolean teen = number / 10 == 1;
    String ending =
        switch (teen ? 0 : number % 10) {
          case 1 -> "st";
          case 2 -> "nd";
          case 3 -> "rd";
          default -> "th";
        };
    return number + ending;
  }
}
