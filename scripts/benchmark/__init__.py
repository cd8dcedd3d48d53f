"""The benchmark behind scripts/bench: lm4j and its peers on the same work.

configurations   what is measured, and the arithmetic it takes
corpus           texts with exactly V types
processes        children, their time and peak memory, and their end
lm4j, pytorch, dl4j   one side each; pytorch_worker is what runs in a Python with torch
machine          what it was measured on
session          rounds, in turn
report           medians, ratios, the table
bounds           what a token takes at least on this machine
tensors          files of weights where the package safetensors is missing
gpu, worker, gpu_worker   the same work on an NVIDIA GPU: precisions, floors, a separate table
"""
