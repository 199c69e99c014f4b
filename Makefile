# A thin door to ./run, which works alone where there is no make. `make demo PORT=8123` passes PORT on.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench bench-rush docs screenshots services clean

help setup demo test lint bench bench-rush docs screenshots services clean:
	@exec ./run $@ $(ARGS)
