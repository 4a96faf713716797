"""Benchmarks: ours, peers and the physical limit side by side in one run (``make bench``)."""
