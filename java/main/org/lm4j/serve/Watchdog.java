package org.lm4j.serve;

import com.sun.net.httpserver.HttpExchange;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Closes the connections of clients that do not receive what is sent to them in time, which ends
 * the threads that wait for them.
 */
final class Watchdog implements AutoCloseable {
  private static final long INTERVAL_NANOS = 500_000_000;

  private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
  private final Thread thread;
  private volatile boolean closed;

  /** Writing to a client, which is watched until this is closed. */
  final class Watch implements AutoCloseable {
    private final HttpExchange http;
    private final long deadline;

    private Watch(HttpExchange http, double seconds) {
      this.http = http;
      this.deadline = System.nanoTime() + (long) (seconds * 1e9);
    }

    @Override
    public void close() {
      watches.remove(this);
    }
  }

  Watchdog() {
    thread = Thread.ofVirtual().name("lm4j-watchdog").start(this::work);
  }

  /** Watches writing to a client until the result is closed. */
  Watch watch(HttpExchange http, double seconds) {
    Watch watch = new Watch(http, seconds);
    watches.add(watch);
    return watch;
  }

  private void work() {
    while (!closed) {
      LockSupport.parkNanos(INTERVAL_NANOS);
      long now = System.nanoTime();
      List<Watch> late = watches.stream().filter(watch -> now - watch.deadline > 0).toList();
      for (Watch watch : late) {
        watches.remove(watch);
        watch.http.close();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
