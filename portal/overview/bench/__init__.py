"""The benchmark: data sets, server, load, figures and the written report."""
