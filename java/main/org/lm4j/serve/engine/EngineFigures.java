package org.lm4j.serve.engine;

/**
 * What an engine has done, and what it is doing.
 *
 * @param running texts that are computed
 * @param steps products of all running texts
 * @param generatedTokens tokens that were generated
 * @param promptTokens tokens of prompts that were read
 * @param reusedTokens tokens of prompts that were not read, since the state was kept
 * @param cachedStates states that are kept
 * @param cacheBytes of these states
 */
public record EngineFigures(
    int running,
    long steps,
    long generatedTokens,
    long promptTokens,
    long reusedTokens,
    int cachedStates,
    long cacheBytes) {}
