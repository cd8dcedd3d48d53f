package org.lm4j.backend;

/** Options. */
public record BackendOptions(int threads) {}
